#include <thread>

#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

using Kind = ProgressEvent::Kind;

TEST(Up, AppliesInOrderAndRecordsWhatRan) {
    Sandbox box;
    box.write("002_b.sql", "ALTER TABLE a ADD COLUMN n int;\nINSERT INTO a VALUES (1, 2), (2, 3);");
    box.write("001_a.sql", "-- Migration: a\nCREATE TABLE a (id int PRIMARY KEY);\n");
    const auto report = succeeded(box.up());
    ASSERT_EQ(report.done.size(), 2U);
    EXPECT_EQ(report.done[1].statements, 2U);
    EXPECT_EQ(report.done[1].rows, 2);
    EXPECT_EQ(box.run("SELECT count(*) FROM a"), "2");
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied");
    EXPECT_EQ(
        box.run("SELECT sql FROM drydock.migration WHERE id = '001_a'"),
        "-- Migration: a\nCREATE TABLE a (id int PRIMARY KEY);\n"
    );
    EXPECT_EQ(
        box.run("SELECT string_agg(event || ' ' || id, ',' ORDER BY seq) FROM drydock.migration_event"),
        "applied 001_a,applied 002_b"
    );
    EXPECT_EQ(box.run("SELECT impact->>'rows' FROM drydock.migration WHERE id = '002_b'"), "2");
}

TEST(Up, DoesNothingWhenNothingIsPending) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(box.up());
    const auto events = box.run("SELECT count(*) FROM drydock.migration_event");
    EXPECT_TRUE(succeeded(box.up()).done.empty());
    EXPECT_EQ(box.run("SELECT count(*) FROM drydock.migration_event"), events);
}

TEST(Up, AFailureLeavesNothingOfItsMigrationAndNamesTheLine) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", "CREATE TABLE b ();\n-- wörds before\nCREATE TABLE c (x intt);\n");
    box.write("003_c.sql", "CREATE TABLE d ();");
    auto result = box.up();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->not_run, (std::vector<std::string>{"002_b", "003_c"}));
    const auto error = failed(std::move(result));
    EXPECT_EQ(error.code, ErrorCode::failed);
    EXPECT_EQ(error.sqlstate, "42704");
    EXPECT_EQ(error.place.line, 3U);
    EXPECT_EQ(error.place.column, 19U);
    EXPECT_EQ(error.place.text, "CREATE TABLE c (x intt);");
    EXPECT_FALSE(box.exists("b"));
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending 003_c=pending");
    EXPECT_EQ(box.run("SELECT status FROM drydock.migration WHERE id = '002_b'"), "failed");

    box.write("002_b.sql", "CREATE TABLE b ();");
    EXPECT_EQ(succeeded(box.up()).done.size(), 2U);
    EXPECT_EQ(box.run("SELECT error IS NULL FROM drydock.migration WHERE id = '002_b'"), "t");
}

TEST(Up, ALateMigrationRunsIsWarnedOfOrRefusedButNeverSkipped) {
    for (const auto policy : {LatePolicy::run, LatePolicy::warn, LatePolicy::refuse}) {
        Sandbox box;
        box.options.late = policy;
        box.write("003_c.sql", "CREATE TABLE c ();");
        succeeded(box.up());
        box.write("002_b.sql", "CREATE TABLE b ();");
        EXPECT_EQ(box.states(), "002_b=late 003_c=applied");
        if (policy == LatePolicy::refuse) {
            EXPECT_EQ(failed(box.up()).code, ErrorCode::conflict);
            EXPECT_FALSE(box.exists("b"));
            continue;
        }
        EXPECT_EQ(succeeded(box.up()).warnings.size(), policy == LatePolicy::warn ? 1U : 0U);
        EXPECT_TRUE(box.exists("b"));
    }
}

