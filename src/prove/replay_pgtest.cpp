#include "prove/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prove/project_pgtest.h"

namespace drydock::prove {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReplayTest : public ::testing::Test {
protected:
    Replay open(const ReplayOptions& options = {}) {
        project.emplace(files.project());
        auto replay = Replay::open(shared_shadow(), *project, options, progress, minute());
        if (!replay) {
            ADD_FAILURE() << replay.error().message << "\n" << replay.error().hint;
            std::abort();
        }
        return *std::move(replay);
    }

    ProjectFolder files;
    NoProgress progress;
    std::optional<migrate::Project> project;
};

TEST_F(ReplayTest, AppliesAndTakesBackOnOneSession) {
    files.write("001_a.sql", "CREATE TABLE a (x int);");
    files.write("rollback-001.sql", "DROP TABLE a;");
    files.write("002_b.sql", "CREATE INDEX CONCURRENTLY b ON a (x); INSERT INTO a VALUES (1);");
    auto replay = open();
    ASSERT_TRUE(replay.apply(0, minute()));
    ASSERT_TRUE(replay.apply(1, minute()));
    EXPECT_EQ(value(replay, "SELECT count(*) FROM a"), "1");
    EXPECT_THAT(replay.applied(), ElementsAre("001_a", "002_b"));
    ASSERT_TRUE(replay.roll_back(1, "DROP INDEX b; DELETE FROM a;", minute()));
    ASSERT_TRUE(replay.roll_back(0, std::nullopt, minute()));
    EXPECT_THAT(replay.applied(), IsEmpty());
    EXPECT_EQ(value(replay, "SELECT to_regclass('a')"), "");
    ASSERT_TRUE(replay.apply(0, minute()));
    EXPECT_EQ(value(replay, "SELECT to_regclass('a')"), "a");
}

TEST_F(ReplayTest, AFailedOneLeavesTheStateAndTheNextGoesOn) {
    files.write("001_a.sql", "CREATE TABLE a (x int);");
    files.write("002_b.sql", "CREATE TABLE b (x int); SELECT 1/0;");
    files.write("003_c.sql", "CREATE TABLE c (x int);");
    auto replay = open();
    ASSERT_TRUE(replay.apply(0, minute()));
    const auto failed = replay.apply(1, minute());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, "22012");
    EXPECT_FALSE(replay.in_doubt());
    ASSERT_TRUE(replay.apply(2, minute()));
    EXPECT_EQ(value(replay, "SELECT to_regclass('b')"), "");
}

TEST_F(ReplayTest, OneThatStopsHalfWayLeavesDoubt) {
    files.write("001_a.sql", "CREATE TABLE a (x int); VACUUM a; SELECT 1/0;");
    auto replay = open();
    ASSERT_FALSE(replay.apply(0, minute()));
    EXPECT_TRUE(replay.in_doubt());
    ASSERT_TRUE(replay.start(minute()));
    EXPECT_FALSE(replay.in_doubt());
    EXPECT_EQ(value(replay, "SELECT to_regclass('a')"), "");
}

TEST_F(ReplayTest, MakesTheRolesThatStatementsAndDoBlocksName) {
    files.write(
        "001_a.sql", "CREATE TABLE a (x int); GRANT SELECT ON a TO \"Reader one\"; ALTER TABLE a OWNER TO boss;"
    );
    files.write("002_b.sql", "DO $$ BEGIN EXECUTE 'GRANT UPDATE ON a TO hidden_writer'; END $$;");
    files.write("003_c.sql", "CREATE ROLE made_here_too; GRANT DELETE ON a TO made_here_too;");
    auto replay = open();
    for (std::size_t i = 0; i < 3; ++i) {
        const auto done = replay.apply(i, minute());
        ASSERT_TRUE(done) << done.error().message;
    }
    EXPECT_EQ(value(replay, "SELECT has_table_privilege('Reader one', 'a', 'SELECT')"), "t");
    EXPECT_EQ(value(replay, "SELECT has_table_privilege('hidden_writer', 'a', 'UPDATE')"), "t");
    EXPECT_EQ(value(replay, "SELECT has_table_privilege('made_here_too', 'a', 'DELETE')"), "t");
}

TEST_F(ReplayTest, RunsAsTheRoleOfTheConfiguration) {
    files.write("001_a.sql", "CREATE SCHEMA app; CREATE TABLE app.a (x int); CREATE TABLE public.b (x int);");
    ReplayOptions options;
    options.engine.role = "deployer";
    auto replay = open(options);
    const auto done = replay.apply(0, minute());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(value(replay, "SELECT tableowner FROM pg_tables WHERE tablename = 'a'"), "deployer");
}

