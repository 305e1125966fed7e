#include "cli/program_pgtest.h"

// The commands of `drydock migrate`, as a script sees them: standard output, standard error, exit code.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class MigrateCommands : public DatabaseTest {
protected:
    void two_migrations() {
        folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int PRIMARY KEY, total int);\n");
        folder.write("migrations/rollback-001.sql", "DROP TABLE orders;\n");
        folder.write(
            "migrations/002_note.sql", "-- Dependencies: 001_orders.sql\nALTER TABLE orders ADD COLUMN note text;\n"
        );
        folder.write("migrations/rollback-002.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    }
};

TEST_F(MigrateCommands, UpAppliesAndThenHasNothingToDo) {
    two_migrations();
    const auto first = drydock({"migrate", "up"});
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_THAT(first.out, AllOf(StartsWith("applied 2 migrations in "), HasSubstr(": 001_orders, 002_note\n")));
    EXPECT_THAT(first.err, HasSubstr("ok       001_orders"));
    EXPECT_EQ(sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 'orders'"), "3");

    const auto again = drydock({"migrate", "up"});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_EQ(again.out, "nothing to do\n");
    EXPECT_EQ(drydock({"migrate", "up", "--exit-code"}).exit_code, 10);
}

TEST_F(MigrateCommands, UpInJsonIsOneDocumentAndProgressStaysOnStandardError) {
    two_migrations();
    const auto up = drydock({"migrate", "up", "--json", "--to", "1"});
    EXPECT_EQ(up.exit_code, 0) << up.err;
    EXPECT_EQ(up.json_at("/done/0/id"), "001_orders");
    EXPECT_EQ(up.json_at("/done/1"), "(none)");
    EXPECT_EQ(up.json_at("/error"), "(none)");
    EXPECT_THAT(up.err, HasSubstr("001_orders"));
    EXPECT_EQ(drydock({"migrate", "up", "--json", "--only", "002_note"}).json_at("/done/0/id"), "002_note");
}

TEST_F(MigrateCommands, QuietSaysNothingWhenAllIsWell) {
    two_migrations();
    const auto up = drydock({"migrate", "up", "--quiet"});
    EXPECT_EQ(up.exit_code, 0);
    EXPECT_EQ(up.out, "");
    EXPECT_EQ(up.err, "");
}

TEST_F(MigrateCommands, AServerErrorShowsTheLineWithACaretAndWhatWasNotReached) {
    two_migrations();
    folder.write("migrations/003_bad.sql", "SELECT 1;\nSELECT totl FROM orders;\n");
    folder.write("migrations/004_later.sql", "SELECT 4;\n");
    const auto up = drydock({"migrate", "up"});
    EXPECT_EQ(up.exit_code, 5) << up.err;
    EXPECT_THAT(up.out, AllOf(HasSubstr("applied 2 migrations"), HasSubstr("still to run: 003_bad, 004_later\n")));
    EXPECT_THAT(
        up.err,
        AllOf(
            HasSubstr("column \"totl\" does not exist"),
            HasSubstr("at migrations/003_bad.sql:2:8\n"),
            HasSubstr("SELECT totl FROM orders;\n"),
            HasSubstr("\n             ^\n"),
            HasSubstr("sqlstate: 42703")
        )
    );
    const auto json = drydock({"migrate", "up", "--json"});
    EXPECT_EQ(json.exit_code, 5);
    EXPECT_EQ(json.json_at("/error/place/line"), "2");
    EXPECT_EQ(json.json_at("/error/sqlstate"), "42703");
    EXPECT_EQ(json.json_at("/not_run"), R"(["003_bad","004_later"])");
}

TEST_F(MigrateCommands, AnUnreadableScriptIsToldBeforeAnythingRuns) {
    two_migrations();
    folder.write("migrations/003_open.sql", "SELECT 'never closed;\n");
    const auto up = drydock({"migrate", "up"});
    EXPECT_EQ(up.exit_code, 3);
    EXPECT_THAT(up.err, AllOf(HasSubstr("migrations/003_open.sql:1:8"), HasSubstr("^")));
    EXPECT_EQ(sql("SELECT to_regclass('orders') IS NULL"), "t");
}

TEST_F(MigrateCommands, StatusCountsAndNamesWhatIsNotApplied) {
    two_migrations();
    folder.write("migrations/003_later.sql", "-- Hold: after the release\nSELECT 3;\n");
    drydock({"migrate", "up", "--to", "001"});
    const auto status = drydock({"migrate", "status"});
    EXPECT_EQ(status.exit_code, 0) << status.err;
    EXPECT_THAT(
        status.out,
        AllOf(
            HasSubstr("1 applied, 1 pending, 1 held\n"),
            HasSubstr("pending  002_note"),
            HasSubstr("held     003_later  after the release"),
            HasSubstr("last applied: 001_orders at 20"),
            HasSubstr("next: drydock migrate up\n"),
            Not(HasSubstr("applied  001_orders\n"))
        )
    );
    EXPECT_THAT(drydock({"migrate", "status", "--all"}).out, HasSubstr("applied  001_orders\n"));
    EXPECT_EQ(drydock({"migrate", "status", "--exit-code"}).exit_code, 2);
    const auto json = drydock({"migrate", "status", "--json"});
    EXPECT_EQ(json.json_at("/counts/pending"), "1");
    EXPECT_EQ(json.json_at("/migrations/2/state"), "held");
    EXPECT_EQ(json.json_at("/last_applied/id"), "001_orders");
    drydock({"migrate", "up"});
    EXPECT_EQ(drydock({"migrate", "status", "--exit-code"}).exit_code, 0);
}

TEST_F(MigrateCommands, StatusShowsTheFirstFewOfManyUnlessAllAreAskedFor) {
    for (int i = 1; i <= 40; ++i) folder.write(fmt::format("migrations/{:03}_m.sql", i), "SELECT 1;\n");
    const auto status = drydock({"migrate", "status"});
    EXPECT_THAT(status.out, AllOf(HasSubstr("025_m"), Not(HasSubstr("026_m")), HasSubstr("… and 15 more")));
    EXPECT_THAT(drydock({"migrate", "status", "--all"}).out, HasSubstr("040_m"));
}

TEST_F(MigrateCommands, PlanShowsLocksSizesAndWhatWaits) {
    two_migrations();
    drydock({"migrate", "up"});
    sql("INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS n; ANALYZE orders");
    folder.write("migrations/003_wide.sql", "ALTER TABLE orders ALTER COLUMN total TYPE bigint;\nSELECT 1;\n");
    folder.write("migrations/004_index.sql", "CREATE INDEX CONCURRENTLY orders_total ON orders (total);\n");
    folder.write("migrations/005_held.sql", "-- Hold: not now\nSELECT 5;\n");
    folder.write("migrations/006_blocked.sql", "-- Dependencies: 005_held.sql\nSELECT 6;\n");
    const auto plan = drydock({"migrate", "plan"});
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(
        plan.out,
        AllOf(
            HasSubstr("2 migrations to run on "),
            HasSubstr("003_wide  in one transaction, 2 statements\n"),
            HasSubstr("ACCESS EXCLUSIVE on public.orders ("),
            HasSubstr("takes "),
            HasSubstr("about 1,000 rows), blocks reads and writes; rewrites it"),
            HasSubstr("004_index  step by step: CREATE INDEX CONCURRENTLY (line 1) can't run in a transaction")
        )
    );
    EXPECT_THAT(
        plan.out,
        AllOf(
            HasSubstr("held  005_held: not now\n"),
            HasSubstr("drydock migrate release 005_held"),
            HasSubstr("blocked  006_blocked: needs 005_held")
        )
    );
    EXPECT_EQ(sql("SELECT to_regclass('orders_total') IS NULL"), "t");
    EXPECT_EQ(drydock({"migrate", "plan", "--exit-code"}).exit_code, 2);

    const auto json = drydock({"migrate", "up", "--dry-run", "--json"});
    EXPECT_EQ(json.json_at("/run/0/transaction"), "true");
    EXPECT_EQ(json.json_at("/run/1/transaction"), "false");
    EXPECT_EQ(json.json_at("/run/0/statements/0/relations/0/rewrites"), "yes");
    EXPECT_EQ(json.json_at("/run/0/statements/0/relations/0/rows"), "1000");
    EXPECT_EQ(json.json_at("/waiting/1/state"), "blocked");
}

TEST_F(MigrateCommands, PlanSaysWhenUpWouldRefuse) {
    two_migrations();
    drydock({"migrate", "up"});
    folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, total int);\n");
    folder.write("migrations/003_c.sql", "SELECT 3;\n");
    const auto plan = drydock({"migrate", "plan"});
    EXPECT_EQ(plan.exit_code, 3);
    EXPECT_THAT(plan.out, AllOf(HasSubstr("003_c"), HasSubstr("changed  001_orders: the code is not what ran")));
    EXPECT_THAT(plan.err, HasSubstr("001_orders was changed after it ran"));
    EXPECT_EQ(drydock({"migrate", "plan", "--json"}).json_at("/error/code"), "conflict");
}

