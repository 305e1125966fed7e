// The gates in the situations that they are for: each made for real on a server.
#include "preflight/preflight.h"

#include <fmt/format.h>

#include "migrate/run_lock.h"
#include "migrate/sandbox_pgtest.h"
#include "preflight/queries.h"
#include "testing/surroundings.h"

namespace drydock::preflight {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

class Gates : public ::testing::Test {
protected:
    Report check(const migrate::Selection& selection = {}) { return check_on(box.database.conninfo(), selection); }
    Report check_on(const pg::Conninfo& where, const migrate::Selection& selection = {}) {
        const auto project = box.project();
        EXPECT_TRUE(project);
        auto report = preflight::check({where, *project, box.options}, selection, options, Limits::within(minutes{1}));
        if (report) return *std::move(report);
        ADD_FAILURE() << report.error().message;
        return {};
    }
    // "block: why | evidence | evidence"
    static std::string said(const Report& report, std::string_view id) {
        const auto* const gate = report.find(id);
        if (gate == nullptr) return "(no such gate)";
        auto text = fmt::format("{}: {}", name(gate->outcome), gate->why);
        for (const auto& line : gate->evidence) text += " | " + line;
        return text;
    }
    static void expect(const Report& report, std::string_view id, std::string_view outcome, std::string_view part) {
        const auto text = said(report, id);
        EXPECT_TRUE(text.starts_with(std::string{outcome} + ": ")) << id << " is " << text;
        EXPECT_NE(text.find(part), std::string::npos) << id << " is " << text << "\nwithout: " << part;
    }

    migrate::Sandbox box;
    Options options{.backup = Policy::off};
};

TEST_F(Gates, AllPassForAnOrdinaryMigrationOnAQuietDatabase) {
    box.write("001_a.sql", "CREATE TABLE a (n int PRIMARY KEY);");
    succeeded(box.up());
    box.write("002_b.sql", "ALTER TABLE a ADD COLUMN t text;\nCREATE TABLE b (n int REFERENCES a);");
    const auto report = check();
    for (const auto& gate : report.gates) {
        EXPECT_TRUE(gate.outcome == Outcome::pass || gate.outcome == Outcome::off) << said(report, gate.id);
    }
    EXPECT_EQ(report.verdict, Verdict::go);
    EXPECT_EQ(report.run, std::vector<std::string>{"002_b"});
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending") << "nothing was run";
}

TEST_F(Gates, NoBackupIsWorthWhatTheSettingSays) {
    box.write("001_a.sql", "SELECT 1;");
    expect(check(), "backup", "off", "preflight.backup");
    options.backup = Policy::warn;
    auto report = check();
    expect(report, "backup", "warn", "no backup tool yet");
    EXPECT_EQ(report.verdict, Verdict::go_with_warnings);
    options.warnings_are_fatal = true;
    EXPECT_EQ(check().verdict, Verdict::no_go);
    options.backup = Policy::block;
    options.warnings_are_fatal = false;
    report = check();
    expect(report, "backup", "block", "");
    EXPECT_EQ(report.verdict, Verdict::no_go);
}

TEST_F(Gates, ThePlanTellsOfAllThatUpRefusesOrLeavesOut) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(box.up());
    box.write("002_b.sql", "-- Hold: not before the launch\nCREATE TABLE b ();");
    box.write("003_c.sql", "-- Dependencies: 002_b.sql\nCREATE TABLE c ();");
    box.write("004_d.sql", "CREATE TABLE d ();");
    auto report = check();
    expect(report, "plan", "warn", "002_b is held: not before the launch");
    expect(report, "plan", "warn", "003_c is blocked: needs 002_b");
    EXPECT_EQ(report.run, std::vector<std::string>{"004_d"});
    expect(check({.only = {"002"}}), "plan", "block", "002_b is held");
    expect(check({.only = {"004"}}), "plan", "pass", "1 migration to run");

    box.write("001_a.sql", "CREATE TABLE a (n int);");
    expect(check(), "plan", "block", "001_a was changed after it ran");
    box.remove("001_a.sql");
    box.options.missing = migrate::MissingPolicy::refuse;
    expect(check(), "plan", "block", "001_a is applied, but its file is gone");
}

