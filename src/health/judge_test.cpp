#include "health/judge.h"

#include <vector>

#include <gmock/gmock.h>

namespace drydock::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

constexpr JudgeOptions kOptions{};

Judgement feed(Judge& judge, Outcome outcome, bool held = false) {
    return judge.judge({.outcome = outcome, .phase = Phase::tcp}, held);
}

Judgement feed_name(Judge& judge, Outcome outcome) {
    return judge.judge({.outcome = outcome, .phase = Phase::name});
}

TEST(Judge, TakesTheFirstAnswerAndWantsThreeFailures) {
    Judge judge{kOptions};
    auto first = feed(judge, Outcome::ok);
    EXPECT_EQ(first.status, Status::healthy);
    EXPECT_TRUE(first.changed);
    EXPECT_FALSE(first.next);
    for (int i = 0; i < 2; ++i) {
        const auto failed = feed(judge, Outcome::refused);
        EXPECT_EQ(failed.status, Status::healthy);
        EXPECT_FALSE(failed.changed);
        EXPECT_EQ(failed.next, milliseconds{1000}) << "looked at again soon";
    }
    const auto third = feed(judge, Outcome::refused);
    EXPECT_EQ(third.status, Status::unhealthy);
    EXPECT_TRUE(third.changed);
}

TEST(Judge, NeedNotWaitInVainThreeTimes) {
    Judge judge{kOptions};
    feed(judge, Outcome::ok);
    const auto first = feed(judge, Outcome::timed_out);
    EXPECT_EQ(first.status, Status::healthy);
    EXPECT_EQ(first.next, milliseconds{500});
    const auto second = feed(judge, Outcome::timed_out);
    EXPECT_EQ(second.status, Status::unhealthy);
    EXPECT_TRUE(second.changed);
}

TEST(Judge, WantsThreeFailuresThatAreNotAllOfWaitingInVain) {
    Judge judge{kOptions};
    feed(judge, Outcome::ok);
    EXPECT_FALSE(feed(judge, Outcome::timed_out).changed);
    EXPECT_FALSE(feed(judge, Outcome::refused).changed);
    EXPECT_TRUE(feed(judge, Outcome::timed_out).changed) << "the third failure";
    feed(judge, Outcome::ok);
    feed(judge, Outcome::ok);
    EXPECT_FALSE(feed(judge, Outcome::timed_out).changed);
    EXPECT_FALSE(feed(judge, Outcome::slow).changed);
    EXPECT_FALSE(feed(judge, Outcome::timed_out).changed) << "not in a row";
    feed(judge, Outcome::ok);
    EXPECT_FALSE(feed_name(judge, Outcome::timed_out).changed);
    EXPECT_FALSE(feed_name(judge, Outcome::timed_out).changed) << "nobody knows whose silence";
    EXPECT_TRUE(feed_name(judge, Outcome::timed_out).changed);
}

TEST(Judge, ForgetsFailuresThatAreNotInARow) {
    Judge judge{kOptions};
    feed(judge, Outcome::ok);
    for (int i = 0; i < 10; ++i) {
        feed(judge, Outcome::refused);
        feed(judge, Outcome::refused);
        EXPECT_FALSE(feed(judge, Outcome::slow).changed);
    }
    EXPECT_EQ(judge.status(), Status::healthy);
}

TEST(Judge, WantsTwoAnswersToComeBackAndAsksForTheSecondSoon) {
    Judge judge{kOptions};
    for (int i = 0; i < 3; ++i) feed(judge, Outcome::refused);
    const auto first = feed(judge, Outcome::ok);
    EXPECT_EQ(first.status, Status::unhealthy);
    EXPECT_EQ(first.next, kOptions.recheck);
    feed(judge, Outcome::refused);
    feed(judge, Outcome::ok);
    const auto second = feed(judge, Outcome::read_only);
    EXPECT_EQ(second.status, Status::healthy);
    EXPECT_TRUE(second.changed);
}

TEST(Judge, AsksWhatIsDownEverMoreRarelyUpToACapAndStartsAnewAfterAnAnswer) {
    Judge judge{kOptions};
    feed(judge, Outcome::refused);
    feed(judge, Outcome::refused);
    std::vector<milliseconds> waits;
    for (int i = 0; i < 6; ++i) waits.push_back(feed(judge, Outcome::refused).next.value());
    EXPECT_THAT(waits, ElementsAre(seconds{15}, seconds{30}, seconds{60}, seconds{300}, seconds{300}, seconds{300}));
    feed(judge, Outcome::ok);
    EXPECT_EQ(feed(judge, Outcome::refused).next, seconds{15});
    judge.close_breaker();
    EXPECT_EQ(feed(judge, Outcome::refused).next, seconds{15});
}

TEST(Judge, BelievesAWrongPasswordAtOnceAndDoesNotRepeatItFast) {
    Judge judge{kOptions};
    feed(judge, Outcome::ok);
    const auto failed = feed(judge, Outcome::auth_failed);
    EXPECT_EQ(failed.status, Status::unhealthy);
    EXPECT_TRUE(failed.changed);
    EXPECT_EQ(failed.next, kOptions.after_auth_failure);
    for (int i = 0; i < 5; ++i) EXPECT_GE(feed(judge, Outcome::auth_failed).next, kOptions.after_auth_failure);
}

TEST(Judge, DecidesNothingWhileFailuresAreHeldBack) {
    Judge judge{kOptions};
    feed(judge, Outcome::ok);
    for (int i = 0; i < 10; ++i) {
        const auto held = feed(judge, Outcome::timed_out, true);
        EXPECT_EQ(held.status, Status::healthy);
        EXPECT_FALSE(held.next) << "and hurries nothing";
    }
    EXPECT_TRUE(feed(judge, Outcome::timed_out).changed) << "the first one after the hold decides";
}

}  // namespace
}  // namespace drydock::health