TEST_F(MigrateCommands, PlanWithSqlPrintsTheFilesAndNoValueOfAPlaceholder) {
    folder.write(
        "migrations/001_role.sql", "-- Placeholders: SECRET, MISSING\nSELECT '${SECRET}', '${MISSING}', '${OTHER}';\n"
    );
    environment.push_back("SECRET=hunter2");
    const auto plan = drydock({"migrate", "plan", "--sql"});
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("SELECT '${SECRET}', '${MISSING}', '${OTHER}';"));
    EXPECT_THAT(plan.err, HasSubstr("001_role asks for ${MISSING}, which has no value here"));
    for (const auto& answer : {plan, drydock({"migrate", "plan", "--json"}), drydock({"migrate", "explain", "1"})}) {
        EXPECT_THAT(answer.out + answer.err, Not(HasSubstr("hunter2")));
    }
    const auto up = drydock({"migrate", "up"});
    EXPECT_EQ(up.exit_code, 3);
    EXPECT_THAT(up.err, AllOf(HasSubstr("${MISSING} has no value"), HasSubstr("migrations/001_role.sql:2")));
}

TEST_F(MigrateCommands, RollbackNeedsAYesWithoutATerminal) {
    two_migrations();
    drydock({"migrate", "up"});
    sql("INSERT INTO orders VALUES (1, 1, 'kept')");
    const auto loss = drydock({"migrate", "rollback", "2", "--yes"});
    EXPECT_EQ(loss.exit_code, 3) << "a yes to the rollback is none to the loss";
    EXPECT_THAT(
        loss.err,
        AllOf(HasSubstr("this would lose column note of orders (1 row)"), HasSubstr("--accept-data-loss orders.note"))
    );
    const std::vector<std::string> accepting{"migrate", "rollback", "2", "--accept-data-loss", "orders.note"};
    const auto asked = drydock(accepting);
    EXPECT_EQ(asked.exit_code, 3);
    EXPECT_THAT(asked.out, AllOf(HasSubstr("002_note  with "), HasSubstr("loses column note of orders (1 row)")));
    EXPECT_THAT(asked.err, AllOf(HasSubstr("no terminal to ask at"), HasSubstr("give --yes")));
    auto with_json = accepting;
    with_json.emplace_back("--json");
    EXPECT_EQ(drydock(with_json).json_at("/error/hint"), "give --yes");
    EXPECT_EQ(sql("SELECT note FROM orders"), "kept");
    const auto shown = drydock({"migrate", "rollback", "2", "--dry-run", "--json"});
    EXPECT_EQ(shown.json_at("/rollbacks/0/accept/0"), "orders.note");

    with_json.emplace_back("--yes");
    const auto done = drydock(with_json);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    EXPECT_EQ(done.json_at("/done/0/direction"), "down");
    EXPECT_EQ(sql("SELECT count(*) FROM information_schema.columns WHERE table_name = 'orders'"), "2");
}

