#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/poll.h"
#include "base/result.h"
#include "cache/breaker.h"

namespace drydock::cache {

struct GuardOptions {
    // What a call may take, so that a store that hangs costs little more than one that is dead.
    std::chrono::milliseconds patience{250};
    BreakerOptions breaker{};
};

struct GuardFigures {
    bool down = false;            // done without at the moment
    std::uint64_t failures = 0;   // calls that failed
    std::uint64_t fallbacks = 0;  // calls that it did not serve, tried or not
};

// Stands before a store that may be down at any moment, and that can be done without. Safe from any thread.
class Guard {
public:
    explicit Guard(GuardOptions options = {}) : patience_(options.patience), breaker_(std::move(options.breaker)) {}

    // What the store made of the call; nothing where it failed or was not asked. Its errors are not the caller's: only
    // an end of his own limits is, and that says nothing about the store.
    template <class Call>
    auto attempt(const Limits& limits, const Call& call) -> std::optional<decltype(call(limits))> {
        if (!breaker_.may_try()) return failed(false);
        auto result = call(limits.at_most(patience_));
        if (result) {
            breaker_.succeeded();
            return result;
        }
        if (auto over = check_limits(limits); !over) {
            breaker_.gave_up();
            return decltype(call(limits)){std::move(over).error()};
        }
        breaker_.failed();
        return failed(true);
    }
    GuardFigures figures() const;

private:
    std::nullopt_t failed(bool tried);

    const std::chrono::milliseconds patience_;
    Breaker breaker_;
    mutable std::mutex mutex_;
    GuardFigures figures_;
};

}  // namespace drydock::cache
