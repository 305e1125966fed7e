#include "targets/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::targets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Clock = Limits::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Error kAway{.code = ErrorCode::unavailable, .message = "away", .sqlstate = "08001"};

// A clock that stands still until it is moved, and no luck.
struct World {
    Clock::time_point now{seconds{1000}};
    double random = 0.5;
    std::vector<Clock::duration> waits{};

    BreakerOptions breaker() {
        return {.failures = 3, .now = [this] { return now; }, .random = [this] { return random; }};
    }
    pg::RetryWorld retry() {
        return {
            .random = [this] { return random; },
            .now = [this] { return now; },
            .wait = [this](Clock::duration time, const Limits&) -> Result<> {
                waits.push_back(time);
                now += time;
                return {};
            },
        };
    }
};

TEST(Breaker, OpensAfterFailuresInARowAndLetsOneTry) {
    World world;
    Breaker breaker{world.breaker()};
    breaker.failed();
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    breaker.failed();
    EXPECT_TRUE(breaker.admit()) << "not three in a row";
    breaker.failed();
    EXPECT_EQ(breaker.phase(), Phase::open);
    const auto refused = breaker.admit();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_THAT(refused.error().hint, HasSubstr("750 ms"));
    world.now += milliseconds{749};
    EXPECT_FALSE(breaker.admit());
    world.now += milliseconds{1};
    EXPECT_TRUE(breaker.admit()) << "one …";
    EXPECT_FALSE(breaker.admit()) << "… and only one";
    breaker.succeeded();
    EXPECT_EQ(breaker.phase(), Phase::closed);
    EXPECT_TRUE(breaker.admit());
}

TEST(Breaker, WaitsLongerEachTimeUpToALimit) {
    World world;
    world.random = 0;
    Breaker breaker{world.breaker()};
    for (int i = 0; i < 3; ++i) breaker.failed();
    std::vector<std::int64_t> pauses;
    for (int i = 0; i < 9; ++i) {
        const auto begun = world.now;
        while (!breaker.admit()) world.now += milliseconds{100};
        pauses.push_back(std::chrono::duration_cast<milliseconds>(world.now - begun).count());
        breaker.failed();
    }
    EXPECT_THAT(pauses, ElementsAre(500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000));
}

TEST(Breaker, LetsTheNextOneTryWhenTheFirstGaveUp) {
    World world;
    Breaker breaker{world.breaker()};
    for (int i = 0; i < 3; ++i) breaker.failed();
    world.now += seconds{1};
    ASSERT_TRUE(breaker.admit());
    breaker.withdrawn();
    EXPECT_TRUE(breaker.admit());
}

// A target that fails so many times and then answers.
class Fake final : public Target {
public:
    explicit Fake(int failures = 0) : failures_(failures) {}
    const Address& address() const override { return address_; }
    TestReport test(const Limits&) override { return {}; }
    Result<std::chrono::nanoseconds> health(const Limits&) override {
        ++asked;
        if (failures_-- > 0) return Error{kAway};
        return std::chrono::nanoseconds{1};
    }
    Result<std::string> version(const Limits&) override { return std::string{}; }
    Result<std::vector<NamedDatabase>> names(const Limits&) override { return std::vector<NamedDatabase>{}; }
    Result<Facts> facts(const Limits&) override { return Facts{}; }
    Result<Rights> rights(const Limits&) override { return Rights{}; }
    Result<> add_password(std::string_view, const Limits&) override { return {}; }
    Result<> drop_password(std::string_view, const Limits&) override { return {}; }
    PoolFigures figures() const override { return pool; }
    void tend(const Limits&) override { ++tended; }

    int asked = 0;
    int tended = 0;
    PoolFigures pool{.most = 7};

private:
    Address address_{};
    int failures_;
};

TEST(Fleet, KeepsATargetUntilItsAddressOrSecretIsAnother) {
    World world;
    Fleet fleet{{.breaker = world.breaker()}};
    int made = 0;
    const auto make = [&]() -> Result<std::shared_ptr<Target>> {
        ++made;
        return std::shared_ptr<Target>{std::make_shared<Fake>()};
    };
    const auto first = fleet.get("a", "1", make).value();
    EXPECT_EQ(fleet.get("a", "1", make).value(), first);
    EXPECT_EQ(made, 1);
    EXPECT_NE(fleet.get("a", "2", make).value(), first);
    fleet.forget("a");
    ASSERT_TRUE(fleet.get("a", "2", make));
    EXPECT_EQ(made, 3);
    ASSERT_THAT(fleet.figures(), SizeIs(1));
    EXPECT_EQ(fleet.figures()[0].key, "a");
    EXPECT_EQ(fleet.figures()[0].pool.most, 7U);
}

TEST(Fleet, DropsWhatWasNotUsedForLong) {
    World world;
    Fleet fleet{{.most = 2, .forget_after = seconds{60}, .breaker = world.breaker()}};
    const auto get = [&](const char* key) {
        world.now += seconds{1};
        ASSERT_TRUE(fleet.get(key, "1", [] { return Result<std::shared_ptr<Target>>{std::make_shared<Fake>()}; }));
    };
    get("a");
    get("b");
    get("a");
    get("c");
    ASSERT_THAT(fleet.figures(), SizeIs(2));
    EXPECT_EQ(fleet.figures()[0].key, "a") << "b was used longest ago";
    world.now += seconds{59};
    fleet.tend({});
    ASSERT_THAT(fleet.figures(), SizeIs(1));
    EXPECT_EQ(fleet.figures()[0].key, "c");
}