TEST_F(MigrateCommands, RollbackMakesOneWhereNobodyWroteIt) {
    folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int PRIMARY KEY, note text);\n");
    folder.write(
        "migrations/002_index.sql", "CREATE INDEX orders_note ON orders (note); ALTER TABLE orders ADD n int;\n"
    );
    folder.write("migrations/003_rows.sql", "UPDATE orders SET note = 'x';\n");
    EXPECT_EQ(drydock({"migrate", "up"}).exit_code, 0);
    const auto refused = drydock({"migrate", "rollback", "3", "--yes"});
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(
        refused.err,
        AllOf(
            HasSubstr("003_rows can't be taken back: rows of table public.orders are changed by UPDATE"),
            HasSubstr("write rollback-003_rows.sql")
        )
    );
    const auto shown = drydock({"migrate", "rollback", "2", "--dry-run", "--json"});
    EXPECT_EQ(shown.json_at("/rollbacks/0/source"), "generated") << shown.err;
    EXPECT_EQ(shown.json_at("/rollbacks/0/grade"), "exact");
    sql("INSERT INTO orders VALUES (1, 'kept', 5)");
    const auto loss = drydock({"migrate", "rollback", "2", "--yes"});
    EXPECT_EQ(loss.exit_code, 3);
    EXPECT_THAT(loss.err, HasSubstr("--accept-data-loss public.orders.n"));
    const auto done = drydock({"migrate", "rollback", "2", "--yes", "--accept-data-loss", "orders.n"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    EXPECT_EQ(sql("SELECT to_regclass('orders_note') IS NULL"), "t");
    EXPECT_EQ(sql("SELECT note FROM orders"), "kept");
    EXPECT_EQ(
        sql("SELECT rollback_source || rollback_grade FROM drydock.migration WHERE id = '002_index'"), "generatedexact"
    );
}

TEST_F(MigrateCommands, UpThatProvesKeepsTheRollbacksItMade) {
    folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int PRIMARY KEY);\n");
    folder.write("migrations/002_note.sql", "ALTER TABLE orders ADD COLUMN note text;\n");
    const auto up = drydock({"migrate", "up", "--prove"});
    EXPECT_EQ(up.exit_code, 0) << up.err;
    EXPECT_EQ(
        sql("SELECT string_agg(rollback_grade, ' ') FROM drydock.migration WHERE rollback_source = 'generated'"),
        "exact exact"
    );
    EXPECT_EQ(drydock({"migrate", "rollback", "2", "--yes"}).exit_code, 0);
    folder.write(
        "migrations/003_bad.sql", "ALTER TABLE orders ADD COLUMN a int; ALTER TABLE nowhere ADD COLUMN a int;\n"
    );
    const auto refused = drydock({"migrate", "up", "--prove"});
    EXPECT_EQ(refused.exit_code, 3) << refused.out;
    EXPECT_THAT(refused.err, AllOf(HasSubstr("003_bad does not stand its proof"), HasSubstr("nothing was applied")));
    EXPECT_EQ(sql("SELECT count(*) FROM drydock.migration WHERE id = '003_bad'"), "0");
}

