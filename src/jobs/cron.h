#pragma once

#include <bitset>
#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace drydock::jobs {

// When something is due, in the notation of cron and in UTC: five fields (minute, hour, day of month, month, day of
// week) of lists, ranges and steps, names of months and days, or @hourly, @daily (@midnight), @weekly, @monthly,
// @yearly (@annually). As in cron, where both days are given one of them is enough; a field that begins with * counts
// as not given.
class Cron {
public:
    // invalid_argument: which field, and what is wrong with it. Also for a day that never comes.
    static Result<Cron> parse(std::string_view text);

    // The first due minute after (not at) a time.
    std::chrono::sys_seconds next_after(std::chrono::sys_seconds time) const;

private:
    bool is_due_on(std::chrono::sys_days day) const;
    std::optional<std::chrono::sys_seconds> find_after(std::chrono::sys_seconds time) const;

    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;     // from 1
    std::bitset<13> months_;   // from 1
    std::bitset<7> weekdays_;  // Sunday is 0
    bool any_day_ = false;     // the field begins with *
    bool any_weekday_ = false;
};

}  // namespace drydock::jobs
