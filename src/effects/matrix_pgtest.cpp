#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/text.h"
#include "catalog/snapshot.h"
#include "effects/effect.h"
#include "effects/world.h"
#include "testing/postgres.h"

// tests/effects/matrix.tsv: each statement is run on a server and measured, and predicted from the catalog that it was
// run on. What the file says was measured on 15 once more says that the measurement here sees the same.
namespace drydock::effects {
namespace {

using Locks = std::map<std::string, std::string>;

const std::filesystem::path kData = std::filesystem::path{__FILE__}.parent_path() / "../../tests/effects";

struct Row {
    std::string id;
    std::vector<std::string> statements;
    std::vector<std::string> before;
    bool outside = false;
};

struct Seen {
    Locks locks;
    std::set<std::string> rewritten;
    std::set<std::string> scanned;
    std::string sqlstate;
    std::string message;
};

std::vector<std::string> parts(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(";;", at), text.size());
        out.emplace_back(text.substr(at, end - at));
        at = end + 2;
    }
    return out;
}

std::vector<Row> rows_of(const std::string& name) {
    std::vector<Row> out;
    std::ifstream file{kData / name};
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        const auto columns = split(line, '\t');
        if (columns.size() < 4) continue;
        out.push_back(
            {.id = std::string{columns[0]},
             .statements = parts(columns[1]),
             .before = parts(columns[2]),
             .outside = columns[3] == "notx"}
        );
    }
    return out;
}

constexpr std::array<std::string_view, 9> kShort{"-", "AS", "RS", "RE", "SUE", "S", "SRE", "E", "AE"};

std::string short_name(LockMode mode) {
    return std::string{kShort[static_cast<std::size_t>(mode)]};
}

std::string text(const Locks& locks) {
    std::string out;
    for (const auto& [relation, mode] : locks) out += (out.empty() ? "" : " ") + relation + ":" + mode;
    return out;
}

std::string text(const std::set<std::string>& names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
}

Limits limits() {
    return Limits::within(std::chrono::seconds{60});
}

void message(pg::Connection& connection, const std::string& sql) {
    const auto done = connection.run_message(sql, limits());
    EXPECT_TRUE(done.has_value()) << sql << ": " << (done ? "" : done.error().message);
}

pg::Rows rows(pg::Connection& connection, std::string_view sql) {
    auto result = connection.query({.name = "measure", .text = sql}, limits());
    EXPECT_TRUE(result.has_value()) << sql << (result ? "" : result.error().message);
    return result ? std::move(*result) : pg::Rows{};
}

constexpr std::string_view kState =
    "select c.oid, c.relname, relkind, relfilenode, coalesce(seq_scan, 0) from pg_class c "
    "left join pg_stat_xact_all_tables s on s.relid = c.oid "
    "where relnamespace in (select oid from pg_namespace where nspname in ('app', 'public'))";

constexpr std::string_view kHeld =
    "select relation, max(array_position(array['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', "
    "'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], mode)) "
    "from pg_locks where pid = pg_backend_pid() and locktype = 'relation' and granted group by relation";

struct Known {
    std::string name;
    std::string kind;
    std::string file;
    std::int64_t scans;
};

std::map<std::string, Known> state(pg::Connection& connection) {
    std::map<std::string, Known> out;
    const pg::Rows all = rows(connection, kState);
    for (int i = 0; i < all.size(); ++i) {
        out[std::string{all.text(i, 0)}] = Known{
            .name = std::string{all.text(i, 1)},
            .kind = std::string{all.text(i, 2)},
            .file = std::string{all.text(i, 3)},
            .scans = all.integer(i, 4)
        };
    }
    return out;
}

