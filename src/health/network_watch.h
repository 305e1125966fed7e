#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/limits.h"

namespace drydock::health {

struct NetworkWatchOptions {
    double share = 0.3;                      // of what was checked lately: more that falls silent at once is suspect
    double calm = 0.15;                      // fewer than this, and it is over
    std::chrono::milliseconds span{10'000};  // what "lately" and "at once" mean
    int least = 5;                           // databases that fell silent
    std::size_t addresses = 3;               // at so many different addresses
    std::chrono::milliseconds longest{120'000};  // then what is silent is believed to be dead
};

// Tells whether so many databases fall silent at once that rather this machine's own network is to blame.
class NetworkWatch {
public:
    using Time = Limits::Clock::time_point;

    explicit NetworkWatch(const NetworkWatchOptions& options) : options_(options) {}

    // A check ended: with or without a sign of life, for the first time in a row or not. `address` is any number that
    // tells addresses apart. Gives whether the verdict changed.
    bool note(Time now, bool silent, bool first, std::uint64_t address);
    bool suspect() const { return since_.has_value(); }

private:
    struct Seen {
        Time at;
        std::uint64_t address;
        bool silent;
        bool first;
    };
    void forget(Time now);
    void count(const Seen& seen, int by);
    bool begins() const;
    bool ends(Time now) const;

    NetworkWatchOptions options_;
    std::deque<Seen> seen_;
    int alive_ = 0;   // checks with a sign of life
    int silent_ = 0;  // and without one
    int fell_ = 0;    // of these, the first of their database
    std::optional<Time> since_;
    bool believed_ = false;  // the longest hold is over, and it has not been calm since
};

}  // namespace drydock::health
