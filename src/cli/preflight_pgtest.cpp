#include "cli/program_pgtest.h"

// `drydock migrate preflight`, `up --preflight` and `migrate verify`, as a script sees them.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Preflight : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int, total int);\n");
    }
    void no_go() { folder.write("migrations/002_ext.sql", "CREATE EXTENSION no_such_extension;\n"); }
};

TEST_F(Preflight, SaysGoWithTheReasonsAndEndsWith0) {
    const auto answer = drydock({"migrate", "preflight"});
    EXPECT_EQ(answer.exit_code, 0) << answer.err;
    EXPECT_THAT(
        answer.out,
        AllOf(
            HasSubstr("1 migration to run on "),
            HasSubstr("pass     plan"),
            HasSubstr("warn     backup        no backup tool yet"),
            HasSubstr("go with warnings: backup\n")
        )
    );
    EXPECT_EQ(drydock({"migrate", "preflight", "--fail-on", "warn"}).exit_code, 3);
    folder.write("drydock.toml", "[preflight]\nbackup = \"off\"\n");
    const auto quiet = drydock({"migrate", "preflight", "--fail-on", "warn"});
    EXPECT_EQ(quiet.exit_code, 0) << quiet.out;
    EXPECT_THAT(quiet.out, HasSubstr("\ngo\n"));
}

TEST_F(Preflight, SaysNoGoWith3AndInJson) {
    no_go();
    const auto answer = drydock({"migrate", "preflight"});
    EXPECT_EQ(answer.exit_code, 3);
    EXPECT_THAT(answer.out, AllOf(HasSubstr("block    extensions"), HasSubstr("no go: extensions\n")));
    const auto json = drydock({"migrate", "preflight", "--json"});
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_EQ(json.json_at("/verdict"), "no_go");
    EXPECT_EQ(json.json_at("/run"), R"(["001_orders","002_ext"])");
    EXPECT_EQ(json.json_at("/gates/4/gate"), "extensions");
    EXPECT_EQ(json.json_at("/gates/4/outcome"), "block");
    EXPECT_THAT(json.json_at("/gates/4/evidence/0"), HasSubstr("002_ext:1 CREATE EXTENSION no_such_extension"));
    EXPECT_EQ(drydock({"migrate", "preflight", "--to", "1"}).exit_code, 0);
}

TEST_F(Preflight, AClosedWindowIsANoGoAndABadOneIsRefused) {
    const auto bad = drydock({"migrate", "preflight", "--window", "at night"});
    EXPECT_EQ(bad.exit_code, 3);
    EXPECT_THAT(bad.err, HasSubstr("the maintenance window \"at night\""));
    folder.write("drydock.toml", "[preflight]\nwindow = \"00:00-24:00 Europe/Nowhere\"\n");
    EXPECT_EQ(drydock({"migrate", "preflight"}).exit_code, 3);
    EXPECT_EQ(drydock({"migrate", "preflight", "--window", ""}).exit_code, 0);
}

TEST_F(Preflight, UpAsksTheGatesWhenItIsTold) {
    no_go();
    const auto refused = drydock({"migrate", "up", "--preflight"});
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.out, HasSubstr("block    extensions"));
    EXPECT_THAT(refused.err, HasSubstr("no go: extensions; nothing was run"));
    EXPECT_EQ(sql("SELECT to_regclass('orders') IS NULL"), "t") << "not even the first one ran";
    const auto json = drydock({"migrate", "up", "--preflight", "--json"});
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_EQ(json.json_at("/error/code"), "conflict");
    EXPECT_EQ(json.json_at("/preflight/verdict"), "no_go");

    folder.write("drydock.toml", "[migrate]\npreflight = \"block\"\n");
    EXPECT_EQ(drydock({"migrate", "up"}).exit_code, 3);
    folder.write("drydock.toml", "[migrate]\npreflight = \"warn\"\n");
    const auto warned = drydock({"migrate", "up", "--to", "1"});
    EXPECT_EQ(warned.exit_code, 0) << warned.err;
    EXPECT_THAT(warned.err, HasSubstr("preflight, backup: no backup tool yet"));
    const auto again = drydock({"migrate", "up", "--to", "1", "--preflight"});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_EQ(again.out, "nothing to do\n");
    EXPECT_THAT(again.err, Not(HasSubstr("preflight")));
}

TEST_F(Preflight, VerifyEndsWith7WhenSomethingIsGone) {
    folder.write("migrations/verify-001.sql", "SELECT count(*) = 0 AS empty FROM orders;\n");
    EXPECT_EQ(drydock({"migrate", "up"}).exit_code, 0);
    const auto good = drydock({"migrate", "verify"});
    EXPECT_EQ(good.exit_code, 0) << good.err;
    EXPECT_THAT(
        good.out, AllOf(HasSubstr("1 applied migration"), HasSubstr("1 verify file"), HasSubstr("all holds\n"))
    );

    sql("INSERT INTO orders VALUES (1, 1)");
    const auto bad = drydock({"migrate", "verify"});
    EXPECT_EQ(bad.exit_code, 7);
    EXPECT_THAT(bad.out, AllOf(HasSubstr("broken  001_orders"), HasSubstr("verify-001.sql: empty is false, not true")));
    const auto json = drydock({"migrate", "verify", "1", "--json"});
    EXPECT_EQ(json.exit_code, 7);
    EXPECT_EQ(json.json_at("/broken"), "1");
    EXPECT_EQ(json.json_at("/migrations/0/promises/0/line"), "1");
    EXPECT_EQ(drydock({"migrate", "verify", "9"}).exit_code, 3);
}

}  // namespace
}  // namespace drydock::cli
