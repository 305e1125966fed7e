#include "jobs/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::jobs {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
    std::string_view name;
    int least;
    int most;
    std::span<const std::string_view> names{};
};
constexpr std::array<Field, 5> kFields{{
    {"minute", 0, 59},
    {"hour", 0, 23},
    {"day of month", 1, 31},
    {"month", 1, 12, kMonths},
    {"day of week", 0, 7, kWeekdays},  // 7 is Sunday, too
}};

struct Nickname {
    std::string_view name;
    std::string_view fields;
};
constexpr Nickname kNicknames[] = {
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
};

// The longest time between two 29ths of February (1896 to 1904, 2096 to 2104), and a day.
constexpr days kLongest{8 * 366 + 1};

Error wrong(const Field& field, std::string_view item, std::string_view what) {
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("the {} of the cron expression is wrong: \"{}\" {}", field.name, item, what),
        .hint = field.names.empty()
                    ? fmt::format("It may be {} to {}, as in *, 5, 1,3, 2-4 or */2.", field.least, field.most)
                    : fmt::format(
                          "It may be {} to {} or {} to {}, as in *, 5, 1,3, 2-4 or */2.",
                          field.least,
                          field.most,
                          field.names.front(),
                          field.names.back()
                      ),
    };
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

Result<int> value_of(const Field& field, std::string_view text, std::string_view item) {
    const auto lower = to_lower(text);
    const auto found = std::ranges::find(field.names, lower);
    if (found != field.names.end()) return static_cast<int>(found - field.names.begin()) + field.least;
    if (text.empty()) return wrong(field, item, "lacks a number");
    const auto value = number(text);
    if (!value) return wrong(field, item, "is not understood");
    if (*value < field.least || *value > field.most) {
        return wrong(field, item, fmt::format("is not within {} to {}", field.least, field.most));
    }
    return *value;
}

// One of a list: *, 5, 2-4, */2, 2-10/3.
Result<> add_item(const Field& field, std::string_view item, std::bitset<64>& set) {
    if (item.empty()) return wrong(field, item, "is an empty part of its list");
    const auto slash = item.find('/');
    const auto range = item.substr(0, slash);
    const auto dash = range.find('-');
    int first = field.least;
    int last = field.most;
    if (range != "*") {
        DRYDOCK_TRY(first, value_of(field, range.substr(0, dash), item));
        last = first;
        if (dash != std::string_view::npos) {
            DRYDOCK_TRY(last, value_of(field, range.substr(dash + 1), item));
            // A week may be taken to end with Sunday.
            if (field.most == 7 && last == 0 && first > 0) last = 7;
            if (last < first) return wrong(field, item, "ends before it begins");
        }
    }
    int step = 1;
    if (slash != std::string_view::npos) {
        if (range != "*" && dash == std::string_view::npos) return wrong(field, item, "has a step, but no range");
        const auto given = number(item.substr(slash + 1));
        if (!given || *given < 1) return wrong(field, item, "has a step that is not a number from 1");
        if (*given > field.most) return wrong(field, item, "has a step that is longer than the field");
        step = *given;
    }
    for (int value = first; value <= last; value += step) set.set(static_cast<std::size_t>(value));
    return {};
}

Result<std::bitset<64>> read_field(const Field& field, std::string_view text) {
    std::bitset<64> set;
    for (const auto item : split(text, ',')) DRYDOCK_TRY_VOID(add_item(field, item, set));
    return set;
}

std::vector<std::string_view> words(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    std::vector<std::string_view> result;
    for (auto begin = text.find_first_not_of(kSpace); begin != std::string_view::npos;) {
        const auto end = std::min(text.find_first_of(kSpace, begin), text.size());
        result.push_back(text.substr(begin, end - begin));
        begin = text.find_first_not_of(kSpace, end);
    }
    return result;
}

template <std::size_t size>
std::bitset<size> low_bits(const std::bitset<64>& set) {
    std::bitset<size> result;
    for (std::size_t i = 0; i < size; ++i) result[i] = set[i];
    return result;
}

template <std::size_t size>
std::optional<unsigned> first_from(const std::bitset<size>& set, std::size_t from) {
    for (auto i = from; i < size; ++i) {
        if (set[i]) return static_cast<unsigned>(i);
    }
    return std::nullopt;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    auto fields = words(text);
    if (fields.size() == 1 && fields[0].starts_with('@')) {
        const auto* const found = std::ranges::find_if(kNicknames, [&](const Nickname& nickname) {
            return iequals(nickname.name, fields[0]);
        });
        if (found == std::end(kNicknames)) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("\"{}\" is no time that is known by name", fields[0]),
                .hint = "There are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually.",
            };
        }
        fields = words(found->fields);
    }
    if (fields.size() != kFields.size()) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("the cron expression has {} fields instead of 5", fields.size()),
            .hint =
                "They are minute, hour, day of month, month, day of week, as in \"30 2 * * mon-fri\"; the time is UTC.",
        };
    }
    std::array<std::bitset<64>, kFields.size()> sets;
    for (std::size_t i = 0; i < kFields.size(); ++i) {
        DRYDOCK_TRY(sets[i], read_field(kFields[i], fields[i]));
    }
    if (sets[4][7]) sets[4].set(0);
    Cron cron;
    cron.minutes_ = low_bits<60>(sets[0]);
    cron.hours_ = low_bits<24>(sets[1]);
    cron.days_ = low_bits<32>(sets[2]);
    cron.months_ = low_bits<13>(sets[3]);
    cron.weekdays_ = low_bits<7>(sets[4]);
    cron.any_day_ = fields[2].starts_with('*');
    cron.any_weekday_ = fields[4].starts_with('*');
    if (!cron.find_after(sys_days{std::chrono::year{2000} / 3 / 1})) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format(
                "the day of month of the cron expression is wrong: no month of \"{}\" has a day \"{}\"",
                fields[3],
                fields[2]
            ),
            .hint = "The 30th of February never comes; for the last day of each month run daily and look at the date.",
        };
    }
    return cron;
}

bool Cron::is_due_on(sys_days day) const {
    const year_month_day date{day};
    if (!months_[static_cast<unsigned>(date.month())]) return false;
    const bool by_date = days_[static_cast<unsigned>(date.day())];
    const bool by_weekday = weekdays_[std::chrono::weekday{day}.c_encoding()];
    return any_day_ || any_weekday_ ? by_date && by_weekday : by_date || by_weekday;
}

std::optional<sys_seconds> Cron::find_after(sys_seconds time) const {
    const auto start = std::chrono::floor<minutes>(time) + minutes{1};
    const auto today = std::chrono::floor<days>(start);
    for (auto day = today; day <= today + kLongest; day += days{1}) {
        if (!is_due_on(day)) continue;
        const auto since = day == today ? start - day : minutes{0};
        const auto from_hour = static_cast<std::size_t>(since.count() / 60);
        for (auto hour = first_from(hours_, from_hour); hour; hour = first_from(hours_, *hour + 1)) {
            const auto from_minute = *hour == from_hour ? static_cast<std::size_t>(since.count() % 60) : 0;
            if (const auto minute = first_from(minutes_, from_minute)) {
                return day + std::chrono::hours{*hour} + minutes{*minute};
            }
        }
    }
    return std::nullopt;
}

sys_seconds Cron::next_after(sys_seconds time) const {
    // parse() has made sure that there is one.
    return find_after(time).value_or(sys_seconds::max());
}

}  // namespace drydock::jobs