Seen measure(pg::Connection& connection, const Row& row) {
    Seen seen;
    message(connection, "begin");
    const auto before = state(connection);
    for (const std::string& statement : row.statements) {
        const auto done = connection.run_message(statement, limits());
        if (done) continue;
        seen.sqlstate = done.error().sqlstate;
        seen.message = done.error().message;
        message(connection, "rollback");
        return seen;
    }
    const pg::Rows held = rows(connection, kHeld);
    for (int i = 0; i < held.size(); ++i) {
        const auto found = before.find(std::string{held.text(i, 0)});
        if (found != before.end())
            seen.locks[found->second.name] = kShort[static_cast<std::size_t>(held.integer(i, 1))];
    }
    const auto after = state(connection);
    std::map<std::string, std::string> file_of;
    for (const auto& [oid, now] : after) file_of[now.name] = now.file;
    for (const auto& [oid, was] : before) {
        const auto same = after.find(oid);
        const std::string file = same != after.end() ? same->second.file : file_of[was.name];
        if (!file.empty() && file != was.file && was.kind != "S") seen.rewritten.insert(was.name);
        if (same != after.end() && same->second.scans > was.scans) seen.scanned.insert(was.name);
    }
    message(connection, "rollback");
    return seen;
}

struct Predicted {
    Locks locks;
    std::map<std::string, Certainty> rewrites;
    std::map<std::string, Certainty> scans;
    std::string sqlstate;
    std::set<std::string> may_fail;
    std::vector<Failure> failures;
    std::string note;
    std::string error;
    bool exact = true;
};

Predicted predict(const World& world, const Row& row) {
    Predicted out;
    Reader reader{&world};
    for (const std::string& statement : row.statements) {
        const Effect effect = reader.read(statement);
        out.exact = out.exact && effect.exact;
        out.note += effect.note;
        if (out.sqlstate.empty()) out.sqlstate = effect.sqlstate;
        if (out.error.empty()) out.error = effect.error;
        for (const Failure& failure : effect.may_fail) {
            out.may_fail.insert(failure.sqlstate);
            out.failures.push_back(failure);
        }
        for (const RelationEffect& relation : effect.relations) {
            if (relation.created_here || relation.lock == LockMode::none) continue;
            std::string& lock = out.locks[relation.name];
            const auto rank = [](const std::string& name) { return std::ranges::find(kShort, name) - kShort.begin(); };
            if (lock.empty() || rank(lock) < rank(short_name(relation.lock))) lock = short_name(relation.lock);
            const auto merge = [](Certainty& to, Certainty from) {
                if (to == Certainty::yes || from == Certainty::no) return;
                to = from;
            };
            merge(out.rewrites[relation.name], relation.rewrites);
            merge(out.scans[relation.name], relation.scans);
        }
    }
    return out;
}

catalog::Snapshot snapshot_of(pg::Connection& connection) {
    auto snapshot = catalog::read_snapshot(connection, {.dependencies = true}, limits());
    EXPECT_TRUE(snapshot.has_value()) << (snapshot ? "" : snapshot.error().message);
    return snapshot ? std::move(*snapshot) : catalog::Snapshot{};
}

World world_of(const catalog::Snapshot& snapshot, pg::Connection& connection) {
    World world{snapshot};
    const pg::Rows session =
        rows(connection, "select current_setting('timezone'), current_setting('server_version_num')");
    world.set_time_zone(std::string{session.text(0, 0)});
    world.set_search_path({"app", "public"});
    return world;
}

void expect_as_said(
    const std::map<std::string, Certainty>& predicted,
    const std::set<std::string>& seen,
    std::string_view what,
    bool maybe
) {
    std::set<std::string> yes;
    std::set<std::string> unsure;
    for (const auto& [name, certainty] : predicted) {
        if (certainty == Certainty::yes) yes.insert(name);
        if (certainty == Certainty::maybe) unsure.insert(name);
    }
    std::set<std::string> sure = seen;
    for (const std::string& name : unsure) sure.erase(name);
    EXPECT_EQ(text(yes), text(sure)) << what;
    if (!maybe) {
        EXPECT_EQ(text(unsure), "") << what << " should be known";
    }
}