TEST_F(ReplayTest, LeavesOutAnExtensionThatIsNotInstalled) {
    files.write(
        "001_a.sql",
        "CREATE TABLE before_it (x int);\nCREATE EXTENSION IF NOT EXISTS no_such_thing;\nCOMMENT ON EXTENSION "
        "no_such_thing IS 'x';\nCREATE TABLE after_it (x int);\nSELECT 1/0;"
    );
    auto replay = open();
    const auto failed = replay.apply(0, minute());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, "22012");
    EXPECT_EQ(failed.error().place.line, 5U);
    EXPECT_THAT(replay.missing_extensions(), ElementsAre("no_such_thing"));
    files.write("001_a.sql", "CREATE EXTENSION no_such_thing; CREATE TABLE after_it (x int);");
    const auto done = replay.apply(0, minute());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(done->missing_extensions, ElementsAre("no_such_thing"));
    EXPECT_EQ(value(replay, "SELECT to_regclass('after_it')"), "after_it");
}

TEST_F(ReplayTest, AVerifyFileAndPlaceholdersAreThoseOfUp) {
    files.write("001_a.sql", "-- Migration: a\n-- Placeholders: WHO\nCREATE TABLE ${WHO} (x int);");
    files.write("verify-001.sql", "SELECT false;");
    ReplayOptions options;
    options.engine.placeholders = [](std::string_view) { return std::optional<std::string>{"somebody"}; };
    auto replay = open(options);
    const auto failed = replay.apply(0, minute());
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("not true"));
    files.write("verify-001.sql", "SELECT to_regclass('somebody') IS NOT NULL;");
    project.emplace(files.project());
    ASSERT_TRUE(replay.apply(0, minute()));
}

TEST_F(ReplayTest, LoadsTheDataOfAMigrationByItsNumber) {
    files.write("001_a.sql", "CREATE TABLE a (x int);");
    const ProjectFolder data;
    data.write("1_rows.sql", "INSERT INTO a VALUES (1), (2);");
    auto replay = open({.data = data.path()});
    ASSERT_TRUE(replay.apply(0, minute()));
    const auto loaded = replay.load_data(0, minute());
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(value(replay, "SELECT count(*) FROM a"), "2");
}

TEST_F(ReplayTest, GoesOnFromACopyOfTheDatabase) {
    files.write("001_a.sql", "CREATE TABLE a (x int);");
    files.write("002_b.sql", "CREATE TABLE b (x int);");
    auto replay = open();
    ASSERT_TRUE(replay.apply(0, minute()));
    replay.pause();
    auto copy = shared_shadow().create_database({.copy_of = replay.database().name()}, minute());
    ASSERT_TRUE(copy);
    ASSERT_TRUE(replay.resume(minute()));
    ASSERT_TRUE(replay.apply(1, minute()));
    ASSERT_TRUE(replay.start_from(*std::move(copy), {"001_a"}, minute()));
    EXPECT_EQ(value(replay, "SELECT to_regclass('b')"), "");
    ASSERT_TRUE(replay.apply(1, minute()));
}

TEST(State, OfAProjectAfterSomeOfItsMigrations) {
    const ProjectFolder files;
    files.write("001_a.sql", "CREATE TABLE a (x int);");
    files.write("002_b.sql", "-- Environment: elsewhere\nCREATE TABLE b (x int);");
    files.write("003_c.sql", "SELECT 1/0;");
    files.write("004_d.sql", "CREATE TABLE d (x int);");
    NoProgress progress;
    const auto project = files.project();
    const auto state = replay_project({}, project, 3, {}, progress, minute());
    ASSERT_TRUE(state) << state.error().message;
    ASSERT_EQ(state->skipped.size(), 1U);
    EXPECT_EQ(state->skipped[0].id, "003_c");
    EXPECT_EQ(testing::run_on(state->database.conninfo(), "SELECT to_regclass('b') IS NULL"), "t");
    EXPECT_EQ(testing::run_on(state->database.conninfo(), "SELECT to_regclass('d')"), "d");
}

TEST(State, OfWhatHistoryKeeps) {
    NoProgress progress;
    const auto state = replay_stored(
        {},
        {{"001_a", "CREATE TABLE a (x int);"}, {"002_b", "CREATE INDEX CONCURRENTLY i ON a (x);"}},
        {},
        progress,
        minute()
    );
    ASSERT_TRUE(state) << state.error().message;
    EXPECT_EQ(testing::run_on(state->database.conninfo(), "SELECT to_regclass('i')"), "i");
}

}  // namespace
}  // namespace drydock::prove
