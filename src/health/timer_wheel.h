#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/limits.h"

namespace drydock::health {

// One alarm, part of what it belongs to. It must be cancelled before it goes.
class Timer {
public:
    bool is_set() const { return next_ != nullptr; }

private:
    friend class TimerWheel;
    void unlink();
    Timer* next_ = nullptr;
    Timer* previous_ = nullptr;
    std::int64_t tick_ = 0;
};

// Many alarms that are set and cancelled all the time, each in constant time. They go off at the end of the tick that
// their moment lies in: never early, up to a tick late.
class TimerWheel {
public:
    using Time = Limits::Clock::time_point;

    explicit TimerWheel(Time start, std::chrono::milliseconds tick = std::chrono::milliseconds{5});
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;

    // In place of the moment it was set to before.
    void set(Timer& timer, Time when);
    void cancel(Timer& timer);
    // Calls for each that is due by now. What is called may set and cancel any timer; one that it sets goes off in a
    // later call.
    void advance(Time now, const std::function<void(Timer&)>& due);
    // Not later than the next alarm; nothing when none is set.
    std::optional<Time> next() const;

private:
    static constexpr std::size_t kSlots = 8192;
    static std::size_t slot_of(std::int64_t tick) { return static_cast<std::size_t>(tick) % kSlots; }
    void collect(std::size_t slot, std::int64_t until, Timer& due);
    static void append(Timer& head, Timer& timer);

    Time start_;
    std::chrono::milliseconds tick_;
    std::int64_t done_ = 0;  // the last tick that went off
    std::array<Timer, kSlots> slots_;
    std::array<std::uint64_t, kSlots / 64> occupied_{};
};

}  // namespace drydock::health
