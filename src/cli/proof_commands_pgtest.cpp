#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "cli/program_pgtest.h"

// `migrate test` and `migrate trace`, as a script sees them.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ProofCommands : public ProgramTest {
protected:
    ProofCommands() { environment.push_back("DRYDOCK_SHADOW_CACHE_DIR=" + (folder.path() / "cache").string()); }

    void two_migrations() {
        folder.write("migrations/001_orders.sql", "CREATE TABLE orders (id int PRIMARY KEY, total int);\n");
        folder.write("migrations/rollback-001.sql", "DROP TABLE orders;\n");
        folder.write("migrations/002_note.sql", "ALTER TABLE orders ADD COLUMN note text;\n");
        folder.write("migrations/rollback-002.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    }
};

TEST_F(ProofCommands, TestNeedsNoDatabaseAndSaysWhatIsProven) {
    two_migrations();
    const auto first = drydock({"migrate", "test"});
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_THAT(first.out, HasSubstr("all together: 2 migrations taken back to the empty database and applied again"));
    EXPECT_THAT(first.out, HasSubstr("2 migrations: 2 proven in "));
    EXPECT_THAT(first.err, HasSubstr("ok       001_orders"));
    const auto again = drydock({"migrate", "test"});
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_THAT(again.out, HasSubstr("2 migrations: 2 proven (2 of them by an earlier run)"));
    const auto fresh = drydock({"migrate", "test", "--no-cache"});
    EXPECT_THAT(fresh.out, Not(HasSubstr("earlier run")));
}

TEST_F(ProofCommands, ABrokenRollbackEndsWithFiveAndTheDifference) {
    two_migrations();
    folder.write("migrations/rollback-002.sql", "ALTER TABLE orders DROP COLUMN note, DROP COLUMN total;\n");
    const auto test = drydock({"migrate", "test"});
    EXPECT_EQ(test.exit_code, 5);
    EXPECT_THAT(test.out, HasSubstr("failed           002_note: its rollback does not bring back what was there"));
    EXPECT_THAT(test.out, HasSubstr("after rollback: - column public.orders.total"));
    EXPECT_THAT(test.out, HasSubstr("1 proven, 1 failed"));
    const auto json = drydock({"migrate", "test", "--json"});
    EXPECT_EQ(json.exit_code, 5);
    EXPECT_EQ(json.json_at("/result"), "failed");
    EXPECT_EQ(json.json_at("/migrations/1/verdict"), "failed");
    EXPECT_EQ(json.json_at("/migrations/1/differences/0"), "after rollback: - column public.orders.total");
}

TEST_F(ProofCommands, AMigrationThatFailsShowsThePlace) {
    two_migrations();
    folder.write("migrations/002_note.sql", "SELECT 1;\nALTER TABLE order ADD COLUMN note text;\n");
    const auto test = drydock({"migrate", "test"});
    EXPECT_EQ(test.exit_code, 5);
    EXPECT_THAT(test.out, AllOf(HasSubstr("applying it failed"), HasSubstr("002_note.sql:2")));
}

TEST_F(ProofCommands, WriteMakesTheMissingRollbackAndNeverWritesOverOne) {
    two_migrations();
    folder.write("migrations/003_more.sql", "CREATE INDEX orders_total ON orders (total);\n");
    const auto before = folder.read("migrations/rollback-002.sql");
    const auto test = drydock({"migrate", "test", "--write"});
    EXPECT_EQ(test.exit_code, 0) << test.out << test.err;
    EXPECT_THAT(test.out, HasSubstr("rollback-003_more.sql"));
    EXPECT_THAT(folder.read("migrations/rollback-003_more.sql"), HasSubstr("DROP INDEX"));
    EXPECT_EQ(folder.read("migrations/rollback-002.sql"), before);
    const auto again = drydock({"migrate", "test"});
    EXPECT_THAT(again.out, HasSubstr("3 migrations: 3 proven"));
}

TEST_F(ProofCommands, ASchemaFileThatSaysSomethingElseFails) {
    two_migrations();
    folder.write("schema.sql", "CREATE TABLE orders (id int PRIMARY KEY, total bigint, note text);\n");
    const auto test = drydock({"migrate", "test", "--schema", "schema.sql"});
    EXPECT_EQ(test.exit_code, 5);
    EXPECT_THAT(test.out, AllOf(HasSubstr("schema.sql: not what the migrations make"), HasSubstr("orders.total")));
    folder.write("schema.sql", "CREATE TABLE orders (id int PRIMARY KEY, total int, note text);\n");
    EXPECT_EQ(drydock({"migrate", "test", "--schema", "schema.sql"}).exit_code, 0);
}

TEST_F(ProofCommands, HooksRunOnlyWhenAskedFor) {
    two_migrations();
    folder.write("migrations/hooks/before-001_orders.sql", "CREATE TABLE made_by_hook ();\n");
    const auto without = drydock({"migrate", "test", "--no-cache"});
    EXPECT_EQ(without.exit_code, 0);
    EXPECT_THAT(without.err, HasSubstr("1 hook did not run"));
    const auto with = drydock({"migrate", "test", "--no-cache", "--hooks"});
    EXPECT_EQ(with.exit_code, 5) << with.out;  // the hook makes something that no rollback takes away
    EXPECT_THAT(with.out, HasSubstr("made_by_hook"));
}

TEST_F(ProofCommands, AnEmptyFolderHasNothingToProve) {
    std::filesystem::create_directories(folder.path() / "migrations");
    const auto test = drydock({"migrate", "test"});
    EXPECT_EQ(test.exit_code, 0) << test.err;
    EXPECT_THAT(test.out, HasSubstr("0 migrations: nothing to prove"));
}

TEST_F(ProofCommands, TraceShowsLocksScansAndWhatIsDropped) {
    two_migrations();
    folder.write("migrations/003_index.sql", "CREATE INDEX CONCURRENTLY orders_total ON orders (total);\n");
    folder.write(
        "migrations/004_heavy.sql",
        "CREATE VIEW big AS SELECT id FROM orders;\nALTER TABLE orders ALTER COLUMN total TYPE bigint;\nDROP TABLE "
        "orders CASCADE;\n"
    );
    const auto trace = drydock({"migrate", "trace", "3", "4"});
    EXPECT_EQ(trace.exit_code, 0) << trace.err;
    EXPECT_THAT(trace.out, HasSubstr("SHARE UPDATE EXCLUSIVE on public.orders"));
    EXPECT_THAT(trace.out, HasSubstr("rewritten (a column's type)"));
    EXPECT_THAT(trace.out, HasSubstr("drops table public.orders"));
    EXPECT_THAT(trace.out, HasSubstr("drops index public.orders_total"));
    EXPECT_THAT(trace.out, HasSubstr("4 statements traced on PostgreSQL "));
    EXPECT_THAT(trace.out, Not(HasSubstr("DISAGREES"))) << trace.out;
    const auto json = drydock({"migrate", "trace", "3", "--json"});
    EXPECT_EQ(json.json_at("/migrations/0/statements/0/in_transaction"), "false");
    EXPECT_EQ(json.json_at("/migrations/0/statements/0/relations/0/lock"), "SHARE UPDATE EXCLUSIVE");
    EXPECT_EQ(json.json_at("/migrations/0/statements/0/agrees"), "true");
}

TEST_F(ProofCommands, ATraceThatFailsSaysWhere) {
    two_migrations();
    folder.write("migrations/003_bad.sql", "ALTER TABLE orders ADD COLUMN a int;\nSELECT 1/0;\n");
    const auto trace = drydock({"migrate", "trace", "3"});
    EXPECT_EQ(trace.exit_code, 5);
    EXPECT_THAT(trace.out, AllOf(HasSubstr("ACCESS EXCLUSIVE on public.orders"), HasSubstr("003_bad.sql:2")));
}

TEST_F(ProofCommands, KilledItLeavesNoServerBehind) {
    two_migrations();
    folder.write("migrations/002_note.sql", "SELECT pg_sleep(60);\n");
    const pid_t child = ::fork();
    if (child == 0) {
        if (::chdir(folder.path().c_str()) != 0) ::_exit(1);
        ::setenv("DRYDOCK_SHADOW_CACHE_DIR", (folder.path() / "cache").c_str(), 1);
        ::unsetenv("DATABASE_URL");
        ::execl(DRYDOCK_BINARY, DRYDOCK_BINARY, "migrate", "test", "--quiet", nullptr);
        ::_exit(1);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    const auto children_of = [](std::string_view parent) {
        const auto path = fmt::format("/proc/{0}/task/{0}/children", parent);
        std::vector<std::string> found;
        const auto text = read_file(path).value_or("");
        for (const auto pid : split(text, ' ')) {
            if (!trim(pid).empty()) found.emplace_back(trim(pid));
        }
        return found;
    };
    // Its keeper is the child with a child: the server. Others only say their version.
    std::string keeper;
    while (keeper.empty() && std::chrono::steady_clock::now() < until) {
        for (const auto& one : children_of(std::to_string(child))) {
            if (!children_of(one).empty()) keeper = one;
        }
    }
    ASSERT_FALSE(keeper.empty());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto process = std::filesystem::path{"/proc"} / keeper;
    while (std::filesystem::exists(process) && std::chrono::steady_clock::now() < until + std::chrono::seconds{20}) {
        std::this_thread::yield();
    }
    EXPECT_FALSE(std::filesystem::exists(process));
}

class ProofOnTarget : public DatabaseTest {
protected:
    ProofOnTarget() { environment.push_back("DRYDOCK_SHADOW_CACHE_DIR=" + (folder.path() / "cache").string()); }
};

TEST_F(ProofOnTarget, TheUsersServerIsUsedAndLeftAsItWas) {
    folder.write("migrations/001_a.sql", "CREATE TABLE a (x int);\n");
    folder.write("migrations/rollback-001.sql", "DROP TABLE a;\n");
    const auto test = drydock({"migrate", "test", "--shadow-url", database.conninfo().url()});
    EXPECT_EQ(test.exit_code, 0) << test.out << test.err;
    EXPECT_THAT(test.out, HasSubstr("1 migration: 1 proven"));
    EXPECT_EQ(sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'drydock\\_shadow%'"), "0");
    EXPECT_EQ(sql("SELECT to_regclass('a') IS NULL"), "t");
}

TEST_F(ProofOnTarget, PlanTracesWhatIsPendingAndShowsTheTargetsSizes) {
    folder.write("migrations/001_a.sql", "CREATE TABLE a (x int, t text);\n");
    EXPECT_EQ(drydock({"migrate", "up"}).exit_code, 0);
    sql("INSERT INTO a SELECT g, repeat('x', 500) FROM generate_series(1, 20000) g; ANALYZE a");
    folder.write("migrations/002_b.sql", "ALTER TABLE a ADD CONSTRAINT positive CHECK (x > 0);\n");
    const auto plan = drydock({"migrate", "plan", "--trace"});
    EXPECT_EQ(plan.exit_code, 0) << plan.err;
    EXPECT_THAT(plan.out, HasSubstr("Traced in a shadow:"));
    EXPECT_THAT(plan.out, HasSubstr("MiB on the target"));
    EXPECT_THAT(plan.out, HasSubstr("on the target about "));
    const auto json = drydock({"migrate", "plan", "--trace", "--json"});
    EXPECT_EQ(json.json_at("/trace/migrations/0/migration"), "002_b");
    EXPECT_EQ(json.json_at("/trace/migrations/0/statements/0/relations/0/scans"), "1");
    EXPECT_EQ(sql("SELECT count(*) FROM pg_constraint WHERE conname = 'positive'"), "0");
}

}  // namespace
}  // namespace drydock::cli
