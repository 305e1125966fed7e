#include "crypto/places.h"

namespace drydock::crypto {

Result<Places::Place> Places::take(const Limits& limits) {
    std::unique_lock lock{mutex_};
    const auto is_free = [this] { return free_ > 0; };
    // Without a deadline there is a wait of its own: "the end of time" overflows on its way to the system's clock.
    const bool got = limits.deadline == Limits::Clock::time_point::max()
                         ? freed_.wait(lock, limits.stop, is_free)
                         : freed_.wait_until(lock, limits.stop, limits.deadline, is_free);
    if (got) {
        --free_;
        return Place{*this};
    }
    if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "it was cancelled"};
    return Error{.code = ErrorCode::deadline_exceeded, .message = "no place got free in time"};
}

void Places::give_back() {
    {
        const std::lock_guard lock{mutex_};
        ++free_;
    }
    freed_.notify_one();
}

}  // namespace drydock::crypto