TEST_F(Gates, AnotherRunIsToldOf) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    expect(check(), "plan", "pass", "1 migration to run");
    auto where = box.database.conninfo();
    where.set("application_name", "the other one");
    auto target = migrate::Target::open(where, box.options, {});
    ASSERT_TRUE(target);
    auto lock = migrate::RunLock::acquire(*target, where, box.options, box.heard, Limits::within(minutes{1}));
    ASSERT_TRUE(lock);
    expect(check(), "plan", "warn", "another run is under way, and `up` would wait for it: the other one");
    lock->release(*target, {});
    expect(check(), "plan", "pass", "1 migration to run");
}

TEST_F(Gates, AFileThatCantBeReadBlocks) {
    box.write("001_a.sql", "CREATE TABLE a ();\nSELECT 'open;");
    expect(check(), "plan", "block", "001_a.sql:2");
    box.write("001_a.sql", "-- Placeholders: WHO\nSELECT '${WHO}';");
    expect(check(), "plan", "block", "WHO");
}

TEST_F(Gates, AnIdleTransactionOnATableToBeLockedBlocksWhenItIsOld) {
    box.write("001_a.sql", "CREATE TABLE app_orders (n int);");
    succeeded(box.up());
    box.write("002_b.sql", "SELECT 1;\nALTER TABLE app_orders ADD COLUMN t text;");
    auto where = box.database.conninfo();
    where.set("application_name", "reports");
    auto other = pg::Connection::open(where, Limits::within(minutes{1}));
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->run_message("BEGIN; SELECT * FROM app_orders", {}));

    auto report = check();
    expect(report, "locks", "warn", "others are at work");
    options.transaction_age = milliseconds{0};
    report = check();
    expect(report, "locks", "block", fmt::format("pid {}", other->backend_pid()));
    for (const auto* const part :
         {"role ",
          "reports",
          "idle in transaction for",
          "holds ACCESS SHARE on public.app_orders",
          "002_b:2 ALTER TABLE wants ACCESS EXCLUSIVE"}) {
        expect(report, "locks", "block", part);
    }
    EXPECT_NE(report.find("locks")->hint.find(std::to_string(other->backend_pid())), std::string::npos);
    EXPECT_EQ(report.verdict, Verdict::no_go);

    ASSERT_TRUE(other->run_message("ROLLBACK", {}));
    expect(check(), "locks", "pass", "nobody holds");
}

TEST_F(Gates, ALockThatDoesNotConflictIsNotToldOf) {
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    succeeded(box.up());
    box.write("002_b.sql", "CREATE INDEX ON a (n);");
    options.transaction_age = milliseconds{0};
    auto other = box.database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; SELECT * FROM a", {}));
    expect(check(), "locks", "pass", "nobody holds");
    ASSERT_TRUE(other.run_message("INSERT INTO a VALUES (1)", {}));
    expect(check(), "locks", "block", "holds ROW EXCLUSIVE on public.a");
    // Another table of the same database is nobody's business, but for its age.
    ASSERT_TRUE(other.run_message("ROLLBACK; CREATE TABLE elsewhere (); BEGIN; LOCK elsewhere", {}));
    expect(check(), "locks", "pass", "nobody holds");
}

TEST_F(Gates, APartitionThatSomebodyHoldsStandsInTheWayOfItsParent) {
    box.write(
        "001_a.sql", "CREATE TABLE p (n int) PARTITION BY LIST (n);\nCREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
    );
    succeeded(box.up());
    box.write("002_b.sql", "ALTER TABLE p ADD COLUMN t text;");
    options.transaction_age = milliseconds{0};
    auto other = box.database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; SELECT * FROM p1", {}));
    expect(check(), "locks", "block", "holds ACCESS SHARE on public.p1");
}

TEST_F(Gates, AQueueBeforeATableIsToldOf) {
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    succeeded(box.up());
    box.write("002_b.sql", "ALTER TABLE a ADD COLUMN t text;");
    auto holder = box.database.connect();
    ASSERT_TRUE(holder.run_message("BEGIN; LOCK a IN SHARE MODE", {}));
    auto waiter = box.database.connect();
    const auto pid = waiter.backend_pid();
    std::jthread waiting{[&] {
        const auto ignored = waiter.run_message("LOCK a IN ROW EXCLUSIVE MODE; SELECT 1", {});
        const auto also = waiter.run_message("BEGIN; INSERT INTO a VALUES (1); COMMIT", {});
        EXPECT_TRUE(also) << (ignored ? "" : ignored.error().message);
    }};
    while (box.run(fmt::format("SELECT count(*) FROM pg_locks WHERE pid = {} AND NOT granted", pid)) == "0") {
        std::this_thread::yield();
    }
    const auto report = check();
    expect(report, "locks", "warn", fmt::format("pid {}", pid));
    expect(report, "locks", "warn", "waits for ROW EXCLUSIVE on public.a");
    ASSERT_TRUE(holder.run_message("ROLLBACK", {}));
}

