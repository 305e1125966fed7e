#include "cli/program_pgtest.h"

// The commands of `drydock pg`, `control`, `config` and what is about drydock itself.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PgCommands : public ProgramTest {
protected:
    PgCommands() { environment.push_back("DRYDOCK_DATA_DIR=" + (folder.path() / "pg").string()); }
    ~PgCommands() override { drydock({"pg", "stop"}); }
};

TEST_F(PgCommands, StartStatusUrlPsqlAndStopAreTheLifeOfAServer) {
    const auto absent = drydock({"pg", "status", "--json", "--exit-code"});
    EXPECT_EQ(absent.exit_code, 2);
    EXPECT_EQ(absent.json_at("/state"), "absent");
    const auto early = drydock({"pg", "url"});
    EXPECT_EQ(early.exit_code, 8);
    EXPECT_THAT(early.err, HasSubstr("drydock pg start"));

    const auto start = drydock({"pg", "start", "--json"});
    ASSERT_EQ(start.exit_code, 0) << start.err;
    EXPECT_EQ(start.json_at("/state"), "running");
    const auto again = drydock({"pg", "start", "--json"});
    EXPECT_EQ(again.json_at("/pid"), start.json_at("/pid"));

    EXPECT_THAT(drydock({"pg", "url"}).out, StartsWith("postgresql://drydock:"));
    EXPECT_THAT(drydock({"pg", "url", "--tcp"}).out, HasSubstr("@127.0.0.1:"));
    const auto psql = drydock({"pg", "psql", "-X", "-At", "-c", "SELECT current_user"});
    EXPECT_EQ(psql.exit_code, 0) << psql.err;
    EXPECT_EQ(psql.out, "drydock\n");
    EXPECT_EQ(drydock({"pg", "psql", "--", "-X", "-c", "SELECT nothing"}).exit_code, 1);

    // Without a database_url the commands work on it, and say so.
    folder.write("migrations/001_a.sql", "CREATE TABLE a ();\n");
    const auto up = drydock({"migrate", "up"});
    EXPECT_EQ(up.exit_code, 0) << up.err;
    EXPECT_THAT(up.err, HasSubstr("using the embedded PostgreSQL in "));
    const auto quiet = drydock({"migrate", "status", "--quiet"});
    EXPECT_EQ(quiet.err, "");
    EXPECT_THAT(quiet.out, HasSubstr("1 applied"));

    const auto stop = drydock({"pg", "stop", "--json"});
    EXPECT_EQ(stop.json_at("/state"), "stopped");
    EXPECT_EQ(drydock({"pg", "stop"}).exit_code, 0);
    EXPECT_THAT(drydock({"pg", "status"}).out, HasSubstr("does not run"));

    const auto woken = drydock({"migrate", "status", "--json"});
    EXPECT_EQ(woken.json_at("/counts/applied"), "1") << woken.err;
    EXPECT_THAT(woken.err, HasSubstr("starting the embedded PostgreSQL in "));
}

class ControlCommands : public DatabaseTest {};

TEST_F(ControlCommands, InitMakesTheControlPlaneOnce) {
    EXPECT_EQ(drydock({"control", "status", "--exit-code"}).exit_code, 2);
    const auto first = drydock({"control", "init", "--json"});
    ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
    EXPECT_EQ(first.json_at("/done/0/id"), "001_platform");
    EXPECT_EQ(sql("SELECT to_regclass('platform.organizations') IS NOT NULL"), "t");
    const auto again = drydock({"control", "init"});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_EQ(again.out, "nothing to do\n");
    EXPECT_EQ(drydock({"control", "status", "--exit-code"}).exit_code, 0);

    const auto status = drydock({"control", "status", "--json"});
    EXPECT_EQ(status.json_at("/project"), "drydock-control");
    EXPECT_EQ(status.json_at("/counts/pending"), "0");
    EXPECT_EQ(drydock({"control", "release", "7"}).exit_code, 3) << "without a reason";
}

TEST_F(ControlCommands, TheHistoryOfAProjectOfOnesOwnStaysApart) {
    ASSERT_EQ(drydock({"control", "init"}).exit_code, 0);
    folder.write("migrations/001_a.sql", "CREATE TABLE a ();\n");
    const auto up = drydock({"migrate", "up", "--json"});
    EXPECT_EQ(up.json_at("/done/0/id"), "001_a") << up.err;
    EXPECT_EQ(up.json_at("/warnings"), "[]");
}

