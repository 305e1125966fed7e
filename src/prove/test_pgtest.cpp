#include "prove/test.h"

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prove/project_pgtest.h"

namespace drydock::prove {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class TestTest : public ::testing::Test {
protected:
    TestTest() { options.cache_folder = cache.path() / "cache"; }

    TestReport run() {
        auto report = test(files.project(), options, progress, minute());
        if (!report) {
            ADD_FAILURE() << report.error().message << "\n" << report.error().hint << report.error().detail;
            return {};
        }
        return *std::move(report);
    }

    // Tables t1 … tn, each by a migration of its own with a rollback.
    void tables(int count) {
        for (int i = 1; i <= count; ++i) {
            files.write(fmt::format("{:03}_t{}.sql", i, i), fmt::format("CREATE TABLE t{} (id int PRIMARY KEY);", i));
            files.write(fmt::format("rollback-{:03}.sql", i), fmt::format("DROP TABLE t{};", i));
        }
    }

    static const Proof& proof(const TestReport& report, std::size_t at) { return report.proofs.at(at); }

    ProjectFolder files;
    testing::TempFolder cache;
    TestOptions options;
    NoProgress progress;
};

TEST_F(TestTest, ProvesEachAndTheWhole) {
    tables(3);
    const auto report = run();
    ASSERT_EQ(report.proofs.size(), 3U);
    EXPECT_EQ(report.count(Verdict::proven), 3U) << boost::json::serialize(to_json(report));
    ASSERT_TRUE(report.whole);
    EXPECT_EQ(report.whole->count, 3U);
    EXPECT_EQ(report.whole->from, "001_t1");
    EXPECT_FALSE(report.failed());
}

TEST_F(TestTest, FindsARollbackThatLeavesSomething) {
    tables(2);
    files.write("002_t2.sql", "CREATE TABLE t2 (id int); CREATE INDEX left_over ON t1 (id);");
    files.write("003_t3.sql", "CREATE TABLE t3 (id int REFERENCES t1);");
    files.write("rollback-003.sql", "DROP TABLE t3;");
    const auto report = run();
    ASSERT_EQ(report.proofs.size(), 3U);
    EXPECT_EQ(proof(report, 1).verdict, Verdict::failed);
    EXPECT_THAT(proof(report, 1).differences, ElementsAre("after rollback: + index public.left_over"));
    EXPECT_EQ(proof(report, 2).verdict, Verdict::proven);
    EXPECT_TRUE(report.failed());
    ASSERT_TRUE(report.whole);
    EXPECT_EQ(report.whole->count, 1U);
    EXPECT_THAT(report.whole->stopped_by, HasSubstr("002_t2"));
}

TEST_F(TestTest, FindsARollbackThatDoesNotRun) {
    tables(2);
    files.write("rollback-001.sql", "DROP TABLE\n no_such;");
    const auto report = run();
    EXPECT_EQ(proof(report, 0).verdict, Verdict::failed);
    ASSERT_TRUE(proof(report, 0).error);
    EXPECT_EQ(proof(report, 0).error->sqlstate, "42P01");
    EXPECT_THAT(proof(report, 0).error->place.file, HasSubstr("rollback-001.sql"));
    EXPECT_EQ(proof(report, 1).verdict, Verdict::proven);
}

TEST_F(TestTest, FindsAMigrationThatCanNotBeAppliedTwice) {
    files.write(
        "001_t.sql",
        "CREATE TABLE t (id int); DO $$ BEGIN IF to_regclass('mark') IS NOT NULL THEN CREATE TABLE extra (); END IF; "
        "END $$; CREATE TABLE IF NOT EXISTS mark ();"
    );
    files.write("rollback-001.sql", "DROP TABLE t; DROP TABLE IF EXISTS extra;");
    files.write("000_mark.sql", "SELECT 1;");
    files.write("rollback-000.sql", "SELECT 1;");
    const auto report = run();
    EXPECT_EQ(proof(report, 1).verdict, Verdict::failed);
    EXPECT_THAT(proof(report, 1).differences, ElementsAre("after rollback: + table public.mark"));
}

TEST_F(TestTest, AFailedMigrationStopsTheChain) {
    tables(3);
    files.write("002_t2.sql", "CREATE TABLE t2 (id nosuchtype);");
    const auto report = run();
    EXPECT_EQ(proof(report, 0).verdict, Verdict::proven);
    EXPECT_EQ(proof(report, 1).verdict, Verdict::failed);
    EXPECT_EQ(proof(report, 1).error->place.line, 1U);
    EXPECT_EQ(proof(report, 2).verdict, Verdict::not_run);
    EXPECT_THAT(proof(report, 2).reason, HasSubstr("002_t2"));
}

TEST_F(TestTest, ARollbackThatTakesOtherRowsAlongFails) {
    files.write("001_t.sql", "CREATE TABLE t (id int, note text); INSERT INTO t VALUES (1, 'a'), (2, 'b');");
    files.write("rollback-001.sql", "DROP TABLE t;");
    files.write("002_more.sql", "INSERT INTO t VALUES (3, 'c');");
    files.write("rollback-002.sql", "DELETE FROM t WHERE id >= 2;");
    files.write("003_drop.sql", "ALTER TABLE t DROP COLUMN note;");
    files.write("rollback-003.sql", "ALTER TABLE t ADD COLUMN note text;");
    const auto report = run();
    EXPECT_EQ(proof(report, 1).verdict, Verdict::failed);
    EXPECT_THAT(
        proof(report, 1).differences,
        ElementsAre("after rollback: gone or changed: 1 row of public.t that the migration leaves alone")
    );
    EXPECT_EQ(proof(report, 2).verdict, Verdict::proven);
    EXPECT_EQ(proof(report, 2).grade, "catalog exact but data lost");
    EXPECT_THAT(proof(report, 2).notes, ElementsAre("not brought back by the rollback: 3 rows of public.t"));
}

TEST_F(TestTest, DataOfTheUserIsCheckedAsWell) {
    tables(2);
    files.write("002_t2.sql", "ALTER TABLE t1 ADD COLUMN note text DEFAULT '';");
    files.write("rollback-002.sql", "ALTER TABLE t1 DROP COLUMN note; TRUNCATE t1;");
    const ProjectFolder data;
    data.write("001_rows.sql", "INSERT INTO t1 SELECT generate_series(1, 10);");
    EXPECT_FALSE(run().failed());
    options.replay.data = data.path();
    const auto report = run();
    EXPECT_THAT(
        proof(report, 1).differences,
        ElementsAre("after rollback: gone or changed: 10 rows of public.t1 that the migration leaves alone")
    );
}

TEST_F(TestTest, AColumnThatComesBackLastIsToldAndNoFault) {
    files.write("001_t.sql", "CREATE TABLE t (a int, b int);");
    files.write("rollback-001.sql", "DROP TABLE t;");
    files.write("002_t.sql", "ALTER TABLE t DROP COLUMN a;");
    files.write("rollback-002.sql", "ALTER TABLE t ADD COLUMN a int;");
    const auto report = run();
    EXPECT_EQ(proof(report, 1).verdict, Verdict::proven);
    EXPECT_EQ(proof(report, 1).grade, "lossy: column order");
    EXPECT_FALSE(report.failed()) << boost::json::serialize(to_json(report));
}

TEST_F(TestTest, WhatSingleGradesGiveUpIsNoFaultOfTheWhole) {
    files.write("001_t.sql", "CREATE TABLE t (a text NOT NULL, b text NOT NULL, c int);");
    files.write("002_fill.sql", "UPDATE t SET c = 1;");
    files.write("003_a.sql", "ALTER TABLE t DROP COLUMN a;");
    files.write("004_b.sql", "ALTER TABLE t DROP COLUMN b;");
    for (const bool known : {false, true}) {
        const auto report = run();
        ASSERT_EQ(report.proofs.size(), 4U);
        EXPECT_EQ(proof(report, 3).grade, "lossy");
        EXPECT_THAT(proof(report, 3).left, ElementsAre("~ column public.t.b: not_null true → none"));
        EXPECT_EQ(proof(report, 3).known, known);
        ASSERT_TRUE(report.whole);
        EXPECT_EQ(report.whole->count, 2U);
        EXPECT_EQ(report.whole->stopped_by, "002_fill (not reversible)");
        EXPECT_THAT(report.whole->differences, IsEmpty());
        EXPECT_FALSE(report.failed());
    }
}

TEST_F(TestTest, ValuesOfPlaceholdersAreInNoGeneratedRollback) {
    options.replay.engine.placeholders = [](std::string_view name) -> std::optional<std::string> {
        if (name == "TOKEN") return "s3cret-canary";
        if (name == "QUOTED") return "it's-canary";
        return std::nullopt;
    };
    files.write(
        "001_f.sql",
        "-- Placeholders: TOKEN\nCREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '${TOKEN}'::text $$;"
    );
    files.write("002_drop.sql", "DROP FUNCTION f();");
    files.write("003_quoted.sql", "-- Placeholders: QUOTED\nCREATE TABLE t ();\nCOMMENT ON TABLE t IS $$${QUOTED}$$;");
    files.write("004_drop.sql", "COMMENT ON TABLE t IS NULL;");
    const auto report = run();
    ASSERT_EQ(report.proofs.size(), 4U);
    const auto& back = proof(report, 1);
    EXPECT_EQ(back.verdict, Verdict::generated) << boost::json::serialize(to_json(report));
    EXPECT_THAT(back.rollback_sql, HasSubstr("-- Placeholders: TOKEN\n"));
    EXPECT_THAT(back.rollback_sql, HasSubstr("SELECT '${TOKEN}'::text"));
    EXPECT_EQ(proof(report, 3).verdict, Verdict::not_reversible);
    EXPECT_THAT(proof(report, 3).reason, HasSubstr("would show the value of ${QUOTED}"));
    EXPECT_THAT(boost::json::serialize(to_json(report)), Not(HasSubstr("canary")));
}

TEST_F(TestTest, TheSecondTimeOnlyWhatIsNewRuns) {
    tables(12);
    const auto first = run();
    EXPECT_EQ(first.from_cache, 0U);
    EXPECT_FALSE(first.failed());
    const auto again = run();
    EXPECT_EQ(again.replayed, 0U);
    EXPECT_EQ(again.count(Verdict::proven), 12U);
    ASSERT_TRUE(again.whole);
    EXPECT_EQ(again.whole->count, 12U);
    EXPECT_TRUE(again.whole->known);

    tables(13);
    const auto longer = run();
    EXPECT_EQ(longer.from_cache, 12U);
    EXPECT_EQ(longer.replayed, 3U);  // applied, applied again, and once more among all
    EXPECT_EQ(longer.count(Verdict::proven), 13U);
    EXPECT_FALSE(longer.proofs[12].known);
    ASSERT_TRUE(longer.whole);
    EXPECT_EQ(longer.whole->count, 1U);
    EXPECT_EQ(longer.whole->proven_before, 12U);
}

TEST_F(TestTest, AChangedLastMigrationStartsFromTheOneBefore) {
    tables(12);
    run();
    files.write("012_t12.sql", "CREATE TABLE t12 (id bigint);");
    const auto report = run();
    EXPECT_EQ(report.from_cache, 11U);
    EXPECT_EQ(report.replayed, 3U);
    EXPECT_FALSE(report.failed());
}

TEST_F(TestTest, AChangedRollbackIsProvenAgainInTheSameState) {
    tables(3);
    run();
    files.write("rollback-003.sql", "DROP TABLE t3; CREATE TABLE other ();");
    const auto report = run();
    EXPECT_TRUE(report.proofs[0].known);
    EXPECT_EQ(report.proofs[2].verdict, Verdict::failed);
}

TEST_F(TestTest, AChangedEarlyMigrationMakesEverythingNew) {
    tables(3);
    run();
    files.write("001_t1.sql", "CREATE TABLE t1 (id bigint PRIMARY KEY);");
    const auto report = run();
    EXPECT_EQ(report.from_cache, 0U);
    EXPECT_FALSE(report.proofs[2].known);
}

TEST_F(TestTest, ABrokenCacheIsMadeAnew) {
    tables(12);
    run();
    for (const auto& entry : std::filesystem::recursive_directory_iterator{options.cache_folder / "clusters"}) {
        if (entry.path().filename() == "pg_control") std::filesystem::resize_file(entry.path(), 0);
    }
    tables(13);
    const auto report = run();
    EXPECT_EQ(report.from_cache, 0U);
    EXPECT_EQ(report.count(Verdict::proven), 13U);
    tables(14);
    EXPECT_EQ(run().from_cache, 13U);
}

TEST_F(TestTest, AClusterThatHoldsSomethingElseIsNotBelieved) {
    tables(12);
    run();
    // A file of the catalog that is whole and wrong.
    for (const auto& entry : std::filesystem::recursive_directory_iterator{options.cache_folder / "clusters"}) {
        if (entry.path().filename() != "note") continue;
        auto note = read_file(entry.path()).value();
        const auto at = note.find("\"hash\":\"") + 8;
        note[at] = note[at] == '0' ? '1' : '0';
        note.replace(note.rfind("\"hash\":\"") + 8, 1, "g");
        ASSERT_TRUE(write_file(entry.path(), note));
    }
    tables(13);
    const auto report = run();
    EXPECT_EQ(report.from_cache, 0U);
    EXPECT_EQ(report.count(Verdict::proven), 13U);
}

TEST_F(TestTest, WithoutTheCacheAllRuns) {
    tables(2);
    run();
    options.cache = false;
    const auto report = run();
    EXPECT_EQ(report.from_cache, 0U);
    EXPECT_GE(report.replayed, 4U);
    EXPECT_FALSE(report.proofs[0].known);
}

TEST_F(TestTest, ProvesOnlyWhatIsAskedFor) {
    tables(5);
    options.only = {"002", "004"};
    const auto report = run();
    ASSERT_EQ(report.proofs.size(), 2U);
    EXPECT_EQ(report.proofs[0].id, "002_t2");
    EXPECT_EQ(report.proofs[1].id, "004_t4");
    ASSERT_TRUE(report.whole);
    EXPECT_EQ(report.whole->count, 1U);
    options.only = {};
    options.from = "003";
    options.to = "004";
    options.cache = false;
    const auto part = run();
    ASSERT_EQ(part.proofs.size(), 2U);
    EXPECT_EQ(part.whole->count, 2U);
    EXPECT_EQ(part.whole->from, "003_t3");
}

TEST_F(TestTest, ASchemaFileMustSayTheSame) {
    tables(2);
    const ProjectFolder other;
    options.schema_file = other.path() / "schema.sql";
    other.write("schema.sql", "CREATE TABLE t2 (id int PRIMARY KEY);\nCREATE TABLE t1 (id int PRIMARY KEY);\n");
    const auto same = run();
    ASSERT_TRUE(same.schema);
    EXPECT_FALSE(same.failed()) << boost::json::serialize(to_json(same));
    EXPECT_TRUE(run().schema->known);
    other.write("schema.sql", "CREATE TABLE t1 (id int PRIMARY KEY);\nCREATE TABLE t3 ();\n");
    const auto differs = run();
    EXPECT_TRUE(differs.failed());
    EXPECT_THAT(differs.schema->differences, Contains("in the file: + table public.t3"));
    EXPECT_THAT(differs.schema->differences, Contains("in the file: - table public.t2"));
}

TEST_F(TestTest, OnAServerThatTheUserNames) {
    tables(2);
    options.shadow = {.url = testing::server().conninfo().url(), .origin = "--shadow-url"};
    files.write("003_bad.sql", "CREATE TABLE t3 (id int);");
    files.write("rollback-003.sql", "SELECT 1;");
    files.write("004_role.sql", "GRANT SELECT ON t1 TO nobody_there;");
    const auto report = run();
    ASSERT_EQ(report.proofs.size(), 4U);
    EXPECT_EQ(report.proofs[1].verdict, Verdict::proven);
    EXPECT_EQ(report.proofs[2].verdict, Verdict::failed);
    EXPECT_EQ(report.proofs[3].verdict, Verdict::not_provable);
    EXPECT_THAT(report.proofs[3].reason, HasSubstr("nobody_there"));
    EXPECT_EQ(
        testing::run_on(
            testing::server().conninfo(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'drydock\\_shadow%'"
        ),
        "0"
    );
}

TEST_F(TestTest, WithoutAnExtensionTheRestGoesOn) {
    files.write("001_t.sql", "CREATE EXTENSION no_such_thing; CREATE TABLE t1 (id int);");
    files.write("002_t.sql", "CREATE TABLE t2 (g no_such_type);");
    files.write("003_t.sql", "ALTER TABLE t2 ADD x int;");
    files.write("004_t.sql", "CREATE INDEX i ON t1 (id);");
    files.write("rollback-004.sql", "DROP INDEX i;");
    const auto report = run();
    ASSERT_EQ(report.proofs.size(), 4U);
    EXPECT_EQ(report.proofs[0].verdict, Verdict::not_provable);
    EXPECT_THAT(report.proofs[0].reason, HasSubstr("no_such_thing"));
    EXPECT_EQ(report.proofs[1].verdict, Verdict::not_provable);
    EXPECT_EQ(report.proofs[2].verdict, Verdict::not_provable);
    EXPECT_EQ(report.proofs[3].verdict, Verdict::proven);
    EXPECT_FALSE(report.failed());
    // Nothing of it is kept: the extension may be there the next time.
    EXPECT_EQ(run().from_cache, 0U);
}

TEST_F(TestTest, RolesThatMigrationsMakeAreMadeAgainAfterAFault) {
    files.write("001_role.sql", "CREATE ROLE made_by_001; CREATE TABLE t (id int); GRANT SELECT ON t TO made_by_001;");
    files.write("rollback-001.sql", "DROP TABLE t; DROP ROLE made_by_001;");
    files.write("002_bad.sql", "CREATE TABLE u (id int);");
    files.write("rollback-002.sql", "SELECT 1;");
    files.write("003_more.sql", "GRANT UPDATE ON t TO made_by_001;");
    files.write("rollback-003.sql", "REVOKE UPDATE ON t FROM made_by_001;");
    const auto report = run();
    EXPECT_EQ(report.proofs[0].verdict, Verdict::proven) << boost::json::serialize(to_json(report));
    EXPECT_EQ(report.proofs[1].verdict, Verdict::failed);
    EXPECT_EQ(report.proofs[2].verdict, Verdict::proven);
}

TEST_F(TestTest, StepByStepMigrationsAreProvenTheSameWay) {
    tables(1);
    files.write("002_i.sql", "CREATE INDEX CONCURRENTLY i ON t1 (id); VACUUM t1;");
    files.write("rollback-002.sql", "DROP INDEX CONCURRENTLY i;");
    const auto report = run();
    EXPECT_EQ(report.proofs[1].verdict, Verdict::proven) << boost::json::serialize(to_json(report));
    EXPECT_FALSE(report.failed());
}

TEST_F(TestTest, StopsOnRequestAndLeavesNothing) {
    tables(3);
    files.write("002_t2.sql", "SELECT pg_sleep(60);");
    // The first migration is proven: the second one, which would take a minute, is under way or about to be.
    class Stopper final : public Progress {
    public:
        void report(const ProgressEvent& event) override {
            if (event.kind == ProgressEvent::Kind::finished && event.subject == "001_t1") source.request_stop();
        }
        std::stop_source source;
    };
    Stopper stopper;
    const auto report = test(files.project(), options, stopper, {.stop = stopper.source.get_token()});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace drydock::prove
