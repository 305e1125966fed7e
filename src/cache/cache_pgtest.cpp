#include "cache/cache.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "control/schema_pgtest.h"
#include "testing/redis_server.h"

namespace drydock::cache {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Limits limits() {
    return Limits::within(std::chrono::minutes{5});
}

// The control plane's schema, and a server of drydock on it, with Redis or without.
class Plane {
public:
    Plane() {
        auto admin = database_.connect();
        control::schema::apply_before(admin);
        store_.emplace(control::StoreOptions{.where = database_.conninfo(), .role = "drydock_api", .connections = 8});
    }
    std::unique_ptr<Cache> server(const testing::RedisServer* redis, CacheOptions options = {}) {
        if (redis) options.redis = redis::ConnectOptions{.host = "127.0.0.1", .port = redis->port()};
        // What is slow here is the machine.
        options.degrading.patience = seconds{30};
        return std::make_unique<Cache>(*store_, net::Dialler{net::EgressPolicy::everything()}, options);
    }
    std::string run(std::string_view sql) { return database_.run(sql); }
    control::Store& store() { return *store_; }

private:
    testing::Database database_;
    std::optional<control::Store> store_;
};

enum class Kind : std::uint8_t { without_redis, with_redis, redis_is_dead };

// Everything here holds with Redis, without it, and with one that is down.
class CacheTest : public ::testing::TestWithParam<Kind> {
protected:
    CacheTest() {
        if (GetParam() != Kind::without_redis) redis_.emplace();
        if (GetParam() == Kind::redis_is_dead) redis_->kill();
    }
    const testing::RedisServer* redis() const { return redis_ ? &*redis_ : nullptr; }

    Plane plane_;
    std::optional<testing::RedisServer> redis_;
};

TEST_P(CacheTest, KeepsValuesUntilTheyAreErased) {
    const auto cache = plane_.server(redis());
    auto& values = cache->values();
    const std::string bytes("\0\r\n\xff", 4);
    ASSERT_TRUE(values.set(key("t", "a"), bytes, hours{1}, limits()).has_value());
    ASSERT_TRUE(values.set(key("t", "b"), "2", hours{1}, limits()).has_value());
    EXPECT_EQ(values.get(key("t", "a"), limits())->value_or("none"), bytes);
    EXPECT_FALSE(values.get(key("u", "a"), limits())->has_value()) << "another space";
    ASSERT_TRUE(values.set(key("t", "a"), "new", hours{1}, limits()).has_value());
    EXPECT_EQ(values.get(key("t", "a"), limits())->value_or("none"), "new");
    ASSERT_TRUE(values.erase(key("t", "a"), limits()).has_value());
    EXPECT_FALSE(values.get(key("t", "a"), limits())->has_value());
    EXPECT_TRUE(values.get(key("t", "b"), limits())->has_value());
    ASSERT_TRUE(values.clear(limits()).has_value());
    EXPECT_FALSE(values.get(key("t", "b"), limits())->has_value());
}

TEST_P(CacheTest, KeepsNoValueThatIsTooLargeOrOver) {
    const auto cache = plane_.server(redis());
    auto& values = cache->values();
    ASSERT_TRUE(values.set("t:a", "old", hours{1}, limits()).has_value());
    ASSERT_TRUE(values.set("t:a", std::string(std::size_t{3} * 1024 * 1024, 'x'), hours{1}, limits()).has_value());
    EXPECT_FALSE(values.get("t:a", limits())->has_value()) << "and the old one is not the value any more";
    ASSERT_TRUE(values.set("t:b", "x", milliseconds{0}, limits()).has_value());
    EXPECT_FALSE(values.get("t:b", limits())->has_value());
}

TEST_P(CacheTest, LimitsWithinAWindow) {
    const auto cache = plane_.server(redis());
    const RateLimit limit{.most = 5, .window = hours{1}};
    for (int i = 4; i >= 0; --i) {
        const auto verdict = cache->limiter().take("api", "token 1", limit, limits());
        ASSERT_TRUE(verdict.has_value()) << verdict.error().message;
        EXPECT_TRUE(verdict->allowed);
        EXPECT_EQ(verdict->remaining, i);
    }
    const auto refused = cache->limiter().take("api", "token 1", limit, limits());
    EXPECT_FALSE(refused->allowed);
    EXPECT_GT(refused->retry_after(), seconds{3000});
    EXPECT_LE(refused->retry_after(), seconds{3600});
    EXPECT_TRUE(cache->limiter().take("api", "token 2", limit, limits())->allowed);
    EXPECT_TRUE(cache->limiter().take("login", "token 1", limit, limits())->allowed);
    ASSERT_TRUE(cache->limiter().forget("api", "token 1", limits()).has_value());
    EXPECT_TRUE(cache->limiter().take("api", "token 1", limit, limits())->allowed);
    EXPECT_FALSE(cache->limiter().take("api", "token 3", limit, limits(), 6)->allowed) << "it costs six";
}

TEST_P(CacheTest, ALimitHoldsOverAllServersAndThreads) {
    std::vector<std::unique_ptr<Cache>> servers;
    for (int i = 0; i < 3; ++i) servers.push_back(plane_.server(redis()));
    std::atomic<int> allowed = 0;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 6; ++i) {
            threads.emplace_back([&, i] {
                for (int k = 0; k < 20; ++k) {
                    const auto verdict =
                        servers[i % 3]->limiter().take("api", "all", {.most = 50, .window = hours{1}}, limits());
                    if (!verdict) {
                        ++failed;
                    } else if (verdict->allowed) {
                        ++allowed;
                    }
                }
            });
        }
    }
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(allowed, 50);
}