TEST_F(MigrateCommands, RollbackRefusesWhatOthersNeedUnlessCascading) {
    two_migrations();
    drydock({"migrate", "up"});
    const auto refused = drydock({"migrate", "rollback", "1", "--yes"});
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("002_note"), HasSubstr("--cascade")));
    const auto shown = drydock({"migrate", "rollback", "1", "--cascade", "--dry-run"});
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(shown.out, HasSubstr(", since it depends on 001_orders\n"));
    EXPECT_EQ(drydock({"migrate", "rollback", "1", "--cascade", "--yes"}).exit_code, 0);
    EXPECT_EQ(sql("SELECT to_regclass('orders') IS NULL"), "t");
}

TEST_F(MigrateCommands, RollbackToAndDownTakeTheLaterOnesBack) {
    two_migrations();
    drydock({"migrate", "up"});
    EXPECT_EQ(drydock({"migrate", "rollback", "--to", "1", "-y", "--json"}).json_at("/done/0/id"), "002_note");
    drydock({"migrate", "up"});
    const auto down = drydock({"migrate", "down", "2", "-y", "--json"});
    EXPECT_EQ(down.json_at("/done/0/id"), "002_note");
    EXPECT_EQ(down.json_at("/done/1/id"), "001_orders");
    EXPECT_EQ(drydock({"migrate", "down", "-y"}).out, "nothing to do\n");
    EXPECT_EQ(drydock({"migrate", "rollback", "1", "--to", "1", "-y"}).exit_code, 3);
}