TEST(Up, WhatAFileSetsForItsSessionDoesNotReachTheNext) {
    Sandbox box;
    box.run("CREATE ROLE leaky_role; GRANT leaky_role TO CURRENT_USER;");
    box.write(
        "001_a.sql", "CREATE SCHEMA s; SET search_path = s; SET standard_conforming_strings = off; CREATE TABLE t ();"
    );
    box.write("002_b.sql", "CREATE TABLE t (v text); INSERT INTO t VALUES ('a\\b');");
    box.write("003_c.sql", "CREATE TABLE who AS SELECT current_user AS name; SET ROLE leaky_role;");
    box.write("004_d.sql", "CREATE TABLE who_then AS SELECT current_user AS name;");
    succeeded(box.up());
    EXPECT_TRUE(box.exists("s.t"));
    EXPECT_EQ(box.run("SELECT v FROM public.t"), "a\\b");
    EXPECT_EQ(box.run("SELECT (SELECT name FROM who) = (SELECT name FROM who_then)"), "t");
    box.run("DROP OWNED BY leaky_role; DROP ROLE leaky_role;");
}

TEST(Up, KeepsAFilesOwnTransactionAndCommitsItsRowInside) {
    Sandbox box;
    box.write(
        "001_a.sql",
        "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE a AS SELECT current_setting('transaction_isolation') AS "
        "level;\nCOMMIT;\n"
    );
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT level FROM a"), "serializable");
    EXPECT_EQ(box.run("SELECT a.xmin::text = m.xmin::text OR m.impact IS NOT NULL FROM a, drydock.migration m"), "t");
    EXPECT_EQ(box.states(), "001_a=applied");
}

TEST(Up, BuildsAnIndexConcurrentlyWithoutBeingTold) {
    Sandbox box;
    box.write(
        "001_a.sql", "CREATE TABLE a (n int);\nCREATE INDEX CONCURRENTLY a_n ON a (n);\nINSERT INTO a VALUES (1);"
    );
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
    EXPECT_EQ(box.run("SELECT status || position FROM drydock.migration"), "applied3");
}

TEST(Up, RebuildsAnInvalidIndexThatAFailedRunLeft) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1), (1);");
    box.write("002_b.sql", "CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);\nCREATE TABLE b ();");
    const auto error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::failed_partly);
    EXPECT_EQ(error.sqlstate, "23505");
    EXPECT_EQ(box.run("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "f");
    EXPECT_EQ(box.states(), "001_a=applied 002_b=interrupted");
    box.run("DELETE FROM a WHERE ctid = '(0,1)'");
    EXPECT_TRUE(succeeded(box.up()).done[0].resumed);
    EXPECT_EQ(box.run("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
    EXPECT_TRUE(box.exists("b"));
}

TEST(Up, ResumesBehindWhatIsDoneAndTakesAMendedRest) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (n int);\nVACUUM a;\nINSERT INTO nowhere VALUES (1);\n");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::failed_partly);
    box.write("001_a.sql", "CREATE TABLE aa (n int);\nVACUUM aa;\nINSERT INTO a VALUES (1);\n");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::conflict) << "statements that ran were changed";
    box.write("001_a.sql", "CREATE TABLE a (n int);\nVACUUM a;\nINSERT INTO a VALUES (1);\n");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT count(*) FROM a"), "1");
    EXPECT_EQ(box.states(), "001_a=applied");
}

TEST(Up, UsesANewEnumValueInTheFileThatAddsIt) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TYPE mood AS ENUM ('ok'); CREATE TABLE a (m mood);");
    box.write("002_b.sql", "ALTER TYPE mood ADD VALUE 'happy';\nINSERT INTO a VALUES ('happy');");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT m FROM a"), "happy");
}

