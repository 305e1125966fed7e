#include "pg/pool.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "testing/postgres.h"

namespace drydock::pg {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PoolTest : public ::testing::Test {
protected:
    PoolOptions options(std::size_t max) {
        PoolOptions result;
        result.where = database.conninfo();
        result.max = max;
        result.now = [this] { return now.load(); };
        return result;
    }
    void pass(seconds time) { now = now.load() + time; }

    testing::Database database;
    Limits limits = Limits::within(seconds{60});
    std::stop_source stop;
    std::atomic<Limits::Clock::time_point> now{Limits::Clock::now()};
};

int pid(const Result<Lease>& lease) {
    return (*lease)->backend_pid();
}

TEST_F(PoolTest, lends_the_same_connection_again) {
    Pool pool{options(2)};
    int first = 0;
    {
        const auto lease = pool.acquire(limits);
        ASSERT_TRUE(lease) << lease.error().message;
        first = pid(lease);
        EXPECT_EQ(pool.figures().leased, 1U);
    }
    EXPECT_EQ(pool.figures().idle, 1U);
    const auto again = pool.acquire(limits);
    ASSERT_TRUE(again);
    EXPECT_EQ(pid(again), first);
    EXPECT_EQ(pool.figures().opened, 1U);
    EXPECT_EQ(pool.figures().acquired, 2U);
}

TEST_F(PoolTest, waits_no_longer_than_the_limits) {
    Pool pool{options(1)};
    const auto held = pool.acquire(limits);
    ASSERT_TRUE(held);
    const auto late = pool.acquire(Limits::within(milliseconds{20}));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
    std::jthread stopper{[&] { stop.request_stop(); }};
    const auto stopped = pool.acquire({.stop = stop.get_token()});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
    EXPECT_EQ(pool.figures().timed_out, 2U);
    EXPECT_EQ(pool.figures().waiting, 0U);
}

TEST_F(PoolTest, never_has_more_than_its_limit_under_many_threads) {
    Pool pool{options(3)};
    std::atomic<int> held{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 12; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 20; ++i) {
                    const auto lease = pool.acquire(limits);
                    if (!lease) continue;
                    const int count = ++held;
                    int seen = most;
                    while (seen < count && !most.compare_exchange_weak(seen, count)) {
                    }
                    if ((*lease)->query({"test.one", "SELECT 1"}, limits)) ++done;
                    --held;
                }
            });
        }
    }
    EXPECT_EQ(done, 240);
    EXPECT_LE(most, 3);
    const auto figures = pool.figures();
    EXPECT_LE(figures.opened, 3U);
    EXPECT_EQ(figures.acquired, 240U);
    EXPECT_EQ(figures.leased, 0U);
    EXPECT_EQ(figures.idle, figures.opened);
}

TEST_F(PoolTest, an_open_transaction_is_rolled_back) {
    Pool pool{options(1)};
    int first = 0;
    {
        const auto lease = pool.acquire(limits);
        ASSERT_TRUE(lease);
        first = pid(lease);
        ASSERT_TRUE((*lease)->run_message("BEGIN; CREATE TABLE gone()", limits));
    }
    const auto lease = pool.acquire(limits);
    ASSERT_TRUE(lease);
    EXPECT_EQ(pid(lease), first);
    EXPECT_EQ((*lease)->transaction_status(), TransactionStatus::idle);
    EXPECT_EQ(database.run("SELECT to_regclass('gone') IS NULL"), "t");
}

TEST_F(PoolTest, a_broken_one_is_dropped_and_its_statement_cancelled) {
    Pool pool{options(1)};
    int first = 0;
    {
        const auto lease = pool.acquire(limits);
        ASSERT_TRUE(lease);
        first = pid(lease);
        EXPECT_FALSE((*lease)->query({"test.sleep", "SELECT pg_sleep(600)"}, Limits::within(milliseconds{50})));
    }
    EXPECT_EQ(pool.figures().dropped_broken, 1U);
    const auto lease = pool.acquire(limits);
    ASSERT_TRUE(lease);
    EXPECT_NE(pid(lease), first);
    EXPECT_TRUE((*lease)->query({"test.one", "SELECT 1"}, limits));
    database.run(fmt::format(
        "DO $$BEGIN FOR i IN 1..6000 LOOP"
        " IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {}) THEN RETURN; END IF;"
        " PERFORM pg_sleep(0.005), pg_stat_clear_snapshot(); END LOOP; RAISE 'it still runs'; END$$",
        first
    ));
}

