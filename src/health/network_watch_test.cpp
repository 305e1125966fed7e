#include "health/network_watch.h"

#include <gtest/gtest.h>

namespace drydock::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class NetworkWatchTest : public ::testing::Test {
protected:
    bool alive() { return watch_.note(now_ += milliseconds{10}, false, false, 0); }
    bool falls(std::uint64_t address) { return watch_.note(now_ += milliseconds{10}, true, true, address); }
    bool stays_silent() { return watch_.note(now_ += milliseconds{10}, true, false, 1); }
    void make_suspect() {
        for (std::uint64_t i = 0; i < 5; ++i) falls(i);
        ASSERT_TRUE(watch_.suspect());
    }

    NetworkWatch watch_{{}};
    NetworkWatch::Time now_{};
};

TEST_F(NetworkWatchTest, SuspectsItselfWhenAThirdFallsSilentAtOnce) {
    for (int i = 0; i < 20; ++i) alive();
    std::uint64_t fallen = 0;
    while (!falls(fallen)) ++fallen;
    EXPECT_TRUE(watch_.suspect());
    EXPECT_EQ(fallen + 1, 9U) << "9 of 29 are more than 30 %";
}

TEST_F(NetworkWatchTest, BelievesInTheDeathOfAFewAndOfOneServer) {
    for (std::uint64_t i = 0; i < 2; ++i) EXPECT_FALSE(falls(i)) << "too few to judge by";
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(falls(1)) << "many at one address";
}

TEST_F(NetworkWatchTest, ForgetsWhatWasLongAgo) {
    for (std::uint64_t i = 0; i < 20; ++i) {
        now_ += seconds{5};
        EXPECT_FALSE(falls(i)) << "one every five seconds is not at once";
    }
}

TEST_F(NetworkWatchTest, IsCalmAgainWhenNearlyAllAnswer) {
    make_suspect();
    int answers = 0;
    while (!alive()) ++answers;
    EXPECT_FALSE(watch_.suspect());
    EXPECT_NEAR(answers, 28, 2) << "5 silent ones are fewer than 15 % then";
}

TEST_F(NetworkWatchTest, BelievesWhatLastsLong) {
    make_suspect();
    bool ended = false;
    for (int i = 0; i < 130 && !ended; ++i) {
        now_ += seconds{1};
        ended = stays_silent();
    }
    EXPECT_TRUE(ended);
    for (std::uint64_t i = 0; i < 50; ++i) EXPECT_FALSE(falls(i)) << "and does not begin anew before it was calm";
}

}  // namespace
}  // namespace drydock::health