TEST(Fleet, TriesAgainWhatMayBeRepeatedAndStopsWhereTheBreakerOpens) {
    World world;
    const auto retry = world.retry();
    Fleet fleet{{.breaker = world.breaker(), .retry = {.attempts = 5}, .world = &retry}};
    const auto fake = std::make_shared<Fake>(2);
    const auto make = [&]() -> Result<std::shared_ptr<Target>> { return std::shared_ptr<Target>{fake}; };
    const auto target = fleet.get("a", "1", make).value();
    const auto ask = [&](pg::Repeatable repeatable) {
        return fleet.call("a", *target, repeatable, [](Target& one) { return one.health({}); }, {});
    };
    EXPECT_TRUE(ask(pg::Repeatable::yes));
    EXPECT_EQ(fake->asked, 3);
    EXPECT_THAT(world.waits, SizeIs(2));
    EXPECT_GT(world.waits[1], world.waits[0]);

    const auto dead = std::make_shared<Fake>(1000);
    const auto other =
        fleet.get("b", "1", [&]() -> Result<std::shared_ptr<Target>> { return std::shared_ptr<Target>{dead}; }).value();
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(fleet.call("b", *other, pg::Repeatable::no, [](Target& one) { return one.health({}); }, {}));
        if (fleet.figures()[1].phase == Phase::open) break;
    }
    EXPECT_EQ(dead->asked, 3) << "and no more";
    EXPECT_EQ(fleet.figures()[0].phase, Phase::closed) << "one database's trouble is not another's";
}

TEST(Fleet, ForgetsNothingThatItHasCounted) {
    World world;
    const auto retry = world.retry();
    Fleet fleet{
        {.most = 2, .forget_after = seconds{60}, .breaker = world.breaker(), .retry = {.attempts = 1}, .world = &retry}
    };
    const auto use = [&](const char* key, const char* stamp) {
        world.now += seconds{1};
        const auto fake = std::make_shared<Fake>();
        fake->pool = {.idle = 2, .in_use = 1, .waiting = 3, .most = 4, .acquired = 5, .opened = 6, .expired = 1};
        ASSERT_TRUE(fleet.get(key, stamp, [&] { return Result<std::shared_ptr<Target>>{fake}; }));
    };
    use("a", "1");
    EXPECT_EQ(fleet.totals().pool.acquired, 5U);
    EXPECT_EQ(fleet.totals().pool.idle, 2U);
    use("a", "2");
    EXPECT_EQ(fleet.totals().targets, 1U);
    EXPECT_EQ(fleet.totals().pool.acquired, 10U) << "another address";
    EXPECT_EQ(fleet.totals().pool.idle, 2U) << "those of the old one are closed …";
    EXPECT_EQ(fleet.totals().pool.expired, 4U) << "… and counted so";
    use("b", "1");
    use("c", "1");
    EXPECT_EQ(fleet.totals().targets, 2U) << "no room for a";
    EXPECT_EQ(fleet.totals().pool.opened, 24U);
    fleet.forget("c");
    world.now += seconds{60};
    fleet.tend({});
    EXPECT_EQ(fleet.totals().targets, 0U);
    EXPECT_EQ(fleet.totals().pool.opened, 24U);
    EXPECT_EQ(fleet.totals().pool.expired, 12U);
    EXPECT_EQ(fleet.totals().pool.waiting, 0U);
    EXPECT_FALSE(fleet.figures("c"));
}

TEST(Fleet, CountsWhomTheBreakerRefusesAndOpensNothingMeanwhile) {
    World world;
    const auto retry = world.retry();
    Fleet fleet{{.breaker = world.breaker(), .retry = {.attempts = 1}, .world = &retry}};
    const auto dead = std::make_shared<Fake>(3);
    const auto target = fleet.get("a", "1", [&] { return Result<std::shared_ptr<Target>>{dead}; }).value();
    const auto ask = [&] {
        return fleet.call("a", *target, pg::Repeatable::yes, [](Target& one) { return one.health({}); }, {})
            .has_value();
    };
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(ask());
    EXPECT_EQ(fleet.figures("a")->refused, 2U);
    EXPECT_EQ(fleet.totals().breakers_open, 1U);
    fleet.tend({});
    EXPECT_EQ(dead->tended, 0);
    world.now += seconds{1};
    EXPECT_TRUE(ask());
    fleet.tend({});
    EXPECT_EQ(dead->tended, 1);
    EXPECT_EQ(fleet.totals().breakers_open, 0U);
    EXPECT_EQ(fleet.totals().refused, 2U);
}

TEST(Fleet, SizesPoolsByTier) {
    const PoolLimits standard{.min = 2, .max = 8};
    EXPECT_EQ(limits_of(Tier::small, standard).max, 2U);
    EXPECT_EQ(limits_of(Tier::small, standard).min, 0U);
    EXPECT_EQ(limits_of(Tier::standard, standard).max, 8U);
    EXPECT_EQ(limits_of(Tier::large, standard).max, 32U);
    EXPECT_EQ(limits_of(Tier::small, {.max = 1}).max, 1U);
    EXPECT_EQ(tier_named("large"), Tier::large);
    EXPECT_FALSE(tier_named("huge"));
}

}  // namespace
}  // namespace drydock::targets
