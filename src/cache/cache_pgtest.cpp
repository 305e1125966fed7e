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
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kKey = "k1 0000000000000000000000000000000000000000000000000000000000000001";

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
        clock_.emplace(*store_);
        auto keyring = crypto::Keyring::load({.text = Secret{std::string{kKey}}}, limits());
        keyring_.emplace(*std::move(keyring));
    }
    std::unique_ptr<Cache> server(const testing::RedisServer* redis, CacheOptions options = {}) {
        if (redis) options.redis = redis::ConnectOptions{.host = "127.0.0.1", .port = redis->port()};
        // What is slow here is the machine.
        options.guard.patience = seconds{30};
        return std::make_unique<Cache>(
            *store_,
            *clock_,
            SharedKeys::of(*keyring_).value(),
            net::Dialler{net::EgressPolicy::everything()},
            std::move(options)
        );
    }
    std::string run(std::string_view sql) { return database_.run(sql); }
    control::Store& store() { return *store_; }

private:
    testing::Database database_;
    std::optional<control::Store> store_;
    std::optional<control::Clock> clock_;
    std::optional<crypto::Keyring> keyring_;
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

// Nothing of what it holds can be asked for by who only wants to know whether it is shared.
TEST_P(CacheTest, WhatOneServerHasReadTheOthersFindWhereThereIsARedis) {
    const auto one = plane_.server(redis());
    const auto two = plane_.server(redis());
    const auto mine = one->share("t");
    const auto theirs = two->share("t");
    const std::string bytes("\0\r\n\xff", 4);
    const auto read = control::Clock::Steady::now();
    mine->set("a", bytes, read, hours{1}, limits());
    const auto found = theirs->get("a", hours{1}, limits());
    ASSERT_EQ(found.has_value(), GetParam() == Kind::with_redis);
    EXPECT_FALSE(theirs->get("b", hours{1}, limits()));
    EXPECT_FALSE(two->share("u")->get("a", hours{1}, limits())) << "another space";
    if (!found) return;
    EXPECT_EQ(found->value, bytes);
    EXPECT_LE(found->read, read) << "it never seems younger than it is";
    theirs->distrust();
    EXPECT_FALSE(theirs->get("a", hours{1}, limits()));
    mine->set("a", "new", control::Clock::Steady::now() + minutes{1}, hours{1}, limits());
    EXPECT_FALSE(theirs->get("a", hours{1}, limits())) << "of the future";
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
        result.guard.breaker.failures = 2;
        result.guard.breaker.now = [this] { return now_.load(); };
        return result;
    }
    void pass(seconds time) { now_ = now_.load() + time; }
    static auto now() { return control::Clock::Steady::now(); }

    Plane plane_;
    testing::RedisServer redis_;
    std::atomic<Limits::Clock::time_point> now_{Limits::Clock::now()};
};

TEST_F(RedisDiesTest, CostsSpeedOnlyAndHealsByItself) {
    const auto cache = plane_.server(&redis_, options());
    const auto shared = cache->share("t");
    shared->set("a", "1", now(), hours{1}, limits());
    EXPECT_TRUE(shared->get("a", hours{1}, limits()));
    EXPECT_FALSE(cache->redis_figures()->down);
    redis_.kill();
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(shared->get("a", hours{1}, limits()));
        shared->set("b", "1", now(), hours{1}, limits());
        EXPECT_TRUE(cache->limiter().take("api", "x", {.most = 100, .window = hours{1}}, limits())->allowed);
    }
    const auto down = *cache->redis_figures();
    EXPECT_TRUE(down.down);
    EXPECT_EQ(down.failures, 2U) << "then nobody tried";
    EXPECT_EQ(plane_.run("SELECT count FROM platform.rate_limits WHERE key = 'rate_api:x'"), "10")
        << "PostgreSQL counted for Redis";

    redis_.start();
    shared->set("c", "1", now(), hours{1}, limits());
    EXPECT_TRUE(cache->redis_figures()->down) << "not before its pause is over";
    pass(seconds{60});
    shared->set("d", "1", now(), hours{1}, limits());
    EXPECT_TRUE(cache->limiter().take("api", "x", {.most = 100, .window = hours{1}}, limits())->allowed);
    EXPECT_FALSE(cache->redis_figures()->down);
    EXPECT_TRUE(plane_.server(&redis_)->share("t")->get("d", hours{1}, limits())) << "it stands in Redis again";
}

TEST_F(RedisDiesTest, InTheMiddleOfManyCallsNoneFails) {
    const auto cache = plane_.server(&redis_, options());
    const auto shared = cache->share("t");
    std::atomic<int> wrong = 0;
    std::atomic<int> done = 0;
    std::mutex mutex;
    std::condition_variable halfway;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int k = 0; k < 200; ++k) {
                const auto name = fmt::format("{}-{}", i, k % 10);
                shared->set(name, name, now(), hours{1}, limits());
                const auto found = shared->get(name, hours{1}, limits());
                if (found && found->value != name) ++wrong;
                if (!cache->limiter().take("api", name, {.most = 1000}, limits())) ++wrong;
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
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(shared->figures().hits, 0U);
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