TEST_F(PoolTest, one_that_the_server_ended_while_idle_is_replaced) {
    Pool pool{options(1)};
    int first = 0;
    {
        const auto lease = pool.acquire(limits);
        ASSERT_TRUE(lease);
        first = pid(lease);
    }
    database.run(fmt::format("SELECT pg_terminate_backend({}, 10000)", first));
    const auto lease = pool.acquire(limits);
    ASSERT_TRUE(lease);
    EXPECT_NE(pid(lease), first);
    EXPECT_TRUE((*lease)->query({"test.one", "SELECT 1"}, limits));
    EXPECT_EQ(pool.figures().dropped_broken, 1U);
}

TEST_F(PoolTest, idle_and_lifetime_limits_close_connections) {
    auto settings = options(3);
    settings.min = 1;
    settings.idle_limit = seconds{10};
    settings.lifetime = seconds{100};
    Pool pool{settings};
    {
        std::vector<Result<Lease>> leases;
        for (int i = 0; i < 3; ++i) leases.push_back(pool.acquire(limits));
    }
    EXPECT_EQ(pool.figures().idle, 3U);
    ASSERT_TRUE(pool.tend(limits));
    EXPECT_EQ(pool.figures().idle, 3U);
    pass(seconds{11});
    ASSERT_TRUE(pool.tend(limits));
    EXPECT_EQ(pool.figures().idle, 1U);
    EXPECT_EQ(pool.figures().opened, 3U);
    pass(seconds{100});
    ASSERT_TRUE(pool.tend(limits));
    EXPECT_EQ(pool.figures().idle, 1U);
    EXPECT_EQ(pool.figures().opened, 4U);
    pass(seconds{100});
    EXPECT_TRUE(pool.acquire(limits));
    EXPECT_EQ(pool.figures().opened, 5U);
    EXPECT_EQ(pool.figures().dropped_expired, 4U);
}

TEST_F(PoolTest, a_thread_of_its_own_opens_the_minimum) {
    auto settings = options(4);
    settings.min = 2;
    settings.tend_every = milliseconds{1};
    const Pool pool{settings};
    while (pool.figures().idle < 2 && Limits::Clock::now() < limits.deadline) std::this_thread::yield();
    EXPECT_EQ(pool.figures().idle, 2U);
}

TEST_F(PoolTest, prepares_each_connection_once) {
    auto settings = options(1);
    int prepared = 0;
    settings.prepare = [&](Connection& connection, const Limits& within) {
        ++prepared;
        return connection.run_message("SET search_path = elsewhere", within);
    };
    Pool pool{settings};
    for (int i = 0; i < 2; ++i) {
        const auto lease = pool.acquire(limits);
        ASSERT_TRUE(lease);
        EXPECT_EQ((*lease)->query({"test.path", "SHOW search_path"}, limits)->text(0, 0), "elsewhere");
    }
    EXPECT_EQ(prepared, 1);
}

TEST_F(PoolTest, a_connection_that_can_not_be_opened_frees_its_place) {
    auto settings = options(1);
    settings.where.set("dbname", "no_such_database");
    Pool pool{settings};
    for (int i = 0; i < 3; ++i) {
        const auto lease = pool.acquire(limits);
        ASSERT_FALSE(lease);
        EXPECT_EQ(lease.error().sqlstate, "3D000");
    }
    EXPECT_EQ(pool.figures().open_failed, 3U);
    EXPECT_EQ(pool.figures().leased, 0U);
}

TEST_F(PoolTest, closing_wakes_who_waits_and_leases_may_outlive_it) {
    auto pool = std::make_unique<Pool>(options(1));
    auto lease = pool->acquire(limits);
    ASSERT_TRUE(lease);
    Result<Lease> waited = Error{};
    {
        std::jthread waiter{[&] { waited = pool->acquire(limits); }};
        while (pool->figures().waiting == 0) std::this_thread::yield();
        pool->close();
    }
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::unavailable);
    pool.reset();
    EXPECT_TRUE((*lease)->query({"test.one", "SELECT 1"}, limits));
}

TEST_F(PoolTest, a_discarded_lease_is_not_lent_again) {
    Pool pool{options(1)};
    int first = 0;
    {
        auto lease = pool.acquire(limits);
        ASSERT_TRUE(lease);
        first = pid(lease);
        lease->discard();
    }
    const auto lease = pool.acquire(limits);
    ASSERT_TRUE(lease);
    EXPECT_NE(pid(lease), first);
}

}  // namespace
}  // namespace drydock::pg