TEST_F(MigrateCommands, HistoryKeepsWhatRanAndEveryEvent) {
    two_migrations();
    EXPECT_EQ(drydock({"migrate", "history"}).out, "nothing has run here yet\n");
    drydock({"migrate", "up"});
    drydock({"migrate", "down", "-y"});
    const auto history = drydock({"migrate", "history"});
    EXPECT_EQ(history.exit_code, 0);
    EXPECT_THAT(history.out, AllOf(HasSubstr("001_orders  applied"), HasSubstr("002_note    rolled_back")));
    const auto json = drydock({"migrate", "history", "--events", "--json"});
    EXPECT_EQ(json.json_at("/history/0/id"), "001_orders");
    EXPECT_EQ(json.json_at("/history/0/rollback"), "file");
    EXPECT_EQ(json.json_at("/events/2/id"), "002_note");
    EXPECT_EQ(drydock({"migrate", "history", "2", "--json"}).json_at("/history/0/status"), "rolled_back");
    const auto unknown = drydock({"migrate", "history", "002_nota"});
    EXPECT_EQ(unknown.exit_code, 3);
    EXPECT_THAT(unknown.err, HasSubstr("did you mean 002_note?"));
}

TEST_F(MigrateCommands, RepairShowsTheDifferenceAndAcceptsItWithAReason) {
    two_migrations();
    drydock({"migrate", "up"});
    EXPECT_EQ(drydock({"migrate", "repair"}).out, "nothing needs repair\n");
    folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, total int);\n");
    const auto shown = drydock({"migrate", "repair"});
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(
        shown.out,
        AllOf(
            HasSubstr("-CREATE TABLE orders (id int PRIMARY KEY, total int);"),
            HasSubstr("+CREATE TABLE orders (id bigint PRIMARY KEY, total int);"),
            HasSubstr("drydock migrate repair --accept 001_orders --reason")
        )
    );
    EXPECT_EQ(drydock({"migrate", "up"}).exit_code, 3);
    const auto bare = drydock({"migrate", "repair", "--accept", "1"});
    EXPECT_EQ(bare.exit_code, 3);
    EXPECT_THAT(bare.err, HasSubstr("a reason is needed"));
    EXPECT_EQ(drydock({"migrate", "repair", "--accept", "1", "--reason", "it was widened by hand"}).exit_code, 0);
    EXPECT_EQ(drydock({"migrate", "up"}).out, "nothing to do\n");
    EXPECT_THAT(drydock({"migrate", "history", "1"}).out, HasSubstr("it was widened by hand"));
}

TEST_F(MigrateCommands, BaselineAndReleaseNeedAReason) {
    two_migrations();
    folder.write("migrations/003_held.sql", "-- Hold: wait\nCREATE TABLE held ();\n");
    EXPECT_EQ(drydock({"migrate", "baseline"}).exit_code, 3);
    const auto recorded = drydock({"migrate", "baseline", "--to", "2", "--reason", "made by hand", "--json"});
    EXPECT_EQ(recorded.json_at("/recorded"), R"(["001_orders","002_note"])");
    EXPECT_EQ(sql("SELECT to_regclass('orders') IS NULL"), "t");
    EXPECT_THAT(drydock({"migrate", "history"}).out, HasSubstr("applied (baseline)"));

    EXPECT_EQ(drydock({"migrate", "up"}).out, "nothing to do\n");
    EXPECT_EQ(drydock({"migrate", "release", "3"}).exit_code, 3);
    EXPECT_EQ(drydock({"migrate", "release", "3", "--reason", "now", "--json"}).json_at("/fresh"), "true");
    EXPECT_EQ(drydock({"migrate", "release", "3", "--reason", "now", "--json"}).json_at("/fresh"), "false");
    EXPECT_EQ(drydock({"migrate", "up", "--json"}).json_at("/done/0/id"), "003_held");
}

TEST_F(MigrateCommands, ALateOneIsWarnedOfRunOrRefused) {
    folder.write("migrations/002_b.sql", "SELECT 2;\n");
    drydock({"migrate", "up"});
    folder.write("migrations/001_a.sql", "SELECT 1;\n");
    EXPECT_EQ(drydock({"migrate", "up", "--late", "refuse"}).exit_code, 3);
    environment.push_back("DRYDOCK_MIGRATE_LATE=refuse");
    EXPECT_EQ(drydock({"migrate", "up"}).exit_code, 3);
    const auto warned = drydock({"migrate", "up", "--late", "warn"});
    EXPECT_EQ(warned.exit_code, 0);
    EXPECT_THAT(warned.err, HasSubstr("warning: 001_a came late"));
}

