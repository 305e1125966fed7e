#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::pg {

// What a failed piece of work left behind, as far as the error tells.
enum class Aftermath : std::uint8_t {
    final,        // trying again would fail the same way
    not_started,  // no session was had: nothing can have happened
    rolled_back,  // the server undid it for another transaction's sake: nothing of it stays
    unknown,      // the connection went while it ran: it may have been done
};
Aftermath aftermath(const Error& error);

// Whether doing the work twice is the same as doing it once.
enum class Repeatable : std::uint8_t { no, yes };

// Never when the work may have been done and must not be done twice.
bool may_retry(const Error& error, Repeatable repeatable);

struct RetryPolicy {
    int attempts = 5;  // the first included
    std::chrono::milliseconds first_pause{50};
    std::chrono::milliseconds longest_pause{5000};
};

// What a retry takes from the world, so that a test needs no time and no luck.
struct RetryWorld {
    std::function<double()> random;  // in [0, 1)
    std::function<Limits::Clock::time_point()> now;
    // Ends early with the Error of the limits.
    std::function<Result<>(Limits::Clock::duration, const Limits&)> wait;

    static const RetryWorld& real();
};

// The pause before attempt `next` (2 is the first that has one): between a half and the whole of a time that
// doubles with each attempt, so that those who failed together don't come back together.
Limits::Clock::duration pause_before(int next, const RetryPolicy& policy, double random);

// Waits before attempt `next`; an Error when there is to be none: the last one, or cancelled.
Result<> prepare_attempt(
    int next,
    Error last,
    Repeatable repeatable,
    const RetryPolicy& policy,
    const RetryWorld& world,
    const Limits& limits
);

// Calls `work` (returning a Result) until it succeeds, fails for good, or the attempts or the limits are used up;
// then gives its last Error. `work` is a whole transaction, from BEGIN to COMMIT, on a connection that it takes anew.
template <class Work>
std::invoke_result_t<Work&> retry(
    Work&& work, Repeatable repeatable, const RetryPolicy& policy, const RetryWorld& world, const Limits& limits
) {
    for (int attempt = 1;; ++attempt) {
        auto result = work();
        if (result) return result;
        DRYDOCK_TRY_VOID(prepare_attempt(attempt + 1, std::move(result).error(), repeatable, policy, world, limits));
    }
}

}  // namespace drydock::pg