// A database with the fixture, and copies of it for what has to be prepared or can't be rolled back.
class Fixture {
public:
    explicit Fixture(const pg::Conninfo& server, std::string name) : server_(server), name_(std::move(name)) {
        auto admin = open(server_);
        message(admin, "create database " + name_);
        const auto fixture = read_file(kData / "matrix_fixture.sql");
        EXPECT_TRUE(fixture.has_value());
        auto connection = connect();
        message(connection, *fixture + "; analyze");
    }
    ~Fixture() { drop(name_); }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    pg::Connection connect(const std::string& database = {}) const {
        pg::Conninfo where = server_;
        where.set("dbname", database.empty() ? name_ : database);
        return open(where);
    }
    std::string copy() {
        const std::string copied = name_ + "_" + std::to_string(++copies_);
        auto admin = open(server_);
        message(admin, "create database " + copied + " template " + name_);
        return copied;
    }
    void drop(const std::string& database) const {
        auto admin = open(server_);
        message(admin, "drop database " + database + " with (force)");
    }
    const std::string& name() const { return name_; }

private:
    static pg::Connection open(const pg::Conninfo& where) {
        auto connection = pg::Connection::open(where, limits());
        EXPECT_TRUE(connection.has_value()) << (connection ? "" : connection.error().message);
        return std::move(*connection);
    }

    pg::Conninfo server_;
    std::string name_;
    int copies_ = 0;
};

// Here nobody but the planner, or the data, knows whether a relation is read as a whole: the statement is a query, or
// checks a foreign key by one. Any other uncertainty is a fault.
bool asks_a_planner(const Row& row) {
    static const std::set<std::string> checks_key{"a32", "a128", "a130", "b10", "b25", "b40", "b59"};
    static const std::set<std::string> queries{"a213", "a214", "a215", "a216", "a233", "b60"};
    return row.id.starts_with('c') || checks_key.contains(row.id) || queries.contains(row.id);
}

// TRUNCATE gives new files, and builds indexes over nothing: no row is read or written.
bool empties(const Row& row) {
    return row.statements.front().starts_with("truncate");
}

// What the probes say before the statement runs is what the server says when it does.
void compare_probes(pg::Connection& connection, const Predicted& predicted, const Seen& seen) {
    std::map<std::string, bool> fails;  // by SQLSTATE; those that a probe can tell
    std::set<std::string> untold;
    for (const Failure& failure : predicted.failures) {
        if (failure.probe.empty()) untold.insert(failure.sqlstate);
        if (failure.probe.empty()) continue;
        const auto found = connection.query({.name = "probe", .text = failure.probe}, limits());
        ASSERT_TRUE(found.has_value()) << failure.probe << ": " << found.error().message;
        bool& known = fails[failure.sqlstate];
        known = known || found->size() > 0;
    }
    bool any = false;
    for (const auto& [sqlstate, failing] : fails) {
        any = any || failing;
        if (failing || untold.contains(sqlstate)) continue;
        EXPECT_NE(seen.sqlstate, sqlstate) << "no probe found it";
    }
    if (!any) return;
    EXPECT_TRUE(fails.contains(seen.sqlstate)) << "a probe found rows, and the statement gave " << seen.sqlstate;
}

// Which partitions get rows is known when they are routed: all are predicted.
bool routes(const Row& row) {
    return row.id == "c12";
}

// From the text alone: what is said for sure is so. Rows are in partitions, which the text does not tell, and an empty
// file is not written anew.
void compare_text(const Row& row, const Seen& seen) {
    if (row.statements.size() > 1 || !seen.sqlstate.empty() || empties(row) || !row.before.empty()) return;
    static const std::set<std::string> partitioned{"pt", "ptd"};
    Reader reader;
    const Effect effect = reader.read(row.statements.front());
    for (const RelationEffect& relation : effect.relations) {
        if (partitioned.contains(relation.name) || !seen.locks.contains(relation.name)) continue;
        SCOPED_TRACE("text alone, " + relation.name);
        EXPECT_EQ(short_name(relation.lock), seen.locks.at(relation.name));
        if (relation.rewrites != Certainty::maybe) {
            EXPECT_EQ(relation.rewrites == Certainty::yes, seen.rewritten.contains(relation.name));
        }
        if (relation.scans != Certainty::maybe) {
            EXPECT_EQ(relation.scans == Certainty::yes, seen.scanned.contains(relation.name));
        }
    }
}