TEST_F(MigrateCommands, NewMakesFilesThatRunUpAndDown) {
    const auto first = drydock({"migrate", "new", "add_orders"});
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_EQ(first.out, "migrations/001_add_orders.sql\nmigrations/rollback-001_add_orders.sql\n");
    const auto second =
        drydock({"migrate", "new", "add_notes", "--depends", "1", "--no-rollback", "--purpose", "Notes", "--json"});
    EXPECT_EQ(second.json_at("/id"), "002_add_notes");
    EXPECT_FALSE(folder.has("migrations/rollback-002_add_notes.sql"));
    EXPECT_THAT(folder.read("migrations/002_add_notes.sql"), HasSubstr("-- Dependencies: 001_add_orders.sql\n"));
    const auto wrong = drydock({"migrate", "new", "Add Notes"});
    EXPECT_EQ(wrong.exit_code, 3);
    EXPECT_THAT(wrong.err, HasSubstr("drydock migrate new add_notes"));

    EXPECT_EQ(drydock({"migrate", "up", "--json"}).json_at("/done/1/id"), "002_add_notes");
    const auto down = drydock({"migrate", "down", "-y"});
    EXPECT_EQ(down.exit_code, 0) << down.err;
    EXPECT_THAT(down.err, HasSubstr("002_add_notes has no rollback: making one in a shadow"));
}

TEST_F(MigrateCommands, TheFolderThatIsMissingAFileOrEmptyIsTold) {
    const auto missing = drydock({"migrate", "up"});
    EXPECT_EQ(missing.exit_code, 3);
    EXPECT_THAT(missing.err, AllOf(HasSubstr("migrations does not exist"), HasSubstr("hint: ")));
    EXPECT_EQ(drydock({"migrate", "status", "--json"}).json_at("/error/code"), "not_found");
    folder.write("file.sql", "SELECT 1;\n");
    EXPECT_THAT(drydock({"migrate", "plan", "--dir", "file.sql"}).err, HasSubstr("is a file, not a folder"));
    std::filesystem::create_directory(folder.path() / "migrations");
    EXPECT_EQ(drydock({"migrate", "up"}).out, "nothing to do\n");
    EXPECT_THAT(drydock({"migrate", "status"}).out, HasSubstr("drydock migrate new NAME"));
    EXPECT_EQ(drydock({"migrate", "graph"}).out, "");
    EXPECT_THAT(drydock({"migrate", "docs"}).out, HasSubstr("There are none yet."));
}

TEST_F(MigrateCommands, AServerThatIsNotThereIsExitCode8) {
    two_migrations();
    const auto up = drydock({"migrate", "up", "--database-url", "postgresql://nobody@127.0.0.1:1/none"});
    EXPECT_EQ(up.exit_code, 8) << up.err;
    const auto wrong = drydock({"migrate", "up", "--database-url", "not a url with hunter2"});
    EXPECT_EQ(wrong.exit_code, 3);
    EXPECT_THAT(wrong.err, AllOf(HasSubstr("option --database-url"), Not(HasSubstr("hunter2"))));
}

TEST_F(MigrateCommands, ALockThatSomebodyHoldsIsExitCode4AndNamesHim) {
    two_migrations();
    drydock({"migrate", "up", "--to", "1"});
    folder.write("migrations/002_note.sql", "ALTER TABLE orders ADD COLUMN note text;\n");
    auto holder = database.connect();
    ASSERT_TRUE(holder.run_message("BEGIN; LOCK TABLE orders", Limits::within(std::chrono::seconds{30})));
    const auto up = drydock({"migrate", "up", "--lock-timeout", "1s", "--retries", "0"});
    EXPECT_EQ(up.exit_code, 4) << up.err;
    EXPECT_THAT(up.err, HasSubstr(fmt::format("{}", holder.backend_pid())));
}

