#pragma once

#include <chrono>
#include <functional>
#include <mutex>

#include "base/limits.h"

namespace drydock::cache {

struct BreakerOptions {
    int failures = 3;  // one after the other, until it opens
    std::chrono::milliseconds first_pause{500};
    std::chrono::milliseconds longest_pause{30'000};
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
};

// Keeps callers from waiting for what is down. Closed: all may try. Open: nobody, until its pause is over. Then one
// caller tries for all; if that fails, the next pause is longer. Safe from any thread.
class Breaker {
public:
    explicit Breaker(BreakerOptions options = {}) : options_(std::move(options)) {}

    // Whether to try now. Who may must say what came of it.
    bool may_try();
    void succeeded();
    void failed();
    // Nothing was learnt: the caller himself went away.
    void gave_up();
    bool open() const;

private:
    const BreakerOptions options_;
    mutable std::mutex mutex_;
    int failures_ = 0;
    int openings_ = 0;
    bool probing_ = false;
    Limits::Clock::time_point closed_until_{};  // no tries until then
};

}  // namespace drydock::cache