TEST(Up, CopiesTheDataThatStandsInTheFile) {
    Sandbox box;
    box.write(
        "001_a.sql",
        "CREATE TABLE a (n int, t text);\nCOPY a FROM stdin;\n1\tone;'\n2\ttwo\n\\.\nINSERT INTO a VALUES (3, "
        "'three');\nSELECT 1/0;\n"
    );
    const auto error = failed(box.up());
    EXPECT_EQ(error.place.line, 7U);
    box.write(
        "001_a.sql",
        "CREATE TABLE a (n int, t text);\nCOPY a FROM stdin;\n1\tone;'\n2\ttwo\n\\.\nINSERT INTO a VALUES (3, "
        "'three');\n"
    );
    EXPECT_EQ(succeeded(box.up()).done[0].rows, 3);
    EXPECT_EQ(box.run("SELECT string_agg(t, ',' ORDER BY n) FROM a"), "one;',two,three");
}

TEST(Up, TakesEmptyAndCommentOnlyFiles) {
    Sandbox box;
    box.write("001_a.sql", "");
    box.write("002_b.sql", "-- nothing to do\n/* here */;;\n");
    box.write(
        "003_c.sql",
        "\xEF\xBB\xBF"
        "CREATE TABLE c ();\r\n"
    );
    succeeded(box.up());
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied 003_c=applied");
}

TEST(Up, TellsLineEndsCommentsAndCodeApart) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (\n n int);\n");
    succeeded(box.up());
    box.write(
        "001_a.sql",
        "\xEF\xBB\xBF"
        "CREATE TABLE a (\r\n n int);"
    );
    EXPECT_EQ(box.standing()->plan.items[0].change, Change::line_ends);
    EXPECT_TRUE(succeeded(box.up()).warnings.empty());
    box.write("001_a.sql", "CREATE TABLE a ( -- note\n n int);\n");
    EXPECT_EQ(succeeded(box.up()).warnings.size(), 1U);
    box.write("001_a.sql", "CREATE TABLE a (\n n bigint);\n");
    EXPECT_EQ(box.states(), "001_a=changed");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::conflict);
    const auto project = *box.project();
    const Context context{box.database.conninfo(), project, box.options};
    EXPECT_NE(difference(context, "001_a", {})->find("+ n bigint);"), std::string::npos);
    ASSERT_TRUE(accept(context, "001_a", "the type was widened by hand", {}));
    EXPECT_EQ(box.states(), "001_a=applied");
}

TEST(Up, VerifiesInTheSameTransaction) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    box.write("verify-001.sql", "SELECT true;\nSELECT count(*) = 1 AS one_row FROM a;");
    const auto error = failed(box.up());
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_NE(error.message.find("one_row is false"), std::string::npos) << error.message;
    EXPECT_FALSE(box.exists("a"));
    box.write("001_a.sql", "CREATE TABLE a (n int); INSERT INTO a VALUES (1);");
    succeeded(box.up());
}

TEST(Up, FillsInPlaceholdersAndKeepsTheirValuesToItself) {
    Sandbox box;
    box.write("001_a.sql", "-- Placeholders: WORD\nCREATE TABLE a AS SELECT '${WORD}' AS w, '${OTHER}' AS o;");
    const auto missing = failed(box.up());
    EXPECT_EQ(missing.place.line, 2U);
    EXPECT_EQ(box.run("SELECT to_regnamespace('drydock') IS NULL OR NOT EXISTS (SELECT FROM drydock.migration)"), "t");
    box.options.placeholders = [](std::string_view name) -> std::optional<std::string> {
        if (name == "WORD") return "canary7531";
        return std::nullopt;
    };
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT w || o FROM a"), "canary7531${OTHER}");
    EXPECT_EQ(box.run("SELECT sql LIKE '%canary7531%' FROM drydock.migration"), "f");
    box.write("002_b.sql", "-- Placeholders: WORD\nSELECT ${WORD};");
    const auto error = failed(box.up());
    EXPECT_EQ(error.message.find("canary7531"), std::string::npos) << error.message;
    EXPECT_EQ(error.place.column, 8U);
    EXPECT_EQ(
        box.run("SELECT coalesce(string_agg(detail, ''), '') LIKE '%canary7531%' FROM drydock.migration_event"), "f"
    );
}

