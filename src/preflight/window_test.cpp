#include "preflight/window.h"

#include <gtest/gtest.h>

namespace drydock::preflight {
namespace {

using Days = std::array<bool, 7>;

TEST(Windows, AreReadWithDaysTimesAndAZone) {
    const auto windows = parse_windows("Mon-Fri 22:00-05:00 Europe/Berlin");
    ASSERT_TRUE(windows) << windows.error().message;
    ASSERT_EQ(windows->size(), 1U);
    const auto& window = windows->front();
    EXPECT_EQ(window.days, (Days{true, true, true, true, true, false, false}));
    EXPECT_EQ(window.begin, 22 * 60);
    EXPECT_EQ(window.end, 5 * 60);
    EXPECT_EQ(window.zone, "Europe/Berlin");
}

TEST(Windows, MayBeSeveralAndLeaveOutDaysAndZone) {
    const auto windows = parse_windows(" 01:00-04:30 ; sat, Sunday 0:00-24:00 America/Argentina/Buenos_Aires;");
    ASSERT_TRUE(windows) << windows.error().message;
    ASSERT_EQ(windows->size(), 2U);
    EXPECT_EQ((*windows)[0].days, (Days{true, true, true, true, true, true, true}));
    EXPECT_EQ((*windows)[0].zone, "UTC");
    EXPECT_EQ((*windows)[0].end, 4 * 60 + 30);
    EXPECT_EQ((*windows)[1].days, (Days{false, false, false, false, false, true, true}));
    EXPECT_EQ((*windows)[1].end, 24 * 60);
}

TEST(Windows, MayGoOverTheWeeksEnd) {
    EXPECT_EQ(
        parse_windows("Fri - Mon 10:00-11:00")->front().days, (Days{true, false, false, false, true, true, true})
    );
    EXPECT_EQ(parse_windows("Wed 10:00-11:00")->front().days, (Days{false, false, true}));
    EXPECT_TRUE(parse_windows("")->empty());
}

TEST(Windows, ThatAreNoneSayWhichPartIsWrong) {
    const std::pair<const char*, const char*> cases[] = {
        {"Mon-Fri", "no times"},
        {"Mon-Foo 10:00-11:00", "Mon-Foo"},
        {"Month 10:00-11:00", "Month"},
        {"10:00", "from-to"},
        {"10:00-25:00", "from-to"},
        {"10:00-11:60", "from-to"},
        {"10:00-24:01", "from-to"},
        {"1000:00-11:00", "from-to"},
        {"10:00--1:00", "from-to"},
        {"10:00-10:00", "begins when it ends"},
        {"24:00-05:00", "begins when it ends"},
        {"10:00-11:00 CET", "CET"},
        {"10:00-11:00 UTC+3", "UTC+3"},
        {"10:00-11:00 Europe/Berlin' OR true", "one word too many"},
        {"10:00-11:00 Europe/Ber'lin", "IANA"},
    };
    for (const auto& [text, part] : cases) {
        const auto windows = parse_windows(text);
        ASSERT_FALSE(windows) << text;
        EXPECT_EQ(windows.error().code, ErrorCode::invalid_argument);
        EXPECT_NE(windows.error().message.find(part), std::string::npos) << windows.error().message;
        EXPECT_FALSE(windows.error().hint.empty());
    }
}

}  // namespace
}  // namespace drydock::preflight
