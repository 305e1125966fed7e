#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::control {

// What a statement says of its server's clock: `now` in microseconds since 1970, at any moment between being sent and
// being answered; and when that server was started, which tells its clock from that of another one that takes its
// place.
struct ClockReading {
    std::int64_t now = 0;
    std::int64_t started = 0;
};

// What the control plane's clock shows at this moment, as closely as is known: between `earliest` and `latest`.
struct ClockBounds {
    std::int64_t earliest = 0;
    std::int64_t latest = 0;
    std::int64_t started = 0;
    std::chrono::steady_clock::time_point at{};  // "this moment", by our own
};

// The control plane's clock: the only one that all servers have in common. Where they compare moments, each errs
// towards the side on which it is safe. Safe from any thread.
class Clock {
public:
    using Steady = std::chrono::steady_clock;
    using Now = std::function<Steady::time_point()>;

    explicit Clock(Store& store, Now now = Steady::now) : store_(store), now_(std::move(now)) {}

    // As a statement said that was sent at this moment, and is answered by now.
    void learn(const ClockReading& reading, Steady::time_point sent);
    // Asks the control plane where nobody has told for a while.
    Result<ClockBounds> read(const Limits& limits);
    Steady::time_point steady() const { return now_(); }

private:
    struct Known {
        std::int64_t earliest = 0;  // offsets to our steady clock, at `at`
        std::int64_t latest = 0;
        std::int64_t started = 0;
        Steady::time_point at{};
    };
    std::optional<ClockBounds> bounds() const;

    Store& store_;
    Now now_;
    mutable std::mutex mutex_;
    std::optional<Known> known_;
};

}  // namespace drydock::control