void compare(pg::Connection& connection, const World& world, const Row& row) {
    SCOPED_TRACE(row.id + ": " + row.statements.front());
    const Predicted predicted = predict(world, row);
    const Seen seen = measure(connection, row);
    if (row.statements.size() == 1) compare_probes(connection, predicted, seen);
    if (row.id.front() != 'c') compare_text(row, seen);
    if (!seen.sqlstate.empty()) {
        EXPECT_TRUE(predicted.sqlstate == seen.sqlstate || predicted.may_fail.contains(seen.sqlstate))
            << seen.sqlstate << " " << seen.message << "; predicted: " << predicted.sqlstate;
        return;
    }
    EXPECT_EQ(predicted.sqlstate, "") << predicted.error;
    if (routes(row)) {
        for (const auto& [relation, mode] : seen.locks) EXPECT_EQ(predicted.locks.at(relation), mode) << relation;
    } else {
        EXPECT_EQ(text(predicted.locks), text(seen.locks));
    }
    if (empties(row)) return;
    expect_as_said(predicted.rewrites, seen.rewritten, "rewritten", asks_a_planner(row));
    expect_as_said(predicted.scans, seen.scanned, "scanned", asks_a_planner(row));
}

Row filled(Row row, const std::string& database) {
    for (std::string& statement : row.statements) {
        constexpr std::string_view kName = "{database}";
        if (const auto at = statement.find(kName); at != std::string::npos)
            statement.replace(at, kName.size(), database);
    }
    return row;
}

// Each statement in a transaction that is rolled back.
void compare_plain(Fixture& fixture, const std::vector<Row>& all) {
    auto connection = fixture.connect();
    message(connection, "set search_path = app, public");
    const catalog::Snapshot snapshot = snapshot_of(connection);
    const World world = world_of(snapshot, connection);
    for (const Row& row : all) {
        if (!row.outside && row.before.empty()) compare(connection, world, filled(row, fixture.name()));
    }
}

// After a preparation, in a copy of the database.
void compare_prepared(Fixture& fixture, const Row& row) {
    SCOPED_TRACE(row.id);
    const std::string name = fixture.copy();
    {
        auto connection = fixture.connect(name);
        message(connection, "set search_path = app, public");
        for (const std::string& statement : row.before) message(connection, statement);
        const catalog::Snapshot snapshot = snapshot_of(connection);
        compare(connection, world_of(snapshot, connection), row);
    }
    fixture.drop(name);
}

void compare_all(Fixture& fixture, const std::string& file) {
    const std::vector<Row> all = rows_of(file);
    compare_plain(fixture, all);
    for (const Row& row : all) {
        if (!row.outside && !row.before.empty()) compare_prepared(fixture, row);
    }
}

TEST(Matrix, PredictionsWithACatalogAreWhatAServerDoes) {
    Fixture fixture{testing::server().conninfo(), "matrix"};
    compare_all(fixture, "matrix.tsv");
}

TEST(Matrix, MorePredictionsAreWhatAServerDoes) {
    Fixture fixture{testing::server().conninfo(), "more"};
    compare_all(fixture, "matrix_more.tsv");
}