TEST_P(CacheTest, AWindowThatIsOverBeginsAnew) {
    const auto cache = plane_.server(redis());
    // A window of one millisecond is over by the time that some later call comes.
    const RateLimit limit{.most = 1, .window = milliseconds{1}};
    ASSERT_TRUE(cache->limiter().take("api", "brief", limit, limits())->allowed);
    while (!cache->limiter().take("api", "brief", limit, limits())->allowed) {
    }
    const auto again = cache->limiter().take("api", "other", limit, limits());
    EXPECT_EQ(again->remaining, 0);
}

TEST_P(CacheTest, OnlyAnEndOfTheCallersOwnLimitsIsAnError) {
    const auto cache = plane_.server(redis());
    std::stop_source stop;
    stop.request_stop();
    const Limits stopped = Limits::within(seconds{60}, stop.get_token());
    const auto verdict = cache->limiter().take("api", "x", {.most = 5}, stopped);
    ASSERT_FALSE(verdict.has_value());
    EXPECT_EQ(verdict.error().code, ErrorCode::cancelled);
    EXPECT_TRUE(cache->limiter().take("api", "x", {.most = 5}, limits())->allowed);
}

INSTANTIATE_TEST_SUITE_P(
    Everywhere,
    CacheTest,
    ::testing::Values(Kind::without_redis, Kind::with_redis, Kind::redis_is_dead),
    [](const auto& kind) {
        switch (kind.param) {
            case Kind::without_redis:
                return "WithoutRedis";
            case Kind::with_redis:
                return "WithRedis";
            case Kind::redis_is_dead:
                return "WithADeadRedis";
        }
        return "";
    }
);

// Redis that dies and comes back, with a breaker whose clock the test moves.
class RedisDiesTest : public ::testing::Test {
protected:
    CacheOptions options() {
        CacheOptions result;
        result.degrading.breaker.failures = 2;
        result.degrading.breaker.now = [this] { return now_.load(); };
        return result;
    }
    void pass(seconds time) { now_ = now_.load() + time; }

    Plane plane_;
    testing::RedisServer redis_;
    std::atomic<Limits::Clock::time_point> now_{Limits::Clock::now()};
};

