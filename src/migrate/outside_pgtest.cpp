// Statements that run outside of transactions, interrupted between two of the runner's own messages.
#include "migrate/outside.h"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "migrate/prepare.h"
#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

void must(const Result<>& done) {
    if (!done) FAIL() << done.error().message;
}

// Leaves the target as a runner does that was killed while a statement was under way: before it was sent, or after it
// was done and before that was recorded.
void interrupt(Sandbox& box, std::string_view id, std::size_t statement, bool done) {
    const auto project = *box.project();
    const Context context{box.database.conninfo(), project, box.options};
    auto target = *Target::open(context.where, context.options, {});
    must(target.ensure_history({}));
    const auto history = *History::read(target, "main", {});
    const auto plan = *make_plan(project, history, box.options, {}, true);
    for (const auto& item : plan.items) {
        if (item.id != id) continue;
        auto work = *prepare_up(context, *item.index, random_uuid());
        must(take_up(work, context, target, history, {}));
        const auto& script = work.source.script();
        const auto run = [&](std::string_view text) { must(target.connection().run_message(text, {})); };
        run(started_statement(work.record, false));
        for (std::size_t i = 0; i < statement; ++i) run(script.text_of(script.statements()[i]));
        const auto text = script.text_of(script.statements()[statement]);
        const Gap gap{text, sql::semantic_hash(text)};
        run(position_statement(work.record, statement, *gap.memo(target, {})));
        if (done) run(text);
        return;
    }
    FAIL() << "no migration " << id;
}

constexpr std::string_view kShape = R"(
    SELECT string_agg(line, E'\n' ORDER BY line) FROM (
        SELECT format('%s %s.%s on %s valid=%s unique=%s', c.relkind, n.nspname, c.relname, i.indrelid::regclass,
                      i.indisvalid, i.indisunique)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
        WHERE n.nspname !~ '^(pg_|information_schema|drydock)' AND c.relkind <> 'S'
        UNION ALL SELECT format('%s is a part of %s pending=%s', inhrelid::regclass, inhparent::regclass, inhdetachpending)
        FROM pg_inherits
        UNION ALL SELECT 'database ' || (datname LIKE '%_extra') FROM pg_database WHERE datname = current_database() || '_extra'
        UNION ALL SELECT id || ' ' || status || ' ' || position FROM drydock.migration
    ) AS lines (line))";

struct Case {
    std::string name;
    std::string setup;  // the migration before
    std::string file;
    std::size_t statement = 0;  // the one that is interrupted
};

void PrintTo(const Case& one, std::ostream* out) {
    *out << one.name;
}

class Interrupted : public ::testing::TestWithParam<Case> {};

TEST_P(Interrupted, EndsAsIfNothingHadHappened) {
    const auto& [name, setup, file, statement] = GetParam();
    std::optional<std::string> expected;
    for (const auto* const when : {"never", "before", "after"}) {
        Sandbox box;
        auto text = file;
        const auto database = box.run("SELECT current_database()");
        if (const auto at = text.find("DATABASE_NAME"); at != std::string::npos) {
            text.replace(at, 13, database + "_extra");
        }
        box.write("001_a.sql", setup);
        succeeded(box.up());
        box.write("002_b.sql", text);
        const std::string how = when;
        if (how != "never") interrupt(box, "002_b", statement, how == "after");
        const auto report = succeeded(box.up());
        ASSERT_EQ(report.done.size(), 1U);
        EXPECT_EQ(report.done[0].resumed, how != "never");
        const auto shape = box.run(kShape);
        box.run("DROP DATABASE IF EXISTS " + database + "_extra");
        if (!expected) expected = shape;
        EXPECT_EQ(shape, *expected) << "interrupted " << when;
    }
}

constexpr const char* kTable =
    "CREATE TABLE t (n int, m int); INSERT INTO t SELECT i, i FROM generate_series(1, 50) i;";
constexpr const char* kParts =
    "CREATE TABLE p (n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE p2 "
    "PARTITION OF p FOR VALUES IN (2);";

