#include "crypto/places.h"

#include <future>
#include <optional>

#include <gtest/gtest.h>

namespace drydock::crypto {
namespace {

TEST(Places, are_given_while_there_are_some) {
    Places places{2};
    const auto first = places.take(Limits{});
    std::optional second{places.take(Limits{})};
    ASSERT_TRUE(*second);
    const auto third = places.take({.deadline = Limits::Clock::now()});
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ErrorCode::deadline_exceeded);
    second.reset();
    EXPECT_TRUE(places.take({.deadline = Limits::Clock::now()}));
}

TEST(Places, are_waited_for) {
    Places places{1};
    std::optional held{places.take(Limits{})};
    auto waiting = std::async(std::launch::async, [&] { return places.take(Limits{}).has_value(); });
    held.reset();
    EXPECT_TRUE(waiting.get());
    EXPECT_TRUE(places.take({.deadline = Limits::Clock::now()})) << "the one who waited gave it back";
}

TEST(Places, are_not_waited_for_once_asked_to_stop) {
    Places places{1};
    const auto held = places.take(Limits{});
    std::stop_source stop;
    auto waiting = std::async(std::launch::async, [&] { return places.take({.stop = stop.get_token()}); });
    stop.request_stop();
    const auto got = waiting.get();
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace drydock::crypto