TEST_F(Gates, ATableThatIsHeldUnderAccessExclusiveStopsNoGate) {
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    succeeded(box.up());
    box.write("002_b.sql", "ALTER TABLE a ALTER COLUMN n TYPE bigint;");
    auto other = box.database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; LOCK a", {}));
    const auto begin = Limits::Clock::now();
    options.transaction_age = milliseconds{0};
    const auto report = check();
    EXPECT_LT(Limits::Clock::now() - begin, std::chrono::seconds{10});
    expect(report, "locks", "block", "holds ACCESS EXCLUSIVE");
    expect(report, "disk", "unknown", "lock timeout");
    expect(report, "big-tables", "unknown", "lock timeout");
}

TEST_F(Gates, OldTransactionsBlockWhatWaitsForThemAndWarnElse) {
    box.write("001_a.sql", "CREATE TABLE a (n int);\nCREATE TABLE other ();");
    succeeded(box.up());
    options.transaction_age = milliseconds{0};
    box.write("002_b.sql", "ALTER TABLE a ADD COLUMN t text;");
    auto other = box.database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; SELECT * FROM other", {}));
    expect(check(), "transactions", "warn", fmt::format("pid {}", other.backend_pid()));
    box.write("003_c.sql", "CREATE INDEX CONCURRENTLY a_n ON a (n);");
    expect(check(), "transactions", "block", "003_c:1 CREATE INDEX CONCURRENTLY waits for 1 transaction");
}

TEST_F(Gates, AMissingExtensionIsNamedWithWhatIsToBeDone) {
    box.write("001_a.sql", "CREATE EXTENSION IF NOT EXISTS \"no_such_thing\" WITH SCHEMA public;");
    auto report = check();
    expect(report, "extensions", "block", "001_a:1 CREATE EXTENSION no_such_thing: its files are not on the server");
    EXPECT_NE(report.find("extensions")->hint.find("install no_such_thing"), std::string::npos);
    box.write("001_a.sql", "CREATE EXTENSION plpgsql;");
    expect(check(), "extensions", "block", "IF NOT EXISTS is not said");
    box.write("001_a.sql", "CREATE EXTENSION IF NOT EXISTS plpgsql VERSION '0.9';");
    expect(check(), "extensions", "warn", "0.9 was asked for");
    box.write("001_a.sql", "ALTER EXTENSION plpgsql UPDATE TO '9.9';");
    expect(check(), "extensions", "block", "no version 9.9; it has 1.0");
    box.write("001_a.sql", "SELECT 1;");
    expect(check(), "extensions", "pass", "no pending file");
}

TEST_F(Gates, AContribExtensionIsCheckedForVersionsAndNeeds) {
    if (box.run("SELECT count(*) FROM pg_available_extensions WHERE name IN ('cube', 'earthdistance')") != "2") {
        GTEST_SKIP() << "the server has no contrib extensions";
    }
    box.write("001_a.sql", "CREATE EXTENSION earthdistance;");
    expect(check(), "extensions", "block", "it needs cube");
    box.write("001_a.sql", "CREATE EXTENSION earthdistance CASCADE;");
    expect(check(), "extensions", "pass", "1 extension");
    box.write("001_a.sql", "CREATE EXTENSION cube;\nCREATE EXTENSION earthdistance;");
    expect(check(), "extensions", "pass", "2 extensions");
    box.write("001_a.sql", "CREATE EXTENSION cube VERSION '77';");
    expect(check(), "extensions", "block", "no version 77");
}

class OfARole : public Gates {
protected:
    void SetUp() override {
        box.write("001_a.sql", "CREATE TABLE a (n int);\nCREATE SCHEMA s;\nCREATE TYPE mood AS ENUM ('ok');");
        succeeded(box.up());
        box.run(
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC; DROP ROLE IF EXISTS gatekeeper; CREATE ROLE gatekeeper LOGIN; "
            "GRANT USAGE ON SCHEMA drydock, s TO gatekeeper; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "
            "drydock "
            "TO gatekeeper;"
        );
        where = box.database.conninfo();
        where.set("user", "gatekeeper");
    }
    void TearDown() override { box.run("DROP OWNED BY gatekeeper; DROP ROLE gatekeeper;"); }
    pg::Conninfo where;
};

