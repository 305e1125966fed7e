#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

void three_tables(Sandbox& box) {
    box.write("001_a.sql", "CREATE TABLE a (id int PRIMARY KEY);");
    box.write("rollback-001.sql", "DROP TABLE a;");
    box.write("002_b.sql", "-- Dependencies: 001_a.sql\nCREATE TABLE b (a int REFERENCES a);");
    box.write("rollback-002.sql", "DROP TABLE b;");
    box.write("003_c.sql", "CREATE TABLE c ();");
    box.write("rollback-003_c.sql", "DROP TABLE c;");
    succeeded(box.up());
}

TEST(Rollback, TakesBackTheLastOnesNewestFirst) {
    Sandbox box;
    three_tables(box);
    const auto report = succeeded(box.roll_back({.last = 2}));
    ASSERT_EQ(report.done.size(), 2U);
    EXPECT_EQ(report.done[0].id, "003_c");
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending 003_c=pending");
    EXPECT_FALSE(box.exists("b"));
    succeeded(box.up());
    EXPECT_TRUE(box.exists("c"));
    EXPECT_EQ(box.run("SELECT count(*) FROM drydock.migration_event WHERE event = 'rolled back'"), "2");
}

TEST(Rollback, OneThatIsNeededStaysUnlessTheOthersGoToo) {
    Sandbox box;
    three_tables(box);
    const auto error = failed(box.roll_back({.ids = {"001"}}));
    EXPECT_EQ(error.code, ErrorCode::conflict);
    EXPECT_NE(error.message.find("002_b (depends on 001_a)"), std::string::npos) << error.message;
    const auto report = succeeded(box.roll_back({.ids = {"001"}, .cascade = true}));
    EXPECT_EQ(report.done.size(), 2U);
    EXPECT_EQ(box.states(), "001_a=pending 002_b=pending 003_c=applied");
}

TEST(Rollback, ADependencyThatNobodyDeclaredIsSeenInTheSql) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE orders (id int);");
    box.write("rollback-001.sql", "DROP TABLE orders CASCADE;");
    box.write("002_b.sql", "CREATE VIEW totals AS SELECT count(*) FROM public.orders;");
    succeeded(box.up());
    const auto error = failed(box.roll_back({.ids = {"001_a"}}));
    EXPECT_NE(error.message.find("uses orders, which 001_a makes"), std::string::npos) << error.message;
}

TEST(Rollback, ToANameTakesBackAllThatRanAfterIt) {
    Sandbox box;
    three_tables(box);
    succeeded(box.roll_back({.to = "001_a.sql"}));
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending 003_c=pending");
}

TEST(Rollback, UsesWhatHistoryKeepsWhenTheFilesAreGone) {
    Sandbox box;
    three_tables(box);
    box.remove("003_c.sql");
    box.remove("rollback-003_c.sql");
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied 003_c=missing");
    succeeded(box.roll_back({.ids = {"3"}}));
    EXPECT_FALSE(box.exists("c"));
}

TEST(Rollback, SaysWhatItWouldLose) {
    Sandbox box;
    three_tables(box);
    box.run("INSERT INTO a SELECT generate_series(1, 1200)");
    const auto plan = box.plan_rollback({.last = 3});
    ASSERT_TRUE(plan) << plan.error().message;
    ASSERT_EQ(plan->items.size(), 3U);
    EXPECT_TRUE(plan->items[0].losses.empty()) << "c is empty";
    EXPECT_EQ(plan->items[2].losses, (std::vector<std::string>{"table a (1,200 rows)"}));
    EXPECT_TRUE(box.exists("a"));
}

TEST(Rollback, WithoutOneItSaysWhatToWrite) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(box.up());
    const auto error = failed(box.roll_back({.last = 1}));
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_NE(error.hint.find("rollback-001_a.sql"), std::string::npos);
    EXPECT_EQ(failed(box.roll_back({.ids = {"007"}})).code, ErrorCode::conflict);
}

TEST(Rollback, OutsideOfTransactionsGoesStepByStepAndResumes) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (n int); CREATE INDEX a_n ON a (n);");
    box.write("rollback-001.sql", "DROP INDEX CONCURRENTLY a_n;\nDROP TABLE nowhere;\n");
    succeeded(box.up());
    EXPECT_EQ(failed(box.roll_back({.last = 1})).code, ErrorCode::failed_partly);
    EXPECT_EQ(box.states(), "001_a=interrupted");
    EXPECT_EQ(failed(box.up()).code, ErrorCode::conflict) << "its rollback must be finished first";
    box.run("CREATE TABLE nowhere ()");
    succeeded(box.roll_back({.ids = {"001"}}));
    EXPECT_EQ(box.states(), "001_a=pending");
}

TEST(Baseline, RecordsWithoutRunning) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", "CREATE TABLE b ();");
    const auto project = *box.project();
    const Context context{box.database.conninfo(), project, box.options};
    EXPECT_EQ(baseline(context, "001", "it was there", {})->recorded.size(), 1U);
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending");
    EXPECT_FALSE(box.exists("a"));
    EXPECT_TRUE(baseline(context, "001", "again", {})->recorded.empty());
}

}  // namespace
}  // namespace drydock::migrate
