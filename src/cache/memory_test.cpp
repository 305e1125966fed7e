#include "cache/memory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cache/breaker.h"
#include "cache/rate_limit.h"

namespace drydock::cache {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Clocked : public ::testing::Test {
protected:
    std::function<Limits::Clock::time_point()> clock() {
        return [this] { return now; };
    }
    Limits::Clock::time_point now = Limits::Clock::now();
    const Limits limits{};
};

using MemoryTest = Clocked;
using BreakerTest = Clocked;

TEST_F(MemoryTest, CountsWithinAWindowThatTheFirstOneBegins) {
    MemoryCounters counters{{.now = clock()}};
    EXPECT_EQ(counters.count("a", 1, seconds{10}, limits)->count, 1);
    now += seconds{9};
    const auto second = counters.count("a", 1, seconds{10}, limits);
    EXPECT_EQ(second->count, 2);
    EXPECT_EQ(second->left, seconds{1});
    now += seconds{1};
    EXPECT_EQ(counters.count("a", 1, seconds{10}, limits)->count, 1);
}

TEST_F(MemoryTest, AFloodOfKeysDoesNotPushOutWhoIsNearTheLimit) {
    MemoryCounters counters{{.counters = 100, .now = clock()}};
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(counters.count("attacker", 1, seconds{60}, limits).has_value());
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_TRUE(counters.count(fmt::format("flood {}", i), 1, seconds{60}, limits).has_value());
    }
    EXPECT_EQ(counters.count("attacker", 1, seconds{60}, limits)->count, 51);
}

TEST_F(MemoryTest, ServersThatCountApartAllowAShareOnly) {
    MemoryCounters apart{{.now = clock()}};
    RateLimiter limiter{apart, 4};
    const RateLimit limit{.most = 8, .window = seconds{60}};
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(limiter.take("login", "x", limit, limits)->allowed);
    EXPECT_FALSE(limiter.take("login", "x", limit, limits)->allowed);
    EXPECT_TRUE(limiter.take("login", "y", {.most = 1, .window = seconds{60}}, limits)->allowed) << "never none at all";
    EXPECT_FALSE(limiter.take("login", "z", {.most = 0, .window = seconds{60}}, limits)->allowed) << "none is none";

    MemoryCounters all{{.alone = true, .now = clock()}};
    RateLimiter alone{all, 4};
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(alone.take("login", "x", limit, limits)->allowed);
    const auto refused = alone.take("login", "x", limit, limits);
    EXPECT_FALSE(refused->allowed);
    EXPECT_EQ(refused->retry_after(), seconds{60});
    EXPECT_EQ(refused->remaining, 0);
}

TEST(CacheKey, KeepsSpacesApartAndFitsTheTable) {
    EXPECT_EQ(key("session", "abc"), "session:abc");
    EXPECT_NE(key("a", "b:c"), key("a:b", "d"));
    const auto longer = key("query", std::string(5000, 'x'));
    EXPECT_LE(longer.size(), 200U);
    EXPECT_NE(longer, key("query", std::string(5001, 'x')));
    EXPECT_NE(key("query", longer.substr(6)), longer) << "a name can't be made to look like a hashed one";
    EXPECT_EQ(key("q", std::string("a\0b", 3)).find('\0'), std::string::npos);
}

TEST_F(BreakerTest, OpensAfterSomeFailuresAndLetsOneTryAtATime) {
    Breaker breaker{{.failures = 2, .first_pause = milliseconds{100}, .now = clock()}};
    EXPECT_TRUE(breaker.may_try());
    breaker.failed();
    EXPECT_TRUE(breaker.may_try());
    breaker.failed();
    EXPECT_TRUE(breaker.open());
    EXPECT_FALSE(breaker.may_try());
    now += milliseconds{125};  // the pause and a quarter
    EXPECT_TRUE(breaker.may_try());
    EXPECT_FALSE(breaker.may_try()) << "one is trying already";
    breaker.failed();
    now += milliseconds{100};
    EXPECT_FALSE(breaker.may_try()) << "the second pause is half as long again";
    now += milliseconds{100};
    EXPECT_TRUE(breaker.may_try());
    breaker.succeeded();
    EXPECT_FALSE(breaker.open());
    EXPECT_TRUE(breaker.may_try() && breaker.may_try());
}

TEST_F(BreakerTest, ASuccessBetweenFailuresBeginsAnew) {
    Breaker breaker{{.failures = 2, .now = clock()}};
    for (int i = 0; i < 10; ++i) {
        breaker.failed();
        breaker.succeeded();
    }
    EXPECT_FALSE(breaker.open());
}

TEST_F(BreakerTest, WhoGoesAwayLeavesTheTryToTheNext) {
    Breaker breaker{{.failures = 1, .first_pause = milliseconds{100}, .now = clock()}};
    breaker.failed();
    now += seconds{1};
    ASSERT_TRUE(breaker.may_try());
    breaker.gave_up();
    EXPECT_TRUE(breaker.may_try());
}

TEST_F(BreakerTest, LateFailuresOfOthersDoNotLengthenThePause) {
    Breaker breaker{{.failures = 1, .first_pause = milliseconds{100}, .now = clock()}};
    for (int i = 0; i < 20; ++i) breaker.failed();
    now += milliseconds{125};
    EXPECT_TRUE(breaker.may_try());
}

}  // namespace
}  // namespace drydock::cache
