// Behind PgBouncer, where a session is nobody's: leases instead of locks.
#include <functional>
#include <thread>

#include <fmt/format.h>

#include "migrate/bouncer_pgtest.h"
#include "migrate/sandbox_pgtest.h"

namespace drydock::migrate {
namespace {

using Kind = ProgressEvent::Kind;
using std::chrono::milliseconds;
using std::chrono::minutes;

class Pooled : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
        if (!has_pgbouncer()) GTEST_SKIP() << "there is no " << kPgBouncer;
        bouncer = std::make_unique<Bouncer>(GetParam(), 30);
        where = bouncer->through(box.database.conninfo());
    }
    Result<RunReport> up(Progress& progress, const Options& options) const {
        DRYDOCK_TRY(const auto project, box.project());
        return migrate::up({where, project, options}, {}, progress, Limits::within(minutes{2}));
    }
    Result<RunReport> up() { return up(box.heard, box.options); }

    Sandbox box;
    std::unique_ptr<Bouncer> bouncer;
    pg::Conninfo where;
};

INSTANTIATE_TEST_SUITE_P(PgBouncer, Pooled, ::testing::Values("transaction", "session"), [](const auto& tested) {
    return std::string{tested.param};
});

TEST_P(Pooled, IsSeen) {
    const auto target = Target::open(where, box.options, {});
    ASSERT_TRUE(target) << target.error().message << target.error().detail;
    EXPECT_TRUE(target->facts().pooled);
    EXPECT_FALSE(Target::open(box.database.conninfo(), box.options, {})->facts().pooled);
}

