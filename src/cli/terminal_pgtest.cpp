#include "cli/in_terminal_pgtest.h"

// drydock at a terminal: questions, colours, Ctrl-C.
namespace drydock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AtATerminal : public DatabaseTest {
protected:
    AtATerminal() {
        folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int);\n");
        folder.write("migrations/rollback-001.sql", "DROP TABLE orders;\n");
    }
    bool orders() { return sql("SELECT to_regclass('orders') IS NOT NULL") == "t"; }
};

TEST_F(AtATerminal, RollbackAsksAndDoesNothingWithoutAYes) {
    drydock({"migrate", "up"});
    for (const std::string_view answer : {"n\n", "\n", "\x04"}) {
        InTerminal asked{folder.path(), environment, {"migrate", "rollback", "1"}};
        ASSERT_TRUE(asked.wait_for("Roll back? [y/N] ")) << asked.screen;
        asked.type(answer);
        EXPECT_EQ(asked.exit_code(), 130);
        EXPECT_THAT(asked.screen, HasSubstr("nothing was done"));
        EXPECT_TRUE(orders());
    }
    InTerminal agreed{folder.path(), environment, {"migrate", "rollback", "1"}};
    ASSERT_TRUE(agreed.wait_for("[y/N] ")) << agreed.screen;
    agreed.type("y\n");
    EXPECT_EQ(agreed.exit_code(), 0) << agreed.screen;
    EXPECT_FALSE(orders());
}

TEST_F(AtATerminal, TheQuestionSaysThatDataWouldGo) {
    drydock({"migrate", "up"});
    sql("INSERT INTO orders VALUES (1)");
    InTerminal asked{folder.path(), environment, {"migrate", "down", "--accept-data-loss", "orders"}};
    ASSERT_TRUE(asked.wait_for("and lose that data? [y/N] ")) << asked.screen;
    EXPECT_THAT(asked.screen, HasSubstr("loses table orders (1 row)"));
}

TEST_F(AtATerminal, CtrlCAtAQuestionIsExitCode130) {
    drydock({"migrate", "up"});
    InTerminal asked{folder.path(), environment, {"migrate", "rollback", "1"}};
    ASSERT_TRUE(asked.wait_for("[y/N] ")) << asked.screen;
    asked.type("\x03");
    EXPECT_EQ(asked.exit_code(), 130) << asked.screen;
    EXPECT_TRUE(orders());
}

TEST_F(AtATerminal, CtrlCInAMigrationRollsItBack) {
    folder.write("migrations/002_long.sql", "CREATE TABLE later ();\nSELECT pg_sleep(600);\n");
    InTerminal run{folder.path(), environment, {"migrate", "up"}};
    const auto sleeps =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    const auto give_up = Limits::Clock::now() + std::chrono::minutes{1};
    while (sql(sleeps) != "1" && Limits::Clock::now() < give_up) continue;
    run.type("\x03");
    EXPECT_EQ(run.exit_code(), 130) << run.screen;
    EXPECT_THAT(run.screen, HasSubstr("applied 1 migration in "));
    EXPECT_EQ(sql("SELECT to_regclass('later') IS NULL"), "t");
    EXPECT_EQ(sql(sleeps), "0");
}

TEST_F(AtATerminal, ColoursAreLeftOutWhereNotWanted) {
    const std::string escape{"\x1b[1m"};
    InTerminal coloured{folder.path(), environment, {"migrate", "status"}};
    EXPECT_EQ(coloured.exit_code(), 0);
    EXPECT_THAT(coloured.screen, HasSubstr(escape));
    InTerminal option{folder.path(), environment, {"migrate", "status", "--no-color"}};
    EXPECT_EQ(option.exit_code(), 0);
    EXPECT_THAT(option.screen, Not(HasSubstr("\x1b[")));
    environment.emplace_back("NO_COLOR=1");
    InTerminal variable{folder.path(), environment, {"migrate", "status"}};
    EXPECT_EQ(variable.exit_code(), 0);
    EXPECT_THAT(variable.screen, Not(HasSubstr("\x1b[")));
}

}  // namespace
}  // namespace drydock::cli
