#pragma once

#include <optional>
#include <stop_token>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::pg {

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
Result<> check(const Limits& limits);

// Until the socket shows one of poll's `events` (or an error), or the limits end.
Result<> wait_socket(int socket, short events, const Limits& limits, const Wake& wake);

}  // namespace drydock::pg