// What can't run in a transaction: another session keeps the relation from being had, and the locks that are held or
// waited for are looked at. A later phase, which begins when it lets go, is over too soon to be seen each time: so what
// is seen has to be predicted, and no stronger lock than is seen may be said of the relation that is held.
Locks watch(Fixture& fixture, const std::string& database, const Row& row, const std::string& held) {
    Locks seen;
    auto holder = fixture.connect(database);
    auto watcher = fixture.connect(database);
    message(holder, "begin; lock table app." + held + " in share update exclusive mode");
    std::jthread runs([&] {
        auto runner = fixture.connect(database);
        message(runner, "set application_name = 'runner'");
        static_cast<void>(runner.run_message(row.statements.front(), limits()));
    });
    const auto look = [&] {
        const pg::Rows found = rows(
            watcher,
            "select c.relname, array_position(array['AccessShareLock', 'RowShareLock', 'RowExclusiveLock', "
            "'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', "
            "'AccessExclusiveLock'], mode) "
            "from pg_locks l join pg_class c on c.oid = l.relation join pg_stat_activity a using (pid) "
            "where a.application_name = 'runner' and c.relnamespace = 'app'::regnamespace"
        );
        for (int i = 0; i < found.size(); ++i) {
            std::string& mode = seen[std::string{found.text(i, 0)}];
            const std::string now{kShort[static_cast<std::size_t>(found.integer(i, 1))]};
            if (mode.empty() || std::ranges::find(kShort, mode) < std::ranges::find(kShort, now)) mode = now;
        }
        return found.size() > 0;
    };
    for (int i = 0; i < 2000 && !look(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds{2});
    look();
    message(holder, "rollback");
    return seen;
}

TEST(Matrix, LocksOutsideOfTransactionsAreThosePredicted) {
    static const std::map<std::string, std::string> held{
        {"a53", "big"},
        {"a143", "big"},
        {"a144", "big"},
        {"a151", "big"},
        {"a152", "child"},
        {"a157", "child"},
        {"a158", "child"},
        {"a164", "pt"},
        {"b45", "mc"},
        {"b46", "big"},
    };
    Fixture fixture{testing::server().conninfo(), "outside"};
    std::size_t compared = 0;
    for (const Row& row : rows_of("matrix.tsv")) {
        const auto relation = held.find(row.id);
        if (!row.outside || relation == held.end()) continue;
        SCOPED_TRACE(row.id + ": " + row.statements.front());
        const std::string name = fixture.copy();
        Predicted predicted;
        {
            auto connection = fixture.connect(name);
            const catalog::Snapshot snapshot = snapshot_of(connection);
            predicted = predict(world_of(snapshot, connection), row);
        }
        const Locks seen = watch(fixture, name, row, relation->second);
        EXPECT_EQ(seen.contains(relation->second), true);
        for (const auto& [relation_seen, mode] : seen) {
            ASSERT_TRUE(predicted.locks.contains(relation_seen)) << relation_seen << " " << mode;
            EXPECT_LE(
                std::ranges::find(kShort, mode) - kShort.begin(),
                std::ranges::find(kShort, predicted.locks.at(relation_seen)) - kShort.begin()
            ) << relation_seen;
        }
        EXPECT_EQ(seen.at(relation->second), predicted.locks.at(relation->second));
        fixture.drop(name);
        ++compared;
    }
    EXPECT_EQ(compared, held.size());
}

TEST(Matrix, StatementsOutsideOfTransactionsThatAreRefusedAreKnown) {
    Fixture fixture{testing::server().conninfo(), "refused"};
    auto connection = fixture.connect();
    const catalog::Snapshot snapshot = snapshot_of(connection);
    const World world = world_of(snapshot, connection);
    for (const Row& row : rows_of("matrix.tsv")) {
        if (row.id != "a147") continue;
        const auto done = connection.run_message(row.statements.front(), limits());
        ASSERT_FALSE(done.has_value());
        EXPECT_EQ(predict(world, row).sqlstate, done.error().sqlstate);
    }
}

TEST(Matrix, PredictionsAreWhatOtherVersionsDo) {
    for (const auto& binaries : testing::other_versions()) {
        auto server = pg_server::Throwaway::start({.binaries = binaries}, limits());
        ASSERT_TRUE(server.has_value()) << server.error().message;
        Fixture fixture{server->conninfo(), "matrix"};
        SCOPED_TRACE(binaries.major());
        compare_all(fixture, "matrix.tsv");
        compare_all(fixture, "matrix_more.tsv");
    }
}

}  // namespace
}  // namespace drydock::effects