TEST_P(Pooled, AMixedProjectIsAppliedAndTakenBack) {
    box.write("001_a.sql", "CREATE TABLE a (n int, t text);\nSET search_path = pg_catalog;");
    box.write("002_b.sql", "CREATE INDEX CONCURRENTLY a_n ON a (n);\nCREATE INDEX CONCURRENTLY ON a (t);");
    box.write(
        "003_c.sql", "BEGIN;\nINSERT INTO a VALUES (1, 'x');\nCOMMIT;\nBEGIN;\nINSERT INTO a VALUES (2, 'y');\nCOMMIT;"
    );
    box.write("004_d.sql", "COPY a FROM stdin;\n3\tz\n\\.\nVACUUM a;");
    box.write("005_e.sql", "CREATE TYPE mood AS ENUM ('ok');");
    box.write("006_f.sql", "ALTER TYPE mood ADD VALUE 'glad';\nCREATE TABLE m AS SELECT 'glad'::mood AS v;");
    std::string big;
    for (int i = 0; i < 60'000; ++i) big += fmt::format("INSERT INTO a VALUES ({}, '{:0>60}');\n", i + 10, i);
    box.write("007_big.sql", big);
    box.write("008_own.sql", "SELECT drydock.require(true, '');\nCREATE TABLE last ();");
    box.write("verify-008.sql", "SELECT count(*) = 60003 FROM a;");
    box.write("rollback-008.sql", "DROP TABLE last;\nDROP INDEX CONCURRENTLY a_n;");
    EXPECT_EQ(succeeded(up()).done.size(), 8U);
    EXPECT_EQ(box.run("SELECT count(*) FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid"), "2");
    EXPECT_EQ(box.run("SELECT count(*) FROM drydock.run_lease"), "0") << "given back";
    const auto project = *box.project();
    succeeded(migrate::roll_back({where, project, box.options}, {.last = 1}, box.heard, Limits::within(minutes{2})));
    EXPECT_FALSE(box.exists("a_n"));
    EXPECT_EQ(box.run("SELECT count(*) FROM drydock.run_lease"), "0");
}

TEST_P(Pooled, EightRunnersAtOnceRunEachMigrationOnce) {
    for (int i = 1; i <= 5; ++i) {
        box.write(
            fmt::format("00{}_t.sql", i),
            fmt::format("CREATE TABLE t{0} (n int);\nCREATE INDEX CONCURRENTLY ON t{0} (n);", i)
        );
    }
    std::atomic<std::size_t> done{0};
    {
        std::vector<std::jthread> runners;
        for (int i = 0; i < 8; ++i) runners.emplace_back([&] { done += succeeded(up()).done.size(); });
    }
    EXPECT_EQ(done, 5U);
    EXPECT_EQ(box.run("SELECT count(*) FROM drydock.migration_event WHERE event = 'applied'"), "5");
    EXPECT_EQ(
        box.run("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE relname ~ '^t[1-5]$'"), "5"
    );
}

TEST_P(Pooled, AMigrationWhoseRunLostItsLeaseLeavesNothing) {
    box.options.lease = milliseconds{1'500};
    constexpr std::string_view kSteal = "UPDATE drydock.run_lease SET holder = gen_random_uuid(), client = 'thief'";
    box.write("001_a.sql", "CREATE TABLE a ();");
    box.write("002_b.sql", fmt::format("CREATE TABLE b ();\n{};", kSteal));
    auto error = failed(up());
    EXPECT_NE(error.message.find("lease of this run was lost"), std::string::npos) << error.message;
    EXPECT_EQ(error.code, ErrorCode::failed);
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending");
    EXPECT_FALSE(box.exists("b"));

    box.write("002_b.sql", "CREATE TABLE b ();");
    box.write("hooks/before-002_b.sql", fmt::format("{};", kSteal));
    error = failed(up());
    EXPECT_NE(error.message.find("lease of this run was lost"), std::string::npos) << error.message;
    EXPECT_FALSE(box.exists("b"));

    box.write("002_b.sql", "VACUUM;\nCREATE TABLE b ();");
    error = failed(up());
    EXPECT_NE(error.message.find("lease of this run was lost"), std::string::npos) << error.message;
    EXPECT_EQ(box.states(), "001_a=applied 002_b=pending") << "it had not begun";

    box.remove("hooks/before-002_b.sql");
    EXPECT_EQ(succeeded(up()).done.size(), 1U) << "the thief is gone when its lease is over";
    const auto waits = box.heard.of(Kind::waiting);
    ASSERT_FALSE(waits.empty());
    EXPECT_NE(waits.back().text.find("thief (its lease ends in"), std::string::npos) << waits.back().text;
}

TEST_P(Pooled, TheLeaseOfADeadHolderEnds) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(up());
    box.write("002_b.sql", "CREATE TABLE b ();");
    box.run(
        "INSERT INTO drydock.run_lease VALUES ('main', gen_random_uuid(), 'dead@host', clock_timestamp() + interval '1 "
        "s')"
    );
    auto impatient = box.options;
    impatient.run_lock_wait = milliseconds{50};
    const auto error = failed(up(box.heard, impatient));
    EXPECT_EQ(error.code, ErrorCode::locked);
    EXPECT_NE(error.message.find("dead@host"), std::string::npos) << error.message;
    EXPECT_EQ(succeeded(up()).done.size(), 1U);
}

TEST_P(Pooled, TheLeaseIsRenewedAsLongAsTheRunTakes) {
    box.options.lease = milliseconds{900};
    box.options.lock_timeout = minutes{2};
    box.write("001_a.sql", "SELECT pg_advisory_xact_lock(77);\nCREATE TABLE a ();");
    auto gate = box.database.connect();
    ASSERT_TRUE(gate.run_message("SELECT pg_advisory_lock(77)", {}));
    std::jthread other{[&] {
        while (box.run("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)") != "t") {
        }
        auto options = box.options;
        options.run_lock_wait = milliseconds{2'500};  // more than two lease times
        EXPECT_EQ(failed(up(box.heard, options)).code, ErrorCode::locked);
        EXPECT_TRUE(gate.run_message("SELECT pg_advisory_unlock(77)", {}));
    }};
    EXPECT_EQ(succeeded(up()).done.size(), 1U);
}

TEST_P(Pooled, ARefusedRunGivesItsLeaseBack) {
    box.write("001_a.sql", "CREATE TABLE a ();");
    succeeded(up());
    box.write("002_b.sql", "-- Placeholders: NOTHING\nSELECT ${NOTHING};");
    EXPECT_EQ(failed(up()).code, ErrorCode::invalid_argument);
    EXPECT_EQ(box.run("SELECT count(*) FROM drydock.run_lease"), "0");
}

TEST_P(Pooled, SessionStateBetweenStepsIsRefusedBeforeAnythingRuns) {
    box.write("001_a.sql", "CREATE TABLE a (n int);");
    box.write("002_b.sql", "-- one\nSET search_path = public;\nCREATE INDEX CONCURRENTLY a_n ON a (n);");
    const auto error = failed(up());
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_EQ(error.place.line, 2U);
    EXPECT_NE(error.message.find("pooling proxy"), std::string::npos) << error.message;
    EXPECT_FALSE(box.exists("a"));
    box.write("002_b.sql", "CREATE INDEX CONCURRENTLY a_n ON a (n);");
    box.options.role = "postgres";
    EXPECT_EQ(failed(up()).code, ErrorCode::invalid_argument);
    box.options.role.clear();
    EXPECT_EQ(succeeded(up()).done.size(), 2U);
}

TEST_P(Pooled, StopsOnRequest) {
    box.write("001_a.sql", "CREATE TABLE a ();\nSELECT pg_sleep(600);");
    const auto stop = std::make_unique<std::stop_source>();
    std::jthread presser{[&] {
        while (box.run("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = "
                       "current_database())") != "t") {
        }
        stop->request_stop();
    }};
    const auto project = *box.project();
    const auto report =
        migrate::up({where, project, box.options}, {}, box.heard, Limits::within(minutes{2}, stop->get_token()));
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_TRUE(report->error);
    EXPECT_EQ(report->error->code, ErrorCode::cancelled);
    EXPECT_FALSE(box.exists("a"));
    EXPECT_EQ(box.states(), "001_a=pending");
}

// Fewer connections to the server than there are runners.
TEST(SmallPool, SharesTwoConnectionsAmongFiveRunners) {
    if (!has_pgbouncer()) GTEST_SKIP() << "there is no " << kPgBouncer;
    Sandbox box;
    const Bouncer bouncer{"transaction", 2};
    const auto where = bouncer.through(box.database.conninfo());
    for (int i = 1; i <= 6; ++i) box.write(fmt::format("00{}_t.sql", i), fmt::format("CREATE TABLE t{} ();", i));
    std::atomic<std::size_t> done{0};
    {
        std::vector<std::jthread> runners;
        for (int i = 0; i < 5; ++i) {
            runners.emplace_back([&] {
                const auto project = *box.project();
                done += succeeded(migrate::up({where, project, box.options}, {}, box.heard, Limits::within(minutes{2})))
                            .done.size();
            });
        }
    }
    EXPECT_EQ(done, 6U);
}

}  // namespace
}  // namespace drydock::migrate