INSTANTIATE_TEST_SUITE_P(
    Statements,
    Interrupted,
    ::testing::Values(
        Case{"NamedIndex", kTable, "CREATE INDEX CONCURRENTLY t_n ON t (n);", 0},
        Case{
            "NamedIndexBetweenOthers",
            kTable,
            "SELECT 1;\nCREATE INDEX CONCURRENTLY t_n ON t (n);\nCREATE VIEW v AS TABLE t;",
            1
        },
        Case{"UniqueIndex", kTable, "CREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n);", 0},
        Case{"UnnamedIndex", kTable, "CREATE INDEX CONCURRENTLY ON t (n);", 0},
        Case{
            "SecondUnnamedIndex", kTable, "CREATE INDEX CONCURRENTLY ON t (n);\nCREATE INDEX CONCURRENTLY ON t (n);", 1
        },
        Case{
            "FirstUnnamedIndex", kTable, "CREATE INDEX CONCURRENTLY ON t (n);\nCREATE INDEX CONCURRENTLY ON t (n);", 0
        },
        Case{"IfNotExists", kTable, "CREATE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n);", 0},
        Case{
            "OddNames",
            "CREATE SCHEMA \"Odd.Schema\"; CREATE TABLE \"Odd.Schema\".\"My \"\"Table\" (\"N\" int);",
            "CREATE INDEX CONCURRENTLY \"My.\"\"Index\" ON \"Odd.Schema\".\"My \"\"Table\" (\"N\");",
            0
        },
        Case{"FoldedName", kTable, "CREATE INDEX CONCURRENTLY T_N ON Public.T (N);", 0},
        Case{
            "SameNameInTwoSchemas",
            "CREATE SCHEMA s; CREATE TABLE s.t (n int); CREATE TABLE t (n int); CREATE INDEX t_n ON t (n);",
            "CREATE INDEX CONCURRENTLY t_n ON s.t (n);",
            0
        },
        Case{
            "SearchPathOfTheFile",
            "CREATE SCHEMA s; CREATE TABLE s.t (n int); CREATE TABLE t (n int); CREATE INDEX t_n ON t (n);",
            "SET search_path = s;\nCREATE INDEX CONCURRENTLY t_n ON t (n);\nCREATE TABLE made_here ();",
            1
        },
        Case{"DropIndex", "CREATE TABLE t (n int); CREATE INDEX t_n ON t (n);", "DROP INDEX CONCURRENTLY t_n;", 0},
        Case{
            "DropIndexOfOneSchema",
            "CREATE SCHEMA s; CREATE TABLE s.t (n int); CREATE INDEX t_n ON s.t (n); CREATE TABLE t (n int); CREATE "
            "INDEX "
            "t_n ON t (n);",
            "DROP INDEX CONCURRENTLY s.t_n;",
            0
        },
        Case{"DropIndexIfExists", kTable, "DROP INDEX CONCURRENTLY IF EXISTS nowhere;", 0},
        Case{
            "ReindexIndex", "CREATE TABLE t (n int); CREATE INDEX t_n ON t (n);", "REINDEX INDEX CONCURRENTLY t_n;", 0
        },
        Case{
            "ReindexTable",
            "CREATE TABLE t (n int, x text); CREATE INDEX t_n ON t (n);",
            "REINDEX TABLE CONCURRENTLY t;",
            0
        },
        Case{"Detach", kParts, "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;", 0},
        Case{"CreateDatabase", kTable, "CREATE DATABASE DATABASE_NAME;", 0},
        Case{"Vacuum", kTable, "VACUUM (ANALYZE) t;\nCREATE TABLE after_it ();", 0}
    ),
    [](const auto& tested) { return tested.param.name; }
);

TEST(Outside, AUniqueIndexOverDuplicatesIsBuiltOnceTheyAreGone) {
    for (const std::string_view statement :
         {"CREATE UNIQUE INDEX CONCURRENTLY t_n ON t (n);",
          "CREATE UNIQUE INDEX CONCURRENTLY ON t (n);",
          "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_n ON t (n);"}) {
        Sandbox box;
        box.run("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1)");
        box.write("001_a.sql", statement);
        for (int again = 0; again < 2; ++again) {
            const auto error = failed(box.up());
            EXPECT_EQ(error.code, ErrorCode::failed_partly);
            EXPECT_EQ(error.sqlstate, "23505");
            EXPECT_EQ(error.place.line, 1U);
            EXPECT_EQ(box.run("SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass"), "1");
        }
        box.run("DELETE FROM t WHERE ctid = '(0,1)'");
        succeeded(box.up());
        EXPECT_EQ(
            box.run("SELECT string_agg(indisvalid::text, ',') FROM pg_index WHERE indrelid = 't'::regclass"), "true"
        ) << statement;
    }
}

