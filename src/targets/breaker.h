#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::targets {

enum class Phase : std::uint8_t { closed, open, half_open };
std::string_view wire_name(Phase phase);

struct BreakerOptions {
    int failures = 5;  // in a row, until it opens
    std::chrono::milliseconds first_pause{1'000};
    std::chrono::milliseconds longest_pause{60'000};
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
    std::function<double()> random{};  // in [0, 1); empty: real chance
};

// Keeps a database that is away from being asked again and again: after some failures in a row nobody is let through
// for a while (between a half and the whole of a time that doubles), then one, and on his success everybody. Safe from
// any thread.
class Breaker {
public:
    explicit Breaker(BreakerOptions options = {});

    // unavailable while it is open. Whoever was let through says how it went.
    Result<> admit();
    void succeeded();
    void failed();
    // Neither: it was given up before anything could be told.
    void withdrawn();

    Phase phase() const;
    int failures() const;           // in a row
    std::uint64_t refused() const;  // who was not let through, ever

private:
    const BreakerOptions options_;
    mutable std::mutex mutex_;
    Phase phase_ = Phase::closed;
    bool trying_ = false;  // half open: somebody is on his way
    int failures_ = 0;
    int openings_ = 0;  // since it was last closed
    std::uint64_t refused_ = 0;
    Limits::Clock::time_point until_{};
};

// Whether an Error says that the database is away or turns us away, and not that the question was wrong.
bool counts_as_failure(const Error& error);

}  // namespace drydock::targets
