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
    EXPECT_EQ(plan->items[2].losses, (std::vector<RollbackLoss>{{"a", "table a (1,200 rows)"}}));
    EXPECT_TRUE(box.exists("a"));
}

TEST(Rollback, DataGoesOnlyWhereEachLossWasAccepted) {
    Sandbox box;
    three_tables(box);
    box.run("INSERT INTO a VALUES (1), (2); INSERT INTO b VALUES (1)");
    const auto plan = box.plan_rollback({.last = 3});
    ASSERT_TRUE(plan) << plan.error().message;
    const auto refused = accept_losses(*plan, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::conflict);
    EXPECT_EQ(refused.error().message, "this would lose table b (1 row), table a (2 rows)");
    EXPECT_EQ(refused.error().hint, "save it first; or, to give it up: --accept-data-loss b --accept-data-loss a");
    const auto half = accept_losses(*plan, {"a"});
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().hint, "save it first; or, to give it up: --accept-data-loss b");
    EXPECT_TRUE(accept_losses(*plan, {"a", "public.b"}));
    EXPECT_TRUE(accept_losses(*plan, {"all"}));
}

TEST(Rollback, OneThatIsNotKnownIsGeneratedFromHistory) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (id int);");
    box.write("002_b.sql", "CREATE TABLE b (id int);");
    box.write("rollback-001.sql", "DROP TABLE a;");
    succeeded(box.up());
    const auto project = *box.project();
    Context context{box.database.conninfo(), project, box.options};
    int asked = 0;
    context.generate = [&](const RollbackOrigin& origin, const Limits&) -> Result<GeneratedRollback> {
        ++asked;
        EXPECT_EQ(origin.migration.id, "002_b");
        EXPECT_EQ(origin.migration.sql, "CREATE TABLE b (id int);");
        EXPECT_EQ(origin.earlier.size(), 1U);
        EXPECT_EQ(origin.earlier.at(0).id, "001_a");
        return GeneratedRollback{.sql = "DROP TABLE public.b;", .grade = "exact", .notes = {"a note"}};
    };
    const auto plan = plan_rollback(context, {.last = 1}, {});
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->items[0].source, "generated");
    EXPECT_EQ(plan->items[0].grade, "exact");
    EXPECT_EQ(plan->items[0].notes, std::vector<std::string>{"a note"});
    RollbackSelection agreed{.ids = {"002_b"}};
    agreed.generated.emplace("002_b", GeneratedRollback{.sql = plan->items[0].sql, .grade = plan->items[0].grade});
    NoProgress progress;
    succeeded(roll_back(context, agreed, progress, {}));
    EXPECT_EQ(asked, 1) << "what was agreed to runs";
    EXPECT_FALSE(box.exists("b"));
    EXPECT_EQ(
        box.run("SELECT rollback_source || ' ' || rollback_grade || ' ' || rollback_sql FROM drydock.migration WHERE "
                "id = '002_b'"),
        "generated exact DROP TABLE public.b;"
    );
}

TEST(Rollback, OneThatCanNotBeGeneratedIsRefused) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (id int);");
    succeeded(box.up());
    const auto project = *box.project();
    Context context{box.database.conninfo(), project, box.options};
    context.generate = [](const RollbackOrigin&, const Limits&) -> Result<GeneratedRollback> {
        return Error{.code = ErrorCode::conflict, .message = "it can't be"};
    };
    const auto plan = plan_rollback(context, {.last = 1}, {});
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().message, "it can't be");
}

TEST(Rollback, OneThatWasMadeAheadIsKeptWithItsGrade) {
    Sandbox box;
    box.write("001_a.sql", "CREATE TABLE a (id int);");
    const auto project = *box.project();
    Context context{box.database.conninfo(), project, box.options};
    context.generated.emplace("001_a", GeneratedRollback{.sql = "DROP TABLE public.a;", .grade = "exact"});
    NoProgress progress;
    succeeded(up(context, {}, progress, {}));
    const auto plan = box.plan_rollback({.last = 1});
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(plan->items[0].source, "generated");
    EXPECT_EQ(plan->items[0].grade, "exact");
    succeeded(box.roll_back({.last = 1}));
    EXPECT_FALSE(box.exists("a"));
}

// As the first drydock made it.
void make_old(Sandbox& box) {
    box.run("ALTER TABLE drydock.migration DROP COLUMN rollback_grade; UPDATE drydock.format SET version = 1");
}

TEST(HistoryFormat, TheFirstOneIsReadAsItIsAndBroughtUpByWhatWrites) {
    Sandbox box;
    three_tables(box);
    make_old(box);
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied 003_c=applied");
    EXPECT_EQ(box.run("SELECT version FROM drydock.format"), "1");
    succeeded(box.roll_back({.last = 1}));
    EXPECT_EQ(box.run("SELECT version FROM drydock.format"), "2");
    make_old(box);
    succeeded(box.up());
    EXPECT_EQ(box.run("SELECT version FROM drydock.format"), "2");
    EXPECT_EQ(box.states(), "001_a=applied 002_b=applied 003_c=applied");
    EXPECT_EQ(
        box.run("SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint "
                "WHERE conrelid = 'drydock.migration'::regclass AND conname LIKE '%grade%'"),
        "migration_rollback_grade_check"
    );
}

TEST(HistoryFormat, WhoMayNotBringItUpIsToldWhoCan) {
    Sandbox box;
    three_tables(box);
    make_old(box);
    box.write("004_d.sql", "CREATE TABLE d ();");
    box.run(
        "DROP ROLE IF EXISTS format_guest; CREATE ROLE format_guest LOGIN; GRANT USAGE ON SCHEMA drydock TO "
        "format_guest;"
        "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA drydock TO format_guest;"
        "GRANT CREATE ON SCHEMA public TO format_guest"
    );
    const auto project = *box.project();
    Context context{box.database.conninfo(), project, box.options};
    context.where.set("user", "format_guest");
    NoProgress progress;
    const auto error = failed(up(context, {}, progress, {}));
    EXPECT_EQ(error.code, ErrorCode::permission_denied) << error.message;
    EXPECT_NE(error.hint.find("owns the schema drydock"), std::string::npos) << error.hint;
    box.run("DROP OWNED BY format_guest; DROP ROLE format_guest");
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