TEST_F(MigrateCommands, ResultsThatCannotBeWrittenAreAnError) {
    two_migrations();
    const auto result =
        run({.argv = {"/bin/sh", "-c", std::string{DRYDOCK_BINARY} + " migrate graph >/dev/full"},
             .directory = folder.path().string()},
            Limits::within(std::chrono::seconds{60}));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_code, 1);
    EXPECT_THAT(result->output, HasSubstr("could not be written"));
}

// Needs no database, and must not look for one.
class MigrateFiles : public ProgramTest {
protected:
    MigrateFiles() {
        environment.push_back("DATABASE_URL=postgresql://nobody@127.0.0.1:1/none");
        folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int);\n");
        folder.write(
            "migrations/002_index.sql",
            "-- Migration: An index\n-- Purpose: Finds orders\n-- Dependencies: 001_orders.sql\n"
            "CREATE INDEX CONCURRENTLY orders_id ON orders (id);\nDROP TABLE IF EXISTS old;\n"
        );
        folder.write("migrations/rollback-002.sql", "DROP INDEX orders_id;\n");
    }
};

TEST_F(MigrateFiles, ExplainWorksWithoutADatabase) {
    const auto text = drydock({"migrate", "explain", "migrations/002_index.sql"});
    EXPECT_EQ(text.exit_code, 0) << text.err;
    EXPECT_THAT(
        text.out,
        AllOf(
            HasSubstr("Finds orders"),
            HasSubstr("001_orders.sql"),
            HasSubstr("rollback-002.sql"),
            HasSubstr("step by step: CREATE INDEX CONCURRENTLY (line 4)"),
            HasSubstr("SHARE UPDATE EXCLUSIVE on orders"),
            HasSubstr("loses data: table old")
        )
    );
    const auto json = drydock({"migrate", "explain", "2", "--json"});
    EXPECT_EQ(json.json_at("/id"), "002_index");
    EXPECT_EQ(json.json_at("/statements/0/line"), "4");
    EXPECT_EQ(json.json_at("/statements/0/shape"), "outside_only");
    EXPECT_EQ(json.json_at("/statements/1/objects/0/use"), "drops");
    EXPECT_EQ(json.json_at("/hashes/raw").size(), 64U);
    EXPECT_EQ(drydock({"migrate", "explain", "nope.sql"}).exit_code, 3);
}

TEST_F(MigrateFiles, GraphHasFourForms) {
    EXPECT_EQ(drydock({"migrate", "graph"}).out, "001_orders\n002_index  needs 001_orders\n");
    EXPECT_THAT(drydock({"migrate", "graph", "--format", "mermaid"}).out, StartsWith("flowchart TD\n"));
    EXPECT_THAT(drydock({"migrate", "graph", "--format", "dot"}).out, StartsWith("digraph migrations {\n"));
    EXPECT_EQ(drydock({"migrate", "graph", "--format", "json"}).json_at("/migrations/1/needs/0"), "001_orders");
    const auto wrong = drydock({"migrate", "graph", "--format", "svg"});
    EXPECT_EQ(wrong.exit_code, 3);
}

TEST_F(MigrateFiles, DocsDescribeEachMigration) {
    const auto docs = drydock({"migrate", "docs", "--output", "catalogue.md"});
    EXPECT_EQ(docs.exit_code, 0) << docs.err;
    EXPECT_EQ(docs.out, "catalogue.md\n");
    EXPECT_THAT(
        folder.read("catalogue.md"),
        AllOf(
            HasSubstr("### 002_index\n\nAn index.\n\nFinds orders\n"),
            HasSubstr("- **Depends on:** [001_orders](#001_orders)\n"),
            HasSubstr("- **Rollback:** `rollback-002.sql`\n"),
            HasSubstr("- **2 statements:** CREATE INDEX CONCURRENTLY, DROP TABLE\n")
        )
    );
}

TEST_F(MigrateFiles, NamesThatFitNoPatternAreToldWithTheFile) {
    folder.write("migrations/notes.sql", "SELECT 1;\n");
    const auto graph = drydock({"migrate", "graph"});
    EXPECT_EQ(graph.exit_code, 3);
    EXPECT_THAT(graph.err, HasSubstr("migrations/notes.sql"));
}

}  // namespace
}  // namespace drydock::cli
