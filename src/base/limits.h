#pragma once

#include <algorithm>
#include <chrono>
#include <stop_token>

namespace drydock {

// What bounds a blocking operation: the moment it must be over, and a request to stop sooner.
struct Limits {
    using Clock = std::chrono::steady_clock;

    Clock::time_point deadline = Clock::time_point::max();
    std::stop_token stop{};

    static Limits within(Clock::duration time, std::stop_token stop = {}) {
        return {.deadline = Clock::now() + time, .stop = std::move(stop)};
    }
    // The same stop token, and the earlier of both deadlines.
    Limits at_most(Clock::duration time) const {
        return {.deadline = std::min(deadline, Clock::now() + time), .stop = stop};
    }
};

}  // namespace drydock
