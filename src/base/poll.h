#pragma once

#include <optional>
#include <span>
#include <stop_token>

#include "base/limits.h"
#include "base/result.h"

struct pollfd;

namespace drydock {

// Wakes a poll(2) from another thread when a stop is requested.
class Wake {
public:
    explicit Wake(const std::stop_token& stop);
    ~Wake();
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    int fd() const { return fd_; }  // -1: nothing will ever wake it

private:
    struct Signal {
        int fd;
        void operator()() const noexcept;
    };
    int fd_ = -1;
    std::optional<std::stop_callback<Signal>> callback_;
};

// Nothing when there is time left and no stop was asked for; otherwise cancelled or deadline_exceeded.
Result<> check_limits(const Limits& limits);

// Until the descriptor shows one of poll's `events` (or an error), or the limits end.
Result<> wait_for(int fd, short events, const Limits& limits, const Wake& wake);

// The same for several; their `revents` tell which. `until`: come back then without an error, whatever has happened.
Result<> wait_for(
    std::span<pollfd> fds,
    const Limits& limits,
    const Wake& wake,
    Limits::Clock::time_point until = Limits::Clock::time_point::max()
);

}  // namespace drydock
