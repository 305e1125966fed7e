#include "preflight/window.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::preflight {
namespace {

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr int kMinutesOfDay = 24 * 60;

Error wrong(std::string_view window, std::string message) {
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("the maintenance window \"{}\": {}", window, message),
        .hint = "write it as \"Mon-Fri 22:00-05:00 Europe/Berlin\", several with \";\" between"
    };
}

std::optional<std::size_t> day_of(std::string_view text) {
    const auto found = std::find(kDays.begin(), kDays.end(), to_lower(text).substr(0, 3));
    // "Monday" and "Thurs" are read, "Month" is not.
    constexpr std::array<std::string_view, 7> kLong{
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
    };
    if (found == kDays.end()) return std::nullopt;
    const auto index = static_cast<std::size_t>(found - kDays.begin());
    if (!kLong[index].starts_with(to_lower(text))) return std::nullopt;
    return index;
}

bool add_days(std::string_view text, std::array<bool, 7>& days) {
    for (const auto part : split(text, ',')) {
        const auto dash = part.find('-');
        const auto first = day_of(trim(part.substr(0, dash)));
        const auto last = dash == std::string_view::npos ? first : day_of(trim(part.substr(dash + 1)));
        if (!first || !last) return false;
        for (auto day = *first;; day = (day + 1) % 7) {  // Fri-Mon goes over the week's end
            days[day] = true;
            if (day == *last) break;
        }
    }
    return true;
}

std::optional<int> minutes_of(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon > 2 || text.size() != colon + 3) return std::nullopt;
    int hours = 0;
    int minutes = 0;
    const auto read = [](std::string_view part, int& into) {
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), into);
        return error == std::errc{} && end == part.data() + part.size() && part.front() != '-';
    };
    if (!read(text.substr(0, colon), hours) || !read(text.substr(colon + 1), minutes)) return std::nullopt;
    const int total = hours * 60 + minutes;
    if (hours > 24 || minutes > 59 || total > kMinutesOfDay) return std::nullopt;
    return total;
}

// Names of the IANA have an area; what has none is an abbreviation or a POSIX offset, whose sign is the other way
// round than people read it.
bool is_zone(std::string_view text) {
    if (text == "UTC") return true;
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '+' || c == '/';
    };
    const auto slash = text.find('/');
    return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
           std::all_of(text.begin(), text.end(), good);
}

Result<Window> parse_window(std::string_view text) {
    std::vector<std::string_view> words;
    for (const auto word : split(text, ' ')) {
        if (!trim(word).empty()) words.push_back(trim(word));
    }
    const auto times =
        std::find_if(words.begin(), words.end(), [](auto word) { return word.find(':') != std::string_view::npos; });
    if (times == words.end()) return wrong(text, "it has no times such as 22:00-05:00");
    Window window{.zone = "UTC", .text = std::string{text}};
    if (times == words.begin()) window.days.fill(true);
    std::string days;  // "Mon - Fri" and "Mon, Wed" come as several words
    for (auto word = words.begin(); word != times; ++word) days += *word;
    if (!days.empty() && !add_days(days, window.days)) {
        return wrong(text, fmt::format("\"{}\" is no day or range of days", days));
    }
    const auto dash = times->find('-');
    const auto begin = minutes_of(times->substr(0, dash));
    const auto end = dash == std::string_view::npos ? std::nullopt : minutes_of(times->substr(dash + 1));
    if (!begin || !end) return wrong(text, fmt::format("\"{}\" is no time from-to such as 22:00-05:00", *times));
    if (*begin == *end || *begin == kMinutesOfDay) {
        return wrong(text, "it begins when it ends; the whole day is 00:00-24:00");
    }
    window.begin = *begin;
    window.end = *end;
    const auto behind = std::vector<std::string_view>(times + 1, words.end());
    if (behind.size() > 1) return wrong(text, fmt::format("\"{}\" is one word too many", behind[1]));
    if (!behind.empty()) {
        if (!is_zone(behind[0])) {
            return wrong(text, fmt::format("\"{}\" is no IANA time zone such as Europe/Berlin or UTC", behind[0]));
        }
        window.zone = behind[0];
    }
    return window;
}

}  // namespace

Result<std::vector<Window>> parse_windows(std::string_view text) {
    std::vector<Window> windows;
    for (const auto part : split(text, ';')) {
        if (trim(part).empty()) continue;
        DRYDOCK_TRY(auto window, parse_window(trim(part)));
        windows.push_back(std::move(window));
    }
    return windows;
}

}  // namespace drydock::preflight