TEST_F(OfARole, EachMissingRightIsNamedWithItsGrant) {
    const std::pair<const char*, const char*> cases[] = {
        {"CREATE TABLE b ();", "gatekeeper may not create in schema public"},
        {"SET search_path = s;\nCREATE TABLE b ();", "gatekeeper may not create in schema s"},
        {"CREATE SCHEMA other;", "gatekeeper may not create a schema in database"},
        {"ALTER TABLE a ADD COLUMN t text;", "public.a is of "},
        {"CREATE INDEX ON a (n);", "public.a is of "},
        {"DROP TABLE a;", "public.a is of "},
        {"INSERT INTO a VALUES (1);", "gatekeeper may not insert into public.a"},
        {"UPDATE a SET n = 1;", "gatekeeper may not update public.a"},
        {"DELETE FROM a;", "gatekeeper may not delete from public.a"},
        {"TRUNCATE a;", "gatekeeper may not truncate public.a"},
        {"SELECT count(*) FROM a;", "gatekeeper may not read public.a"},
        {"ALTER TYPE mood ADD VALUE 'glad';", "public.mood is of "},
    };
    for (const auto& [sql, part] : cases) {
        SCOPED_TRACE(sql);
        box.write("002_b.sql", sql);
        const auto report = check_on(where);
        expect(report, "rights", "block", part);
        EXPECT_FALSE(report.find("rights")->hint.empty());
        // What the gate says is what the server says.
        const auto project = box.project();
        const auto ran = migrate::up({where, *project, box.options}, {}, box.heard, Limits::within(minutes{1}));
        ASSERT_TRUE(ran);
        ASSERT_TRUE(ran->error);
        EXPECT_EQ(ran->error->sqlstate, "42501") << ran->error->message;
    }
}

TEST_F(OfARole, WithTheRightsAllPass) {
    box.run(
        "GRANT CREATE ON SCHEMA public TO gatekeeper; GRANT SELECT (n), UPDATE (n) ON a TO gatekeeper; ALTER TYPE mood "
        "OWNER TO gatekeeper;"
    );
    box.write(
        "002_b.sql",
        "CREATE TABLE b ();\nUPDATE a SET n = n;\nALTER TYPE mood ADD VALUE 'glad';\nALTER TABLE b ADD c int;"
    );
    expect(check_on(where), "rights", "pass", "gatekeeper has those");
    box.write("002_b.sql", "SET ROLE other;\nDROP TABLE a;");
    expect(check_on(where), "rights", "unknown", "002_b:1 SET goes on as another role");
}

TEST_F(OfARole, WhoMayNotSeeOthersSaysSo) {
    box.write("002_b.sql", "ALTER TABLE a ADD COLUMN t text;");
    auto other = box.database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; SELECT * FROM a", {}));
    const auto report = check_on(where);
    expect(report, "locks", "unknown", "not visible to this role");
    expect(report, "transactions", "unknown", "not visible to this role");
    box.run("GRANT pg_read_all_stats TO gatekeeper");
    expect(check_on(where), "locks", "warn", "idle in transaction");
}

TEST_F(OfARole, TheRoleOfTheConfigurationMustBeOursToTake) {
    box.write("002_b.sql", "CREATE TABLE b ();");
    box.options.role = "nobody_here";
    expect(check_on(where), "rights", "block", "the role nobody_here of migrate.role is not there");
    box.options.role = box.run("SELECT current_user");
    expect(check_on(where), "rights", "block", "gatekeeper may not become the role");
    box.options.role = "gatekeeper";
    expect(check(), "rights", "block", "gatekeeper may not create in schema public");
}

TEST_F(OfARole, HistoryThatItMayNotWriteBlocks) {
    box.write("002_b.sql", "SELECT 1;");
    box.run("REVOKE INSERT ON drydock.migration_event FROM gatekeeper");
    expect(check_on(where), "rights", "block", "gatekeeper may not insert into drydock.migration_event");
}