TEST_F(RedisDiesTest, CostsSpeedOnlyAndHealsByItself) {
    const auto cache = plane_.server(&redis_, options());
    auto& values = cache->values();
    ASSERT_TRUE(values.set("t:a", "1", hours{1}, limits()).has_value());
    EXPECT_FALSE(cache->redis_figures()->degraded);
    redis_.kill();
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(values.get("t:a", limits()).has_value());
        EXPECT_TRUE(values.set("t:b", std::to_string(i), hours{1}, limits()).has_value());
        EXPECT_EQ(values.get("t:b", limits())->value_or("none"), std::to_string(i));
        EXPECT_TRUE(cache->limiter().take("api", "x", {.most = 100, .window = hours{1}}, limits())->allowed);
    }
    const auto down = *cache->redis_figures();
    EXPECT_TRUE(down.degraded);
    EXPECT_EQ(down.failures, 4U) << "two by values, two by counters; then nobody tried";
    EXPECT_EQ(plane_.run("SELECT count FROM platform.rate_limits WHERE key = 'rate_api:x'"), "10")
        << "PostgreSQL counted for Redis";

    redis_.start();
    EXPECT_TRUE(values.set("t:c", "1", hours{1}, limits()).has_value());
    EXPECT_TRUE(cache->redis_figures()->degraded) << "not before its pause is over";
    pass(seconds{60});
    EXPECT_TRUE(values.set("t:d", "1", hours{1}, limits()).has_value());
    EXPECT_TRUE(cache->limiter().take("api", "x", {.most = 100, .window = hours{1}}, limits())->allowed);
    EXPECT_FALSE(cache->redis_figures()->degraded);
    const auto other = plane_.server(&redis_);
    EXPECT_TRUE(other->values().get("t:d", limits())->has_value()) << "it stands in Redis again";
}

TEST_F(RedisDiesTest, WhatWasErasedMeanwhileDoesNotComeBack) {
    // Redis stays up; only this server can't reach it for a while.
    std::atomic<bool> reachable = true;
    const auto pool = std::make_shared<redis::Pool>(
        [&](const Limits& within) -> Result<redis::Client> {
            if (!reachable) return Error{.code = ErrorCode::unavailable, .message = "cut off"};
            return redis::Client::connect(
                net::Dialler{net::EgressPolicy::everything()}, {.host = "127.0.0.1", .port = redis_.port()}, within
            );
        },
        redis::PoolOptions{.lifetime = seconds{0}}  // a new connection each time
    );
    auto degrading = options().degrading;
    degrading.patience = seconds{30};
    degrading.remembered = 3;
    const auto better = std::make_shared<RedisValues>(pool, RedisOptions{});
    DegradingValues values{better, std::make_shared<MemoryValues>(), degrading};
    const auto set = [&](const char* name, const char* value) {
        ASSERT_TRUE(values.set(name, value, hours{1}, limits()).has_value());
    };
    const auto get = [&](const char* name) { return values.get(name, limits())->value_or("none"); };
    set("s:gone", "old");
    set("s:changed", "old");
    set("s:kept", "old");

    reachable = false;
    ASSERT_TRUE(values.erase("s:gone", limits()).has_value());
    set("s:changed", "new");
    EXPECT_EQ(get("s:gone"), "none");
    EXPECT_EQ(get("s:changed"), "new");
    reachable = true;
    pass(seconds{60});
    EXPECT_EQ(get("s:gone"), "none") << "an ended session must not live again";
    EXPECT_EQ(get("s:changed"), "none") << "the old value must not live again; the new one can be had anew";
    EXPECT_EQ(get("s:kept"), "old");

    // A second time, and the memory of the first is not its truth.
    set("s:changed", "newer");
    reachable = false;
    EXPECT_EQ(get("s:changed"), "none");
    EXPECT_EQ(get("s:changed"), "none");
    // More than it remembers: all goes.
    for (const char* name : {"s:1", "s:2", "s:3", "s:4", "s:kept"}) {
        ASSERT_TRUE(values.erase(name, limits()).has_value());
    }
    reachable = true;
    pass(seconds{60});
    EXPECT_EQ(get("s:kept"), "none");
    EXPECT_EQ(get("s:changed"), "none");
    set("s:kept", "again");
    EXPECT_EQ(get("s:kept"), "again");
}