TEST(Up, HoldsWhatIsHeldAndWhatNeedsItUntilItIsReleased) {
    Sandbox box;
    box.write("001_a.sql", "-- Hold: the application must be ready\nCREATE TABLE a ();");
    box.write("002_b.sql", "-- Dependencies: 001_a.sql\nCREATE TABLE b ();");
    box.write("003_c.sql", "CREATE TABLE c ();");
    succeeded(box.up());
    EXPECT_EQ(box.states(), "001_a=held 002_b=blocked 003_c=applied");
    const auto project = *box.project();
    const Context context{box.database.conninfo(), project, box.options};
    EXPECT_TRUE(*release(context, "001", "it is", {}));
    EXPECT_FALSE(*release(context, "001", "again", {}));
    succeeded(box.up());
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied 003_c=applied");
}

TEST(Up, RetriesALockTimeoutAndNamesTheBlocker) {
    Sandbox box;
    box.options.lock_timeout = std::chrono::milliseconds{1500};
    box.options.lock_retries = 1;
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    succeeded(box.up());
    box.write("002_b.sql", "ALTER TABLE a ADD COLUMN m int;");
    auto blocker = box.database.connect();
    ASSERT_TRUE(blocker.run_message("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE", {}));
    const auto error = failed(box.up());
    EXPECT_EQ(error.code, ErrorCode::locked);
    EXPECT_NE(error.hint.find("LOCK TABLE a"), std::string::npos) << error.hint;
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending");
    ASSERT_TRUE(blocker.run_message("ROLLBACK", {}));
    succeeded(box.up());
}

TEST(Up, EightRunnersAtOnceRunEachMigrationOnce) {
    Sandbox box;
    for (int i = 1; i <= 5; ++i) {
        box.write(
            "00" + std::to_string(i) + "_t.sql",
            "CREATE TABLE t" + std::to_string(i) + " (n int);\nCREATE INDEX CONCURRENTLY ON t" + std::to_string(i) +
                " (n);"
        );
    }
    std::vector<std::jthread> runners;
    std::atomic<std::size_t> done{0};
    for (int i = 0; i < 8; ++i) {
        runners.emplace_back([&] { done += succeeded(box.up()).done.size(); });
    }
    runners.clear();
    EXPECT_EQ(done, 5U);
    EXPECT_EQ(box.run("SELECT count(*) FROM drydock.migration_event WHERE event = 'applied'"), "5");
}

TEST(Up, RefusesAHistoryOfANewerDrydock) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(box.up());
    box.run("UPDATE drydock.format SET version = 99");
    box.write("002_b.sql", "CREATE TABLE b ();");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::conflict);
}

TEST(Up, StopsOnRequestAndLeavesTheRunningMigrationUndone) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (); SELECT pg_sleep(60);");
    std::stop_source stop;
    std::jthread presser{[&] {
        auto look = box.database.connect();
        for (;;) {
            const auto rows = look.query(
                {"look", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
                },
                {}
            );
            if (!rows || rows->size() > 0) break;
        }
        stop.request_stop();
    }};
    EXPECT_EQ(failed(box.up({}, {.stop = stop.get_token()})).code, ErrorCode::cancelled);
    EXPECT_FALSE(box.exists("a"));
    EXPECT_EQ(box.states(), "001_a=pending");
}

TEST(Up, SaysWhatRightIsMissing) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.run("DROP ROLE IF EXISTS poor_role; CREATE ROLE poor_role LOGIN;");
    const auto project = *box.project();
    auto where = box.database.conninfo();
    where.set("user", "poor_role");
    const auto report = migrate::up({where, project, box.options}, {}, box.heard, {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::permission_denied);
    EXPECT_NE(report.error().hint.find("CREATE SCHEMA drydock AUTHORIZATION"), std::string::npos);
    box.run("DROP ROLE poor_role");
}

}  // namespace
}  // namespace drydock::migrate
