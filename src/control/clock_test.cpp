#include "control/clock.h"

#include <gtest/gtest.h>

namespace drydock::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ClockTest : public ::testing::Test {
protected:
    // The control plane's clock shows so many seconds; the answer took as long.
    void told(std::int64_t shown, milliseconds took, std::int64_t started = 1) {
        const auto sent = now_;
        now_ += took;
        clock_.learn({.now = shown * 1'000'000, .started = started}, sent);
    }
    // Nobody is there to be asked.
    Result<ClockBounds> read() { return clock_.read(Limits::within(seconds{-1})); }

    Clock::Steady::time_point now_{std::chrono::hours{5}};
    Store store_{StoreOptions{}};
    Clock clock_{store_, [this] { return now_; }};
};

TEST_F(ClockTest, IsKnownAsCloselyAsTheAnswerWasQuick) {
    EXPECT_FALSE(read());
    told(1000, milliseconds{200});
    const auto bounds = read();
    ASSERT_TRUE(bounds);
    EXPECT_EQ(bounds->earliest, 1'000'000'000) << "it was read at the last moment";
    EXPECT_EQ(bounds->latest, 1'000'200'000) << "or as soon as it was sent";
    EXPECT_EQ(bounds->at, now_);
}

TEST_F(ClockTest, IsKnownLessCloselyWithTimeAndThenNotAtAll) {
    told(1000, milliseconds{0});
    now_ += seconds{20};
    const auto bounds = read();
    ASSERT_TRUE(bounds);
    EXPECT_EQ(bounds->earliest, 1'019'980'000);
    EXPECT_EQ(bounds->latest, 1'020'020'000);
    now_ += seconds{10};
    EXPECT_FALSE(read());
}

TEST_F(ClockTest, AQuickAnswerIsNotForgottenForASlowOne) {
    told(1000, milliseconds{1});
    now_ += milliseconds{999};
    told(1001, milliseconds{500});
    const auto bounds = read();
    ASSERT_TRUE(bounds);
    EXPECT_LT(bounds->latest - bounds->earliest, 5'000);
    told(1001, milliseconds{1});
    EXPECT_GE(read()->earliest, 1'001'000'000);
}

TEST_F(ClockTest, OneThatWasSetOrIsAnotherServersIsBelievedAtOnce) {
    told(1000, milliseconds{1});
    told(5000, milliseconds{500});
    EXPECT_EQ(read()->earliest, 5'000'000'000) << "it was set";
    told(5000, milliseconds{900}, 2);
    EXPECT_EQ(read()->started, 2);
    told(100, milliseconds{900}, 2);
    EXPECT_EQ(read()->earliest, 100'000'000);
}

}  // namespace
}  // namespace drydock::control
