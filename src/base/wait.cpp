#include "base/wait.h"

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>

namespace drydock {

Result<> pause(std::chrono::milliseconds time, const Limits& limits) {
    std::mutex mutex;
    std::condition_variable_any over;
    std::unique_lock lock{mutex};
    const auto until = std::min(Limits::Clock::now() + time, limits.deadline);
    over.wait_until(lock, limits.stop, until, [] { return false; });
    if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
    if (Limits::Clock::now() >= limits.deadline)
        return Error{.code = ErrorCode::deadline_exceeded, .message = "the time is over"};
    return {};
}

std::chrono::milliseconds jittered(std::chrono::milliseconds first, std::chrono::milliseconds most, int n) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const double grown = static_cast<double>(first.count()) * std::pow(1.5, n);
    const double wait = std::min(grown, static_cast<double>(most.count()));
    return std::chrono::milliseconds{
        static_cast<std::int64_t>(wait * std::uniform_real_distribution{0.75, 1.25}(random))
    };
}

}  // namespace drydock