TEST_F(Gates, ATargetThatIsReadOnlyBlocks) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.run(
        fmt::format("ALTER DATABASE {} SET default_transaction_read_only = on", box.run("SELECT current_database()"))
    );
    const auto report = check();
    expect(report, "target", "block", "read only");
    EXPECT_NE(report.find("target")->hint.find("default_transaction_read_only"), std::string::npos);
}

TEST_F(Gates, AStandbyBlocksAndTheOtherGatesStillAnswer) {
    auto server = pg_server::Throwaway::start({.durable = true}, Limits::within(minutes{1}));
    ASSERT_TRUE(server) << server.error().message;
    box.write("001_a.sql", "CREATE TABLE a ();");
    server->kill();
    ASSERT_TRUE(write_file(server->folder() / "pgdata" / "standby.signal", "", 0644));
    ASSERT_TRUE(server->restart(Limits::within(minutes{1})));
    const auto report = check_on(server->conninfo());
    expect(report, "target", "block", "standby");
    expect(report, "replication", "unknown", "standby");
    expect(report, "connections", "pass", "");
    EXPECT_EQ(report.gates.size(), 13U);
}

TEST_F(Gates, AWindowIsOpenOrBlocks) {
    box.write("001_a.sql", "SELECT 1;");
    options.window = "00:00-24:00 Europe/Berlin";
    expect(check(), "window", "pass", "inside \"00:00-24:00 Europe/Berlin\"");
    // Two hours that began five hours ago, whatever the time is.
    const auto hour = std::stoi(box.run("SELECT extract(hour FROM now() AT TIME ZONE 'Asia/Tokyo')::int"));
    const auto closed = fmt::format("{:02}:00-{:02}:00 Asia/Tokyo", (hour + 19) % 24, (hour + 21) % 24);
    options.window = closed;
    auto report = check();
    expect(report, "window", "block", "outside the maintenance window");
    expect(report, "window", "block", fmt::format("\"{}\": it is ", closed));
    options.window = closed + "; 00:00-24:00";
    expect(check(), "window", "pass", "00:00-24:00");
    options.window = "00:00-24:00 Europe/Nowhere";
    expect(check(), "window", "block", "Europe/Nowhere");
    options.window = "sometime";
    const auto project = box.project();
    const auto refused = preflight::check({box.database.conninfo(), *project, box.options}, {}, options, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

// The query that the gate asks, at moments of our own.
class Clock : public ::testing::Test {
protected:
    std::string at(std::string_view moment, std::string_view windows) {
        auto connection = database.connect();
        const std::array<pg::Param, 2> params{windows, moment};
        const auto rows = connection.query(queries::windows, params, {});
        if (!rows) return rows.error().message;
        return rows->boolean(0, 0) ? fmt::format("open for {}", rows->integer(0, 1))
                                   : fmt::format("opens in {}", rows->integer(0, 4));
    }
    testing::Database database;
};

TEST_F(Clock, AWindowOverMidnightBelongsToTheDayOnWhichItBegins) {
    constexpr auto kWindow = R"([{"days": [5], "begin": 1320, "end": 300, "zone": "UTC"}])";  // Fri 22:00-05:00
    EXPECT_EQ(at("2026-11-27 21:59:00Z", kWindow), "opens in 60");
    EXPECT_EQ(at("2026-11-27 22:00:00Z", kWindow), "open for 25200");
    EXPECT_EQ(at("2026-11-28 04:59:59Z", kWindow), "open for 1");
    EXPECT_EQ(at("2026-11-28 05:00:00Z", kWindow), "opens in 579600");
    EXPECT_EQ(at("2026-11-28 22:30:00Z", kWindow), "opens in 516600") << "that is Saturday's night";
}

TEST_F(Clock, SummerTimeIsAsTheZoneKnowsIt) {
    constexpr auto kWindow = R"([{"days": [1,2,3,4,5,6,7], "begin": 60, "end": 240, "zone": "Europe/Berlin"}])";
    // On 2026-03-29 the clock goes from 02:00 to 03:00, so 01:00-04:00 has two hours; on 2026-10-25 it has four.
    EXPECT_EQ(at("2026-03-29 00:00:00Z", kWindow), "open for 7200");
    EXPECT_EQ(at("2026-10-24 23:00:00Z", kWindow), "open for 14400");
    EXPECT_EQ(at("2026-11-27 00:00:00Z", kWindow), "open for 10800");
    EXPECT_EQ(at("2026-10-24 22:59:00Z", kWindow), "opens in 60");
}

TEST_F(Gates, WorkOnABigTableWhileWritersWaitIsToldOf) {
    box.write("001_a.sql", "CREATE TABLE a (n int);\nINSERT INTO a SELECT generate_series(1, 5000);");
    succeeded(box.up());
    options.big_table = 100'000;
    box.write(
        "002_b.sql",
        "CREATE INDEX ON a (n);\nALTER TABLE a ALTER COLUMN n TYPE bigint;\nALTER TABLE a ADD COLUMN t text;"
    );
    auto report = check();
    expect(report, "big-tables", "warn", "2 statements at a big table");
    expect(report, "big-tables", "warn", "002_b:1 CREATE INDEX reads all of public.a (");
    expect(report, "big-tables", "warn", "under SHARE, which blocks");
    expect(report, "big-tables", "warn", "under ACCESS EXCLUSIVE, which blocks");
    options.big_lock = Policy::block;
    expect(check(), "big-tables", "block", "rewrite");
    options.big_lock = Policy::off;
    expect(check(), "big-tables", "off", "");
    options.big_lock = Policy::warn;
    options.big_table = 1'000'000'000;
    expect(check(), "big-tables", "pass", "no table of 953.7 MiB");
    options.big_table = 100'000;
    box.write("002_b.sql", "CREATE INDEX CONCURRENTLY a_n ON a (n);");
    expect(check(), "big-tables", "pass", "");
}

TEST_F(Gates, SpaceIsCountedForRewritesAndIndexes) {
    box.write(
        "001_a.sql",
        "CREATE TABLE a (n int);\nINSERT INTO a SELECT generate_series(1, 5000);\nCREATE TABLE empty (n int);"
    );
    succeeded(box.up());
    box.write("002_b.sql", "CREATE TABLE c ();");
    expect(check(), "disk", "pass", "no table that is there is rewritten");
    box.write("002_b.sql", "CREATE INDEX ON empty (n);");
    expect(check(), "disk", "pass", "empty");
    box.write("002_b.sql", "ALTER TABLE a ALTER COLUMN n TYPE bigint;\nCREATE INDEX ON a (n);");
    const auto report = check();
    expect(report, "disk", "pass", "free at ");
    expect(report, "disk", "pass", "002_b:1 ALTER TABLE rewrites public.a: up to 2");
    expect(report, "disk", "pass", "002_b:2 CREATE INDEX builds an index on public.a: up to 1");
}

TEST_F(Gates, ARoleThatMayNotKnowTheDataDirectoryGetsTheBytesAndUnknown) {
    box.write("001_a.sql", "CREATE TABLE a (n int);\nINSERT INTO a SELECT generate_series(1, 5000);");
    box.run("DROP ROLE IF EXISTS spaceless; CREATE ROLE spaceless LOGIN; GRANT CREATE ON SCHEMA public TO spaceless;");
    succeeded(box.up());
    box.run("GRANT USAGE ON SCHEMA drydock TO spaceless; GRANT SELECT ON ALL TABLES IN SCHEMA drydock TO spaceless");
    box.write("002_b.sql", "ALTER TABLE a ALTER COLUMN n TYPE bigint;");
    auto where = box.database.conninfo();
    where.set("user", "spaceless");
    const auto report = check_on(where);
    expect(report, "disk", "unknown", "KiB, and as much again for WAL");
    expect(report, "disk", "unknown", "GRANT pg_read_all_settings");
    box.run("DROP OWNED BY spaceless; DROP ROLE spaceless");
}

TEST_F(Gates, ConnectionsThatAreTakenBlockAndWarn) {
    box.write("001_a.sql", "SELECT 1;");
    expect(check(), "connections", "pass", "connections of the ");
    options.connections = 100'000;
    expect(check(), "connections", "warn", "that is close");
    box.run(fmt::format("ALTER DATABASE {} CONNECTION LIMIT 2", box.run("SELECT current_database()")));
    expect(check(), "connections", "block", "the database allows left, and a run needs 3");
}

TEST_F(Gates, AReplicationSlotThatHoldsBackWalIsToldOf) {
    auto server = pg_server::Throwaway::start(
        {.settings = {"wal_level=replica", "max_replication_slots=4", "max_wal_senders=4"}}, Limits::within(minutes{1})
    );
    ASSERT_TRUE(server) << server.error().message;
    box.write("001_a.sql", "SELECT 1;");
    expect(check_on(server->conninfo()), "replication", "pass", "nothing follows");
    testing::run_on(server->conninfo(), "SELECT pg_create_physical_replication_slot('left_behind', true)");
    expect(check_on(server->conninfo()), "replication", "pass", "1 slot, none of them behind");
    testing::run_on(server->conninfo(), "CREATE TABLE w AS SELECT generate_series(1, 20000)");
    options.slot_wal = 100'000;
    auto report = check_on(server->conninfo());
    expect(report, "replication", "warn", "replication slot left_behind (inactive) holds back");
    options.replication = Policy::block;
    expect(check_on(server->conninfo()), "replication", "block", "");
    options.replication = Policy::off;
    expect(check_on(server->conninfo()), "replication", "off", "");
}

TEST_F(Gates, CommitsThatWaitForAStandbyThatIsNotThereBlock) {
    auto server = pg_server::Throwaway::start(
        {.durable = true, .settings = {"wal_level=replica", "max_wal_senders=4"}}, Limits::within(minutes{1})
    );
    ASSERT_TRUE(server) << server.error().message;
    box.write("001_a.sql", "SELECT 1;");
    testing::run_on(server->conninfo(), "ALTER SYSTEM SET synchronous_standby_names = 'gone'");
    testing::run_on(server->conninfo(), "SELECT pg_reload_conf()");
    while (testing::run_on(server->conninfo(), "SHOW synchronous_standby_names") != "gone") continue;
    expect(check_on(server->conninfo()), "replication", "block", "the run would hang");
}

TEST_F(Gates, RowsThatWouldMakeAStatementFailAreCountedAndNamed) {
    box.write(
        "001_a.sql",
        "CREATE TABLE a (id int PRIMARY KEY, t text, n int);\nINSERT INTO a SELECT i, CASE WHEN i > 3 THEN 'x' END, i "
        "% 7 "
        "FROM generate_series(1, 20) i;\nCREATE TABLE b (a int);\nINSERT INTO b VALUES (1), (99), (NULL);"
    );
    succeeded(box.up());
    const std::pair<const char*, const char*> cases[] = {
        {"ALTER TABLE a ALTER COLUMN t SET NOT NULL;", R"(3 rows: {"id":1}, {"id":2}, {"id":3})"},
        {"ALTER TABLE a ADD CONSTRAINT c CHECK (n < 6);", R"(3 rows: {"id":6}, {"id":13}, {"id":20})"},
        {"ALTER TABLE a ADD UNIQUE (n);", R"(7 rows: {"n":)"},
        {"CREATE UNIQUE INDEX ON a (n);", R"("times":3})"},
        {"ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a;", "1 row: "},
        {"ALTER TABLE a ADD COLUMN must int NOT NULL;", "20 rows: "},
    };
    for (const auto& [sql, part] : cases) {
        SCOPED_TRACE(sql);
        box.write("002_b.sql", sql);
        expect(check(), "data", "block", part);
        EXPECT_NE(failed(box.up()).sqlstate, "") << "and so it is";
    }
    box.write("002_b.sql", "ALTER TABLE a ALTER COLUMN n SET NOT NULL;\nALTER TABLE a ADD CHECK (n < 7);");
    expect(check(), "data", "pass", "2 looks for rows");
    succeeded(box.up());
    options.probe_time = milliseconds{0};
    expect(check(), "data", "off", "preflight.probe_time");
}

TEST_F(Gates, ALookThatIsNotFinishedIsUnknown) {
    box.write("001_a.sql", "CREATE TABLE a (id int PRIMARY KEY, t text);\nINSERT INTO a VALUES (1, 'x');");
    succeeded(box.up());
    box.run(
        "CREATE FUNCTION slow(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(30); "
        "RETURN "
        "true; END'"
    );
    box.write("002_b.sql", "ALTER TABLE a ADD CONSTRAINT c CHECK (slow(t));");
    options.probe_time = milliseconds{300};
    expect(check(), "data", "unknown", "002_b:1 ALTER TABLE: not finished in time");
}

TEST_F(Gates, WhatAnEarlierFileMakesIsNobodysToProbe) {
    box.write("001_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1);");
    succeeded(box.up());
    box.write("002_b.sql", "ALTER TABLE a ADD COLUMN t text;\nCREATE TABLE b (n int);");
    box.write("003_c.sql", "ALTER TABLE b ALTER COLUMN n SET NOT NULL;\nALTER TABLE b ADD UNIQUE (n);");
    const auto report = check();
    expect(report, "data", "pass", "");
    EXPECT_EQ(report.verdict, Verdict::go);
}

TEST_F(Gates, AStatementThatTheCatalogRefusesBlocks) {
    box.write("001_a.sql", "CREATE TABLE a (id int PRIMARY KEY, t text);\nCREATE VIEW v AS SELECT t FROM a;");
    succeeded(box.up());
    box.write("002_b.sql", "SELECT 1;\nALTER TABLE a ALTER COLUMN t TYPE varchar(5);");
    expect(check(), "plan", "block", "002_b:2 ALTER TABLE is going to fail");
    EXPECT_FALSE(failed(box.up()).sqlstate.empty());
}

TEST_F(Gates, TheOtherEndOfAForeignKeyIsLockedToo) {
    box.write(
        "001_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);"
    );
    succeeded(box.up());
    box.write("002_b.sql", "DROP TABLE b;");
    options.transaction_age = milliseconds{0};
    auto other = box.database.connect();
    ASSERT_TRUE(other.run_message("BEGIN; SELECT * FROM a", {}));
    expect(
        check(), "locks", "block", "holds ACCESS SHARE on public.a, where 002_b:1 DROP TABLE wants ACCESS EXCLUSIVE"
    );
}

TEST_F(Gates, APreparedTransactionOnATableBlocksHoweverYoungItIs) {
    auto server =
        pg_server::Throwaway::start({.settings = {"max_prepared_transactions=4"}}, Limits::within(minutes{1}));
    ASSERT_TRUE(server) << server.error().message;
    testing::run_on(server->conninfo(), "CREATE TABLE a (n int)");
    testing::run_on(server->conninfo(), "BEGIN; INSERT INTO a VALUES (1); PREPARE TRANSACTION 'left over'");
    box.write("001_b.sql", "ALTER TABLE a ADD COLUMN t text;");
    const auto report = check_on(server->conninfo());
    expect(report, "locks", "block", "the prepared transaction \"left over\" of ");
    EXPECT_NE(report.find("locks")->hint.find("ROLLBACK PREPARED"), std::string::npos);
    testing::run_on(server->conninfo(), "ROLLBACK PREPARED 'left over'");
    expect(check_on(server->conninfo()), "locks", "pass", "");
}

// Each query, and the gates on a server where all of them have something to look at.
TEST_F(Gates, AnswerOnEachVersion) {
    box.write(
        "001_a.sql",
        "CREATE EXTENSION IF NOT EXISTS plpgsql;\nALTER TABLE a ADD COLUMN t text;\nCREATE INDEX CONCURRENTLY a_n ON a "
        "(n);\n"
        "ALTER TABLE a ALTER COLUMN n SET NOT NULL;"
    );
    options.window = "00:00-24:00 Europe/Berlin";
    for (const auto& binaries : testing::other_versions()) {
        SCOPED_TRACE(binaries.major());
        auto server = pg_server::Throwaway::start(
            {.binaries = binaries, .settings = {"max_prepared_transactions=4", "max_replication_slots=4"}},
            Limits::within(minutes{2})
        );
        ASSERT_TRUE(server) << server.error().message;
        const auto& where = server->conninfo();
        testing::run_on(where, "CREATE TABLE a (n int); ");
        testing::run_on(where, "INSERT INTO a VALUES (1), (NULL)");
        testing::run_on(where, "SELECT pg_create_physical_replication_slot('s')");
        testing::run_on(where, "BEGIN; INSERT INTO a VALUES (2); PREPARE TRANSACTION 'left over'");
        const auto report = check_on(where);
        for (const auto& gate : report.gates) EXPECT_NE(gate.outcome, Outcome::unknown) << said(report, gate.id);
        expect(report, "locks", "block", "the prepared transaction \"left over\"");
        expect(report, "data", "block", "1 row");
        expect(report, "target", "pass", fmt::format("PostgreSQL {}.", binaries.major()));
        testing::run_on(where, "ROLLBACK PREPARED 'left over'");
        testing::run_on(where, "SELECT pg_drop_replication_slot('s')");
        const auto then = check_on(where);
        expect(then, "locks", "pass", "");
        expect(then, "replication", "pass", "nothing follows");
    }
}

}  // namespace
}  // namespace drydock::preflight
