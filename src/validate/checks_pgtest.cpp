// Every check on its fixture: it fires, its fix mends that, and it is silent where nothing is wrong.
#include <atomic>
#include <cstdlib>
#include <thread>

#include "testing/postgres.h"
#include "validate/fixture_pgtest.h"
#include "validate/runner.h"

namespace drydock::validate {
namespace {

using std::chrono::minutes;

// A server of our own: what some checks look for belongs to a whole server.
pg_server::Throwaway start(const std::optional<pg_server::Binaries>& binaries) {
    auto server = pg_server::Throwaway::start(
        {.binaries = binaries,
         .settings = {"max_prepared_transactions=5", "wal_level=logical", "shared_preload_libraries=pg_stat_statements"}
        },
        Limits::within(minutes{2})
    );
    if (!server) throw std::runtime_error{server.error().message + server.error().detail};
    return *std::move(server);
}

// A new database on it, gone at the end.
class OwnDatabase {
public:
    explicit OwnDatabase(const pg::Conninfo& server, const std::string& how = {}) : server_(server), where_(server) {
        static std::atomic<int> count{0};
        name_ = fmt::format("fixture_{}", ++count);
        testing::run_on(server_, fmt::format("CREATE DATABASE {} {}", name_, how));
        where_.set("dbname", name_);
    }
    OwnDatabase(const OwnDatabase&) = delete;
    OwnDatabase& operator=(const OwnDatabase&) = delete;
    ~OwnDatabase() { testing::run_on(server_, fmt::format("DROP DATABASE {} WITH (FORCE)", name_)); }
    const pg::Conninfo& where() const { return where_; }
    // Until the sessions that have ended are gone: what they counted reaches the statistics as they go.
    void settle(std::size_t held) const {
        const auto others =
            fmt::format("SELECT count(*) <= {} FROM pg_stat_activity WHERE datname = '{}'", held, name_);
        for (int tried = 0; tried < 500 && testing::run_on(server_, others) != "t"; ++tried) {
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }

private:
    pg::Conninfo server_;
    pg::Conninfo where_;
    std::string name_;
};

CheckResult look(const pg::Conninfo& where, const std::string& check, const FixturePart& part) {
    Options options{.only = {check}, .parameters = part.parameters};
    options.lock_timeout = std::chrono::seconds{5};
    NoProgress progress;
    const auto report = run(where, options, progress, Limits::within(minutes{2}));
    EXPECT_TRUE(report) << (report ? "" : report.error().message);
    if (!report) return {};
    EXPECT_EQ(report->results.size(), 1U);
    return report->results.empty() ? CheckResult{} : report->results[0];
}

std::multiset<std::string> objects_of(const CheckResult& result) {
    std::multiset<std::string> objects;
    for (const auto& finding : result.findings) objects.insert(finding.object);
    return objects;
}

std::string gaps_of(const CheckResult& result) {
    std::string text;
    for (const auto& gap : result.not_checked)
        text += fmt::format("{}: {}: {}\n", gap.object, name(gap.reason), gap.detail);
    return text;
}

std::string filled_in(std::string text, const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values) {
        if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
    }
    return text;
}

// Where SQL alone doesn't mend it: there is none, or a person has to put something in.
bool for_a_person(const Finding& finding) {
    return finding.fix.empty() || finding.fix.find("...") != std::string::npos;
}

// The fixes as a person would run them: one statement after the other.
void mend(const pg::Conninfo& where, const CheckResult& result) {
    auto connection = pg::Connection::open(where, Limits::within(minutes{1}));
    ASSERT_TRUE(connection);
    for (const auto& finding : result.findings) {
        if (for_a_person(finding)) continue;
        std::string left = finding.fix;
        while (!left.empty()) {
            const auto end = left.find(";\n");
            const auto statement = left.substr(0, end);
            left = end == std::string::npos ? "" : left.substr(end + 2);
            const auto done = connection->run_message(statement, Limits::within(minutes{1}));
            EXPECT_TRUE(done) << statement << "\n" << (done ? "" : done.error().message);
        }
    }
}

// What a part leaves in its database, or on the server when that is gone.
class Cleanup {
public:
    Cleanup(const pg::Conninfo& where, const FixturePart& part, FixtureStep::Kind kind)
        : where_(where), part_(part), kind_(kind) {}
    Cleanup(const Cleanup&) = delete;
    Cleanup& operator=(const Cleanup&) = delete;
    ~Cleanup() {
        for (const auto& step : part_.steps) {
            if (step.kind == kind_) testing::run_on(where_, step.sql);
        }
    }

private:
    const pg::Conninfo& where_;
    const FixturePart& part_;
    FixtureStep::Kind kind_;
};

void run_part(
    const pg::Conninfo& server, const Check& check, const std::string& kind, const FixturePart& part, bool fixes
) {
    using Kind = FixtureStep::Kind;
    const Cleanup cleanup{server, part, Kind::cleanup};
    const OwnDatabase database{server, part.database};
    const Cleanup at_end{database.where(), part, Kind::at_end};
    std::vector<pg::Connection> held;
    for (const auto& step : part.steps) {
        if (step.kind == Kind::cleanup || step.kind == Kind::at_end || step.kind == Kind::before_fix) continue;
        database.settle(held.size());
        auto connection = pg::Connection::open(database.where(), Limits::within(minutes{1}));
        ASSERT_TRUE(connection);
        const auto done = connection->run_message(step.sql, Limits::within(minutes{1}));
        EXPECT_EQ(done.has_value(), step.kind != FixtureStep::Kind::run_failing)
            << step.sql << (done ? "" : done.error().message);
        if (step.kind == FixtureStep::Kind::hold) held.push_back(*std::move(connection));
    }
    database.settle(held.size());
    const auto result = look(database.where(), check.id, part);
    const auto pid = held.empty() ? std::string{} : std::to_string(held[0].backend_pid());
    std::multiset<std::string> expected;
    for (const auto& object : part.objects) {
        expected.insert(filled_in(object, {{"{database}", database.where().get("dbname")}, {"{held}", pid}}));
    }
    EXPECT_EQ(objects_of(result), expected) << kind;
    EXPECT_EQ(result.total_not_checked, 0U) << gaps_of(result);
    for (const auto& finding : result.findings) {
        EXPECT_FALSE(finding.message.empty()) << finding.object;
        EXPECT_EQ(finding.message.find('{'), std::string::npos) << finding.message;
    }
    held.clear();
    if (kind == "fires" && fixes && part.try_fix) {
        for (const auto& step : part.steps) {
            if (step.kind == FixtureStep::Kind::before_fix) testing::run_on(database.where(), step.sql);
        }
        mend(database.where(), result);
        const auto again = look(database.where(), check.id, part);
        std::multiset<std::string> left;
        for (const auto& finding : result.findings) {
            if (for_a_person(finding)) left.insert(finding.object);
        }
        EXPECT_EQ(objects_of(again), left) << "after its fix";
    }
}

void run_fixtures(const pg::Conninfo& server, int major, bool fixes) {
    const char* const only = std::getenv("DRYDOCK_TEST_CHECK");
    for (const auto& fixture : read_fixtures()) {
        const auto* const check = find_check(fixture.check);
        if (check == nullptr || (only != nullptr && fixture.check != only)) continue;
        if (major < check->first_version || major > check->last_version) continue;
        for (const auto& [kind, part] : fixture.parts) {
            SCOPED_TRACE(fmt::format("{} ({}) on PostgreSQL {}", fixture.check, kind, major));
            run_part(server, *check, kind, part, fixes);
        }
    }
}

void run_all_on_nothing(const pg::Conninfo& server) {
    const OwnDatabase database{server};
    NoProgress progress;
    const auto report = run(database.where(), {}, progress, Limits::within(minutes{2}));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->results.size(), checks().size());
    for (const auto& result : report->results) {
        for (const auto& gap : result.not_checked) {
            EXPECT_TRUE(gap.reason == Reason::version || gap.reason == Reason::extension) << result.id << gap.detail;
        }
    }
}

TEST(Checks, EachHasAFixtureThatFiresAndOneThatDoesNot) {
    std::set<std::string> with;
    for (const auto& fixture : read_fixtures()) {
        const auto* const check = find_check(fixture.check);
        ASSERT_NE(check, nullptr) << "tests/validate/" << fixture.group << "/" << fixture.check
                                  << ".sql is of no check";
        EXPECT_EQ(fixture.group, name(check->group)) << fixture.check;
        ASSERT_EQ(fixture.parts.size(), 2U) << fixture.check << " needs a part that fires and one that is silent";
        EXPECT_FALSE(fixture.parts.at("fires").objects.empty()) << fixture.check;
        EXPECT_TRUE(fixture.parts.at("silent").objects.empty()) << fixture.check;
        with.insert(fixture.check);
    }
    for (const auto& check : checks()) EXPECT_TRUE(with.contains(check.id)) << check.id << " has no fixture";
}

// DRYDOCK_TEST_CHECK in the environment names one check: for who writes one.
TEST(Checks, FindWhatTheyAreForAndNothingElse) {
    const auto server = start(std::nullopt);
    const auto version =
        testing::run_on(server.conninfo(), "SELECT current_setting('server_version_num')::int / 10000");
    run_fixtures(server.conninfo(), std::atoi(version.c_str()), true);
    run_all_on_nothing(server.conninfo());
}

TEST(Checks, DoSoOnEachVersion) {
    for (const auto& binaries : testing::other_versions()) {
        const auto server = start(binaries);
        run_fixtures(server.conninfo(), binaries.major(), false);
        run_all_on_nothing(server.conninfo());
    }
}

}  // namespace
}  // namespace drydock::validate
