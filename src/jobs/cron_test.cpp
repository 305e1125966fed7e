#include "jobs/cron.h"

#include <ctime>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

namespace drydock::jobs {
namespace {

using namespace std::chrono;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

sys_seconds at(
    int year_number, unsigned month_number, unsigned day_number, int hour = 0, int minute = 0, int second = 0
) {
    return sys_days{year{year_number} / static_cast<int>(month_number) / static_cast<int>(day_number)} + hours{hour} +
           minutes{minute} + seconds{second};
}

std::string shown(sys_seconds time) {
    return fmt::format("{:%Y-%m-%d %H:%M}", fmt::gmtime(system_clock::to_time_t(time)));
}

// The next `count` times after a start.
std::vector<std::string> next(std::string_view expression, sys_seconds from, int count) {
    const auto cron = Cron::parse(expression);
    EXPECT_TRUE(cron) << expression << ": " << cron.error().message;
    std::vector<std::string> times;
    for (int i = 0; cron && i < count; ++i) {
        from = cron->next_after(from);
        times.push_back(shown(from));
    }
    return times;
}

TEST(Cron, KnowsTimesOfDay) {
    EXPECT_THAT(next("30 2 * * *", at(2024, 1, 1, 2, 30), 2), ElementsAre("2024-01-02 02:30", "2024-01-03 02:30"));
    EXPECT_THAT(next("30 2 * * *", at(2024, 1, 1, 2, 29, 59), 1), ElementsAre("2024-01-01 02:30"));
    EXPECT_THAT(
        next("*/20 9-10 * * *", at(2024, 1, 1, 9, 50), 3),
        ElementsAre("2024-01-01 10:00", "2024-01-01 10:20", "2024-01-01 10:40")
    );
    EXPECT_THAT(
        next("5,1,3 * * * *", at(2024, 1, 1), 3),
        ElementsAre("2024-01-01 00:01", "2024-01-01 00:03", "2024-01-01 00:05")
    );
    EXPECT_THAT(next("59 23 31 12 *", at(2024, 12, 31, 23, 59), 1), ElementsAre("2025-12-31 23:59"));
}

TEST(Cron, KnowsTheEndsOfMonthsAndLeapYears) {
    EXPECT_THAT(
        next("0 0 31 * *", at(2024, 1, 31), 4),
        ElementsAre("2024-03-31 00:00", "2024-05-31 00:00", "2024-07-31 00:00", "2024-08-31 00:00")
    );
    EXPECT_THAT(next("0 0 29 2 *", at(2024, 2, 29), 2), ElementsAre("2028-02-29 00:00", "2032-02-29 00:00"));
    EXPECT_THAT(next("0 0 29 2 *", at(2096, 2, 29), 1), ElementsAre("2104-02-29 00:00")) << "2100 is no leap year";
    EXPECT_THAT(next("0 0 30 * *", at(2023, 1, 30), 1), ElementsAre("2023-03-30 00:00"));
}

TEST(Cron, KnowsDaysOfTheWeek) {
    // 2024-01-01 is a Monday.
    EXPECT_THAT(
        next("0 0 * * mon-fri", at(2024, 1, 4), 3),
        ElementsAre("2024-01-05 00:00", "2024-01-08 00:00", "2024-01-09 00:00")
    );
    EXPECT_THAT(next("0 0 * * 7", at(2024, 1, 1), 1), ElementsAre("2024-01-07 00:00"));
    EXPECT_THAT(next("0 0 * * 0", at(2024, 1, 1), 1), ElementsAre("2024-01-07 00:00"));
    EXPECT_THAT(next("0 0 * * SAT-SUN", at(2024, 1, 1), 2), ElementsAre("2024-01-06 00:00", "2024-01-07 00:00"));
    EXPECT_THAT(next("0 0 * feb Sun", at(2024, 1, 1), 1), ElementsAre("2024-02-04 00:00"));
}

TEST(Cron, TakesEitherDayWhereBothAreGiven) {
    EXPECT_THAT(
        next("0 0 13 * fri", at(2024, 9, 5), 3), ElementsAre("2024-09-06 00:00", "2024-09-13 00:00", "2024-09-20 00:00")
    );
    EXPECT_THAT(next("0 0 */2 * mon", at(2024, 1, 1), 1), ElementsAre("2024-01-15 00:00"))
        << "one of them begins with *: both";
}

TEST(Cron, KnowsTimesByName) {
    const auto from = at(2024, 2, 28, 12, 34);
    EXPECT_THAT(next("@hourly", from, 1), ElementsAre("2024-02-28 13:00"));
    EXPECT_THAT(next("@daily", from, 2), ElementsAre("2024-02-29 00:00", "2024-03-01 00:00"));
    EXPECT_THAT(next("@midnight", from, 1), ElementsAre("2024-02-29 00:00"));
    EXPECT_THAT(next("@weekly", from, 1), ElementsAre("2024-03-03 00:00"));
    EXPECT_THAT(next(" @Monthly ", from, 1), ElementsAre("2024-03-01 00:00"));
    EXPECT_THAT(next("@yearly", from, 1), ElementsAre("2025-01-01 00:00"));
    EXPECT_THAT(next("@annually", from, 1), ElementsAre("2025-01-01 00:00"));
}

struct Wrong {
    std::string_view expression;
    std::string_view said;
};

TEST(Cron, SaysWhichFieldIsWrongAndWhy) {
    constexpr Wrong kWrong[] = {
        {"", "0 fields instead of 5"},
        {"* * * *", "4 fields instead of 5"},
        {"0 * * * * *", "6 fields instead of 5"},
        {"@fortnightly", "no time that is known by name"},
        {"60 * * * *", "the minute of the cron expression is wrong: \"60\" is not within 0 to 59"},
        {"* 24 * * *", "the hour of the cron expression is wrong: \"24\" is not within 0 to 23"},
        {"* * 0 * *", "the day of month of the cron expression is wrong: \"0\" is not within 1 to 31"},
        {"* * * 13 *", "the month of the cron expression is wrong: \"13\" is not within"},
        {"* * * * 8", "the day of week of the cron expression is wrong: \"8\" is not within"},
        {"5-1 * * * *", "the minute of the cron expression is wrong: \"5-1\" ends before it begins"},
        {"1-70 * * * *", "\"1-70\" is not within 0 to 59"},
        {"*/0 * * * *", "\"*/0\" has a step that is not a number from 1"},
        {"*/x * * * *", "\"*/x\" has a step that is not a number from 1"},
        {"*/61 * * * *", "\"*/61\" has a step that is longer than the field"},
        {"5/10 * * * *", "\"5/10\" has a step, but no range"},
        {"1,,2 * * * *", "\"\" is an empty part of its list"},
        {"1-2-3 * * * *", "\"1-2-3\" is not understood"},
        {"-5 * * * *", "\"-5\" lacks a number"},
        {"+5 * * * *", "\"+5\" is not understood"},
        {"5- * * * *", "\"5-\" lacks a number"},
        {"mon * * * *", "the minute of the cron expression is wrong: \"mon\" is not understood"},
        {"* * * mon *", "the month of the cron expression is wrong"},
        {"* * L * *", "the day of month of the cron expression is wrong: \"L\" is not understood"},
        {"* * * * mon#2", "the day of week of the cron expression is wrong: \"mon#2\" is not understood"},
        {"99999999999 * * * *", "is not understood"},
        {"0 0 30 2 *", "no month of \"2\" has a day \"30\""},
        {"0 0 31 4,6,9,11 *", "no month of \"4,6,9,11\" has a day \"31\""},
    };
    for (const auto& [expression, said] : kWrong) {
        const auto cron = Cron::parse(expression);
        ASSERT_FALSE(cron) << expression;
        EXPECT_EQ(cron.error().code, ErrorCode::invalid_argument);
        EXPECT_THAT(cron.error().message, HasSubstr(said)) << expression;
        EXPECT_FALSE(cron.error().hint.empty());
    }
    EXPECT_TRUE(Cron::parse("0 0 30 2 mon")) << "each Monday of February";
}

// A field made up at random, and the values that it stands for, worked out in another way than the parser's.
struct MadeField {
    std::string text;
    std::set<int> values;
};

MadeField make_field(std::mt19937& random, int least, int most, bool simple) {
    const auto pick = [&](int from, int to) { return std::uniform_int_distribution{from, to}(random); };
    MadeField field;
    if (pick(0, 3) == 0 || simple) {
        field.text = "*";
        for (int v = least; v <= most; ++v) field.values.insert(v);
        return field;
    }
    const int parts = pick(1, 3);
    for (int i = 0; i < parts; ++i) {
        if (i > 0) field.text += ',';
        const int first = pick(least, most);
        const int last = pick(first, most);
        switch (pick(0, 2)) {
            case 0:
                field.text += std::to_string(first);
                field.values.insert(first);
                break;
            case 1:
                field.text += fmt::format("{}-{}", first, last);
                for (int v = first; v <= last; ++v) field.values.insert(v);
                break;
            default:
                const int step = pick(1, most);
                field.text += fmt::format("{}-{}/{}", first, last, step);
                for (int v = least; v <= most; ++v) {
                    if (v >= first && v <= last && (v - first) % step == 0) field.values.insert(v);
                }
        }
    }
    return field;
}

struct Made {
    MadeField minute, hour, day, month, weekday;
    std::string text() const {
        return fmt::format("{} {} {} {} {}", minute.text, hour.text, day.text, month.text, weekday.text);
    }
    // By the C library's calendar.
    bool is_due(std::time_t time) const {
        std::tm parts{};
        ::gmtime_r(&time, &parts);
        const bool by_date = day.values.contains(parts.tm_mday);
        const bool by_weekday =
            weekday.values.contains(parts.tm_wday) || (parts.tm_wday == 0 && weekday.values.contains(7));
        const bool either = day.text[0] != '*' && weekday.text[0] != '*';
        return minute.values.contains(parts.tm_min) && hour.values.contains(parts.tm_hour) &&
               month.values.contains(parts.tm_mon + 1) && (either ? by_date || by_weekday : by_date && by_weekday);
    }
};

TEST(Cron, AgreesWithCountingMinutes) {
    std::mt19937 random{20240229};
    constexpr int kDays = 60;
    int found = 0;
    for (int round = 0; round < 400; ++round) {
        const Made made{
            .minute = make_field(random, 0, 59, false),
            .hour = make_field(random, 0, 23, false),
            .day = make_field(random, 1, 31, round % 3 == 0),
            .month = make_field(random, 1, 12, round % 2 == 0),
            .weekday = make_field(random, 0, 7, round % 5 == 0),
        };
        const auto cron = Cron::parse(made.text());
        if (!cron) {
            EXPECT_THAT(cron.error().message, HasSubstr("no month of")) << made.text();
            continue;
        }
        // Anywhere from 1999 to 2040, at any second.
        const auto start = std::uniform_int_distribution<std::time_t>{915148800, 2240524800}(random);
        auto expected = start - start % 60 + 60;
        const auto end = expected + std::time_t{kDays} * 86400;
        while (expected < end && !made.is_due(expected)) expected += 60;
        const auto next = cron->next_after(sys_seconds{seconds{start}}).time_since_epoch().count();
        if (expected < end) {
            ++found;
            ASSERT_EQ(next, expected) << made.text() << " after " << shown(sys_seconds{seconds{start}});
        } else {
            ASSERT_GE(next, end) << made.text();
            ASSERT_TRUE(made.is_due(next)) << made.text();
        }
    }
    EXPECT_GT(found, 200);
}

// Step by step it gives every due minute of a year, and no other.
TEST(Cron, MissesNoMinuteOfALeapYear) {
    std::mt19937 random{7};
    for (int round = 0; round < 12; ++round) {
        const Made made{
            .minute = make_field(random, 0, 59, false),
            .hour = make_field(random, 0, 23, false),
            .day = make_field(random, 1, 31, round % 3 == 0),
            .month = make_field(random, 1, 12, round % 2 == 0),
            .weekday = make_field(random, 0, 7, round % 4 == 0),
        };
        const auto cron = Cron::parse(made.text());
        if (!cron) continue;
        const auto end = at(2025, 1, 1);
        auto next = cron->next_after(at(2024, 1, 1) - seconds{1});
        for (auto minute = at(2024, 1, 1); minute < end; minute += minutes{1}) {
            const bool due = made.is_due(system_clock::to_time_t(minute));
            ASSERT_EQ(next == minute, due) << made.text() << " at " << shown(minute);
            if (due) next = cron->next_after(minute);
        }
    }
}

}  // namespace
}  // namespace drydock::jobs