TEST_F(RedisDiesTest, InTheMiddleOfManyCallsNoneFails) {
    const auto cache = plane_.server(&redis_, options());
    std::atomic<int> failed = 0;
    std::atomic<int> done = 0;
    std::mutex mutex;
    std::condition_variable halfway;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int k = 0; k < 200; ++k) {
                const auto name = fmt::format("t:{}-{}", i, k % 10);
                const bool good = cache->values().set(name, "x", hours{1}, limits()).has_value() &&
                                  cache->values().get(name, limits()).has_value() &&
                                  cache->limiter().take("api", name, {.most = 1000}, limits()).has_value();
                if (!good) ++failed;
                if (++done == 200) {
                    const std::lock_guard lock{mutex};
                    halfway.notify_all();
                }
            }
        });
    }
    {
        std::unique_lock lock{mutex};
        halfway.wait(lock, [&] { return done >= 200; });
    }
    redis_.kill();
    threads.clear();
    EXPECT_EQ(done, 800);
    EXPECT_EQ(failed, 0);
}

TEST_F(RedisDiesTest, CountersInRedisAlwaysEnd) {
    const auto cache = plane_.server(&redis_);
    auto client = redis::Client::connect(
        net::Dialler{net::EgressPolicy::everything()}, {.host = "127.0.0.1", .port = redis_.port()}, limits()
    );
    ASSERT_TRUE(client.has_value());
    ASSERT_TRUE(cache->limiter().take("api", "x", {.most = 5}, limits())->allowed);
    const auto ttl = [&] { return client->command({"PTTL", "drydock:n:rate_api:x"}, limits())->integer; };
    EXPECT_GT(ttl(), 0);
    ASSERT_TRUE(client->command({"PERSIST", "drydock:n:rate_api:x"}, limits()).has_value());
    ASSERT_EQ(ttl(), -1);
    ASSERT_TRUE(cache->limiter().take("api", "x", {.most = 5}, limits())->allowed);
    EXPECT_GT(ttl(), 0);
    ASSERT_TRUE(client->command({"SET", "somebody-elses", "1"}, limits()).has_value());
    ASSERT_TRUE(cache->values().clear(limits()).has_value());
    EXPECT_FALSE(client->command({"GET", "somebody-elses"}, limits())->is_null());
}

TEST(PostgresCountersTest, SurviveARestartOfDrydockAndForgetWhatIsOver) {
    Plane plane;
    const RateLimit limit{.most = 2, .window = hours{1}};
    EXPECT_TRUE(plane.server(nullptr)->limiter().take("login", "x", limit, limits())->allowed);
    EXPECT_TRUE(plane.server(nullptr)->limiter().take("login", "x", limit, limits())->allowed);
    EXPECT_FALSE(plane.server(nullptr)->limiter().take("login", "x", limit, limits())->allowed);
    plane.run("UPDATE platform.rate_limits SET window_start = now() - interval '61 minutes'");
    EXPECT_TRUE(plane.server(nullptr)->limiter().take("login", "x", limit, limits())->allowed);
    EXPECT_EQ(plane.run("SELECT count FROM platform.rate_limits"), "1");
    ASSERT_TRUE(plane.server(nullptr)->tend(limits()).has_value());
    EXPECT_EQ(plane.run("SELECT count(*) FROM platform.rate_limits"), "1");
    plane.run("UPDATE platform.rate_limits SET window_start = now() - interval '25 hours'");
    ASSERT_TRUE(plane.server(nullptr)->tend(limits()).has_value());
    EXPECT_EQ(plane.run("SELECT count(*) FROM platform.rate_limits"), "0");
}

}  // namespace
}  // namespace drydock::cache
