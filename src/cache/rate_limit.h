#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "cache/store.h"

namespace drydock::cache {

// At most `most` within `window`, counted from the first one on.
struct RateLimit {
    std::int64_t most = 0;
    std::chrono::milliseconds window{60'000};
};

struct Verdict {
    bool allowed = false;
    std::int64_t most = 0;  // that was held to: fewer than asked for while servers count apart
    std::int64_t remaining = 0;
    std::chrono::milliseconds window_left{0};
    // For the header Retry-After: whole seconds, rounded up; 0 when it is allowed.
    std::chrono::seconds retry_after() const;
};

// Safe from any thread. Windows begin with the first call and don't slide, so at the end of one and the beginning of
// the next there can be twice `most` in a short time.
class RateLimiter {
public:
    // While the counters can't be shared, each server allows a part only: 1/servers of the limit, at least one.
    explicit RateLimiter(Counters& counters, std::int64_t servers = 2) : counters_(counters), servers_(servers) {}

    // Counts one (or `cost`), even if it is not allowed. `who`: an address, a user, a token's id.
    Result<Verdict> take(
        std::string_view space,
        std::string_view who,
        const RateLimit& limit,
        const Limits& limits,
        std::int64_t cost = 1
    );
    Result<> forget(std::string_view space, std::string_view who, const Limits& limits);

private:
    Counters& counters_;
    const std::int64_t servers_;
};

}  // namespace drydock::cache