// A failure that the server told is no doubt: what was there before is still somebody else's.
TEST(Outside, WhatWasThereBeforeIsNeverTakenForDone) {
    Sandbox box;
    const auto extra = box.run("SELECT current_database()") + "_mine";
    box.run("CREATE TABLE t (n int, m int); CREATE INDEX t_n ON t (m);");
    box.run("CREATE DATABASE " + extra);
    struct {
        std::string file;
        std::string sqlstate;
    } const cases[] = {
        {"CREATE INDEX CONCURRENTLY t_n ON t (n);", "42P07"},
        {"CREATE DATABASE " + extra + ";", "42P04"},
        {"DROP INDEX CONCURRENTLY nowhere;", "42704"},
        {"DROP DATABASE nowhere;", "3D000"},
    };
    for (const auto& one : cases) {
        box.write("001_a.sql", one.file);
        for (int again = 0; again < 3; ++again) EXPECT_EQ(failed(box.up()).sqlstate, one.sqlstate) << one.file << again;
        EXPECT_EQ(box.states(), "001_a=interrupted");
    }
    box.run("DROP DATABASE " + extra);
}

TEST(Outside, AMendedStatementIsANewOne) {
    Sandbox box;
    box.run("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (1); CREATE TABLE u (n int); CREATE INDEX u_1 ON u (n);"
    );
    box.write("001_a.sql", "CREATE UNIQUE INDEX CONCURRENTLY ON t (n);");
    EXPECT_EQ(failed(box.up()).sqlstate, "23505");
    box.write("001_a.sql", "CREATE UNIQUE INDEX CONCURRENTLY ON u (n);");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT count(*) FROM pg_index WHERE indrelid = 'u'::regclass AND indisvalid"), "2");
}

TEST(Outside, AnIndexWithoutANameThatHadToBeTriedAgainIsThereOnce) {
    Sandbox box;
    box.options.lock_retries = 3;
    box.run("CREATE TABLE t (n int); CREATE INDEX old ON t (n);");
    // The session's own time-out ends the first try while a transaction is in the way; then that one goes.
    box.write("001_a.sql", "SET lock_timeout = '400ms';\nCREATE INDEX CONCURRENTLY ON t (n);");
    auto blocker = box.database.connect();
    must(blocker.run_message("BEGIN; INSERT INTO t VALUES (1)", {}));
    class Opener final : public Progress {
    public:
        explicit Opener(pg::Connection& connection) : connection_(connection) {}
        void report(const ProgressEvent& event) override {
            if (event.kind != ProgressEvent::Kind::waiting || !event.text.starts_with("canceling")) return;
            if (event.text.find("trying again") == std::string::npos) return;
            ++tries;
            must(connection_.run_message("COMMIT", {}));
        }
        int tries = 0;

    private:
        pg::Connection& connection_;
    } opener{blocker};
    const auto project = *box.project();
    const auto report = succeeded(migrate::up(
        {box.database.conninfo(), project, box.options}, {}, opener, Limits::within(std::chrono::minutes{2})
    ));
    EXPECT_GE(opener.tries, 1);
    EXPECT_EQ(
        box.run("SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ',' ORDER BY indexrelid) FROM pg_index "
                "WHERE indrelid "
                "= 't'::regclass"),
        "old true,t_n_idx true"
    );
}

// A REINDEX … CONCURRENTLY that ends on the way leaves invalid copies, also of the table's TOAST index.
void fail_reindex(const Sandbox& box, const std::string& statement) {
    auto blocker = box.database.connect();
    must(blocker.run_message("BEGIN; SELECT count(*) FROM t", {}));
    auto other = box.database.connect();
    const auto done = other.run_message("SET lock_timeout = 300", {});
    must(done);
    EXPECT_FALSE(other.run_message(statement, {}));
    must(blocker.run_message("ROLLBACK", {}));
}

