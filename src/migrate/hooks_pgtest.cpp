#include <sys/stat.h>

#include <filesystem>

#include "base/text.h"
#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

class Hooks : public ::testing::Test {
protected:
    void program(std::string_view name, std::string_view script) {
        box.write(std::string{"hooks/"} + std::string{name}, "#!/bin/sh\n" + std::string{script});
        std::filesystem::permissions(box.dir() / "hooks" / name, std::filesystem::perms{0755});
    }
    std::filesystem::path log() const { return box.dir() / "log.txt"; }
    void logging_program(std::string_view name) {
        program(name, "echo " + std::string{name} + " >> '" + log().string() + "'\n");
    }
    std::string logged() const {
        auto text = read_file(log());
        return text ? *text : std::string{};
    }

    Sandbox box;
};

TEST_F(Hooks, RunAroundTheRunAndAroundEachMigrationInTheOrderOfTheirNames) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", "CREATE TABLE b ();");
    for (const auto* const name :
         {"before-run.b",
          "before-run.a",
          "after-run",
          "before-001_a.sh",
          "after-001_a",
          "before-002_b",
          "after-002_b.sh"}) {
        logging_program(name);
    }
    succeeded(box.up());
    EXPECT_EQ(
        logged(), "before-run.a\nbefore-run.b\nbefore-001_a.sh\nafter-001_a\nbefore-002_b\nafter-002_b.sh\nafter-run\n"
    );
    succeeded(box.up());
    EXPECT_EQ(split(logged(), '\n').size(), 8U) << "no hook runs when there is nothing to do";
}

TEST_F(Hooks, OfSqlSeeWhatRanBeforeThem) {
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    box.write("hooks/before-run.sql", "CREATE TABLE steps (at text); INSERT INTO steps VALUES ('before run');");
    box.write("hooks/before-001_a.sql", "INSERT INTO steps SELECT 'a: ' || coalesce(to_regclass('a')::text, 'none');");
    box.write("hooks/after-001_a.sql", "-- data\nCOPY a FROM stdin;\n1\n2\n\\.\nINSERT INTO steps VALUES ('after a');");
    box.write("hooks/after-run.sql", "-- nothing\n");
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT string_agg(at, ', ') FROM steps"), "before run, a: none, after a");
    EXPECT_EQ(box.run("SELECT sum(n) FROM a"), "3") << "data that stands in the hook";
}

TEST_F(Hooks, OfSqlLeaveNoSettingBehind) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("hooks/before-001_a.sql", "CREATE SCHEMA s; SET search_path = s;");
    succeeded(box.up());
    EXPECT_TRUE(box.exists("public.a"));
}

TEST_F(Hooks, ProgramsAreToldTheTargetAndWhatRuns) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("rollback-001.sql", "DROP TABLE a;");
    program(
        "after-001_a.sh",
        "psql -X -A -t \"$DATABASE_URL\" -c \"SELECT current_database(), to_regclass('a')\" >> '" + log().string() +
            "' 2>&1\necho \"$DRYDOCK_HOOK $DRYDOCK_MIGRATION $DRYDOCK_DIRECTION\" >> '" + log().string() + "'\n"
    );
    succeeded(box.up());
    const auto database = box.run("SELECT current_database()");
    EXPECT_EQ(logged(), database + "|a\nafter-001_a 001_a up\n");
    succeeded(box.roll_back({.last = 1}));
    EXPECT_EQ(logged(), database + "|a\nafter-001_a 001_a up\n" + database + "|\nafter-001_a 001_a down\n");
}

TEST_F(Hooks, ThatFailBeforeStopTheMigration) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", "CREATE TABLE b ();");
    program("before-002_b.sh", "echo no backup today >&2\nexit 3\n");
    auto report = box.up();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->not_run, std::vector<std::string>{"002_b"});
    const auto error = failed(std::move(report));
    EXPECT_EQ(error.code, ErrorCode::failed);
    EXPECT_NE(error.message.find("before-002_b.sh: exit code 3: no backup today"), std::string::npos) << error.message;
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending");

    box.remove("hooks/before-002_b.sh");
    box.write("hooks/before-002_b.sql", "CREATE TABLE half ();\nSELECT wrong;\n");
    const auto in_sql = failed(box.up());
    EXPECT_EQ(in_sql.place.line, 2U);
    EXPECT_EQ(in_sql.place.column, 8U);
    EXPECT_EQ(std::filesystem::path{in_sql.place.file}.filename(), "before-002_b.sql");
    EXPECT_FALSE(box.exists("half"));
    EXPECT_FALSE(box.exists("b"));

    box.remove("hooks/before-002_b.sql");
    succeeded(box.up());
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied");
}

TEST_F(Hooks, ThatFailBeforeTheRunLetNothingRun) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    program("before-run", "exit 1\n");
    auto report = box.up();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->not_run, std::vector<std::string>{"001_a"});
    EXPECT_EQ(box.states(), "001_a=pending");
}

TEST_F(Hooks, ThatFailAfterwardsSayThatTheMigrationStays) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", "CREATE TABLE b ();");
    program("after-001_a.sh", "exit 9\n");
    auto report = box.up();
    ASSERT_TRUE(report);
    ASSERT_EQ(report->done.size(), 1U);
    EXPECT_EQ(report->not_run, std::vector<std::string>{"002_b"}) << "001_a has run";
    const auto error = failed(std::move(report));
    EXPECT_EQ(error.code, ErrorCode::failed_partly);
    EXPECT_EQ(error.message, "001_a is done and stays so: hook after-001_a.sh: exit code 9");
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending");
    succeeded(box.up());
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied");
}

TEST_F(Hooks, HaveTheirTimeAndNotMore) {
    box.options.hook_timeout = std::chrono::milliseconds{300};
    box.write("001_a.sql", "CREATE TABLE a ();");
    program("before-001_a.sh", "sleep 600\n");
    const auto slow_program = failed(box.up());
    EXPECT_EQ(slow_program.code, ErrorCode::failed);
    EXPECT_NE(slow_program.message.find("did not end in time"), std::string::npos) << slow_program.message;
    EXPECT_NE(slow_program.hint.find("hook_timeout"), std::string::npos) << slow_program.hint;
    EXPECT_FALSE(box.exists("a"));

    box.remove("hooks/before-001_a.sh");
    box.write("hooks/before-001_a.sql", "SELECT pg_sleep(600);");
    const auto slow_sql = failed(box.up());
    EXPECT_EQ(slow_sql.code, ErrorCode::failed);
    EXPECT_NE(slow_sql.hint.find("hook_timeout"), std::string::npos) << slow_sql.hint;
    EXPECT_FALSE(box.exists("a"));

    box.remove("hooks/before-001_a.sql");
    succeeded(box.up());
}

}  // namespace
}  // namespace drydock::migrate