TEST_F(ControlCommands, InitLeavesNothingInTheFolderForTemporaryFiles) {
    std::filesystem::create_directory(folder.path() / "tmp");
    environment.push_back("TMPDIR=" + (folder.path() / "tmp").string());
    EXPECT_EQ(drydock({"control", "init"}).exit_code, 0);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "tmp"));
}

class ConfigCommands : public ProgramTest {};

TEST_F(ConfigCommands, ShowNamesTheOriginAndMasksSecrets) {
    folder.write(
        "drydock.toml", "dir = \"sql\"\n\n[migrate]\nlate = \"refuse\"\n\n[placeholders]\nAPP_ROLE = \"shop\"\n"
    );
    folder.write(".env", "DATABASE_URL=postgresql://me:hunter2@db.example.com/shop\n");
    environment.push_back("DRYDOCK_MIGRATE_LATE=run");
    const auto text = drydock({"config", "show", "--lock-timeout", "3s"});
    EXPECT_EQ(text.exit_code, 3) << "an option of migrate is none of config's";
    const auto show = drydock({"config", "show", "--project", "shop"});
    EXPECT_EQ(show.exit_code, 0) << show.err;
    EXPECT_THAT(
        show.out,
        AllOf(
            HasSubstr("drydock.toml:1"),
            HasSubstr(".env:1"),
            HasSubstr("environment DRYDOCK_MIGRATE_LATE"),
            HasSubstr("option --project"),
            HasSubstr("db.example.com/shop"),
            Not(HasSubstr("hunter2"))
        )
    );
    const auto json = drydock({"config", "show", "--json"});
    EXPECT_EQ(json.json_at("/settings/0/key"), "project");
    EXPECT_THAT(json.json_at("/file"), HasSubstr("drydock.toml"));
    EXPECT_THAT(json.out, Not(HasSubstr("hunter2")));
}

TEST_F(ConfigCommands, AWrongFileIsToldWithItsLineByAllThatReadsIt) {
    folder.write("drydock.toml", "dir = \"sql\"\nlayuot = \"native\"\n");
    const auto show = drydock({"config", "show"});
    EXPECT_EQ(show.exit_code, 3);
    EXPECT_THAT(show.err, AllOf(HasSubstr("drydock.toml:2"), HasSubstr("layout")));
    EXPECT_EQ(drydock({"config", "show", "--json"}).json_at("/error/place/line"), "2");
    EXPECT_EQ(drydock({"version"}).exit_code, 0) << "needs no configuration";
    EXPECT_EQ(drydock({"config", "show", "--config", "other.toml"}).exit_code, 3);
}

TEST_F(ConfigCommands, AboutDrydockItself) {
    EXPECT_THAT(drydock({"--version"}).out, StartsWith("drydock "));
    EXPECT_EQ(drydock({"version"}).out, drydock({"--version"}).out);
    EXPECT_EQ(drydock({}).exit_code, 3);
    EXPECT_EQ(drydock({"--help"}).exit_code, 0);
    const auto wrong = drydock({"migrate", "upp", "--json"});
    EXPECT_EQ(wrong.exit_code, 3);
    EXPECT_EQ(wrong.json_at("/error/hint"), "did you mean up?");
    EXPECT_EQ(wrong.err, "");
    EXPECT_EQ(drydock({"completion", "fish"}).exit_code, 3);
}

TEST_F(ConfigCommands, TheCompletionOfBashCompletes) {
    folder.write(
        "ask.sh",
        "source <(\"$1\" completion bash)\n"
        "COMP_WORDS=(drydock migrate ro); COMP_CWORD=2; _drydock; echo \"${COMPREPLY[*]}\"\n"
        "COMP_WORDS=(drydock migrate rollback --casc); COMP_CWORD=3; _drydock; echo \"${COMPREPLY[*]}\"\n"
        "COMP_WORDS=(drydock ''); COMP_CWORD=1; _drydock; echo \"${COMPREPLY[*]}\"\n"
    );
    const auto asked =
        run({.argv = {"/bin/bash", "ask.sh", DRYDOCK_BINARY}, .directory = folder.path().string()},
            Limits::within(std::chrono::seconds{60}));
    ASSERT_TRUE(asked);
    EXPECT_EQ(
        asked->output,
        "rollback\n--cascade\nmigrate validate serve doctor setup login logout whoami db project org user token audit "
        "job "
        "schedule key plan usage invoice payment operator pg control config version completion\n"
    );
}

}  // namespace
}  // namespace drydock::cli
