#include "health/timer_wheel.h"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace drydock::health {
namespace {

using std::chrono::milliseconds;
using Time = TimerWheel::Time;

TEST(TimerWheel, GoesOffInTheTickAfterTheMomentAndNeverEarly) {
    const Time start{};
    TimerWheel wheel{start};
    Timer timer;
    wheel.set(timer, start + milliseconds{12});
    int calls = 0;
    const auto count = [&](Timer&) { ++calls; };
    wheel.advance(start + milliseconds{11}, count);
    EXPECT_EQ(calls, 0);
    EXPECT_TRUE(timer.is_set());
    EXPECT_LE(wheel.next().value(), start + milliseconds{15});
    wheel.advance(start + milliseconds{15}, count);
    EXPECT_EQ(calls, 1);
    EXPECT_FALSE(timer.is_set());
    EXPECT_FALSE(wheel.next());
}

TEST(TimerWheel, LetsACallSetAndCancelOthers) {
    const Time start{};
    TimerWheel wheel{start};
    Timer first;
    Timer second;
    wheel.set(first, start + milliseconds{5});
    wheel.set(second, start + milliseconds{5});
    std::vector<Timer*> called;
    wheel.advance(start + milliseconds{100}, [&](Timer& timer) {
        called.push_back(&timer);
        wheel.cancel(second);
        wheel.set(first, start);  // a moment that has passed
    });
    EXPECT_EQ(called, std::vector{&first});
    wheel.advance(start + milliseconds{105}, [&](Timer& timer) { called.push_back(&timer); });
    EXPECT_EQ(called.size(), 2U);
}

TEST(TimerWheel, KeepsTheOrderOfTimeOverManyRounds) {
    const Time start{};
    TimerWheel wheel{start};
    std::mt19937 random{7};
    std::vector<Timer> timers(500);
    std::map<Timer*, milliseconds> when;
    for (auto& timer : timers) {
        when[&timer] = milliseconds{random() % 300'000};
        wheel.set(timer, start + when[&timer]);
    }
    Time now = start;
    std::size_t calls = 0;
    while (const auto next = wheel.next()) {
        ASSERT_GT(*next, now);
        now = *next;
        wheel.advance(now, [&](Timer& timer) {
            ++calls;
            EXPECT_LE(start + when[&timer], now);
            EXPECT_GE(start + when[&timer] + milliseconds{5}, now);
        });
    }
    EXPECT_EQ(calls, timers.size());
}

}  // namespace
}  // namespace drydock::health