constexpr const char* kInvalid =
    "SELECT coalesce(string_agg(c.relname, ',' ORDER BY relname), 'none') FROM pg_index i JOIN pg_class c ON c.oid = "
    "indexrelid WHERE NOT indisvalid";

TEST(Outside, LeftoversOfAReindexAreCleared) {
    const std::string long_name = "an_index_with_a_name_that_is_as_long_as_the_server_allows_63xxx";
    for (const std::string& statement :
         {std::string{"REINDEX TABLE CONCURRENTLY t"}, "REINDEX INDEX CONCURRENTLY " + long_name}) {
        Sandbox box;
        box.run("CREATE TABLE t (n int, x text); CREATE INDEX " + long_name + " ON t (n);");
        box.write("001_a.sql", statement + ";");
        fail_reindex(box, statement);
        EXPECT_NE(box.run(kInvalid).find("_cc"), std::string::npos);
        if (statement.find("TABLE") != std::string::npos) {
            EXPECT_NE(box.run(kInvalid).find("pg_toast"), std::string::npos);
        }
        interrupt(box, "001_a", 0, false);
        succeeded(box.up());
        EXPECT_EQ(box.run(kInvalid), "none") << statement;
    }
}

TEST(Outside, LeftoversOfOthersStay) {
    Sandbox box;
    box.run(
        "CREATE SCHEMA s; CREATE TABLE s.t (n int); CREATE INDEX t_n ON s.t (n);"
        "CREATE TABLE t (n int); CREATE INDEX t_n ON t (n); CREATE INDEX t_n2 ON t (n);"
    );
    fail_reindex(box, "REINDEX INDEX CONCURRENTLY t_n");
    box.write("001_a.sql", "REINDEX INDEX CONCURRENTLY s.t_n;");
    interrupt(box, "001_a", 0, false);
    box.write("002_b.sql", "REINDEX INDEX CONCURRENTLY t_n2;");
    succeeded(box.up());
    EXPECT_TRUE(box.run(kInvalid).starts_with("t_n_cc")) << box.run(kInvalid);
}

TEST(Outside, AHalfDetachedPartitionIsFinalised) {
    Sandbox box;
    box.run(std::string{kParts} + "CREATE SCHEMA s; CREATE TABLE s.p1 (n int);");
    box.write("001_a.sql", "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;");
    interrupt(box, "001_a", 0, false);
    {
        auto blocker = box.database.connect();
        must(blocker.run_message("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM p", {}));
        auto other = box.database.connect();
        must(other.run_message("SET lock_timeout = 300", {}));
        EXPECT_FALSE(other.run_message("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", {}));
        must(blocker.run_message("ROLLBACK", {}));
    }
    EXPECT_EQ(box.run("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'p1'::regclass"), "t");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT string_agg(inhrelid::regclass::text, ',') FROM pg_inherits"), "p2");
}

TEST(Outside, AnIndexThatSomebodyElseBuildsJustNowIsLeftAlone) {
    Sandbox box;
    box.run("CREATE TABLE t (n int)");
    box.write("001_a.sql", "CREATE INDEX CONCURRENTLY t_n ON t (n);");
    auto blocker = box.database.connect();
    must(blocker.run_message("BEGIN; INSERT INTO t VALUES (1)", {}));
    std::jthread builder{[&] {
        auto other = box.database.connect();
        // Two builds on one table wait for each other: whoever looks first gives way, and that is to be the run.
        must(other.run_message("SET deadlock_timeout = '1min'", {}));
        must(other.run_message("CREATE INDEX CONCURRENTLY t_n ON t (n)", {}));
    }};
    while (box.run("SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid <> 0)") != "t") {
    }
    std::jthread opener{[&] {
        while (box.run("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 't'::regclass)") != "t") {
        }
        must(blocker.run_message("ROLLBACK", {}));
    }};
    EXPECT_EQ(failed(box.up()).sqlstate, "42P07") << "it waited, and did not drop what the other one made";
    builder.join();
    EXPECT_EQ(box.run("SELECT indisvalid FROM pg_index WHERE indrelid = 't'::regclass"), "t");
}

}  // namespace
}  // namespace drydock::migrate
