#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::preflight {

// A time of the week, in local time of its zone. It is named after the day on which it begins, and may end on the next.
struct Window {
    std::array<bool, 7> days{};  // from Monday
    int begin = 0;               // minutes from midnight
    int end = 0;                 // up to 24:00; not after `begin`: on the next day
    std::string zone;            // "Europe/Berlin", "UTC"
    std::string text;            // as written
};

// "Mon-Fri 22:00-05:00 Europe/Berlin"; several with ";" between. Days ("Mon", "Sat-Sun", "Mon,Wed") may be left out:
// every day; so may the zone: UTC. A zone is one of the IANA's names: an abbreviation would not know summer time.
// Errors (invalid_argument) say which part is wrong.
Result<std::vector<Window>> parse_windows(std::string_view text);

}  // namespace drydock::preflight
