#include "cache/rate_limit.h"

#include <algorithm>

#include <fmt/format.h>

namespace drydock::cache {
namespace {

constexpr std::chrono::milliseconds kLongest = std::chrono::hours{24};

std::string counter(std::string_view space, std::string_view who) {
    return key(fmt::format("rate_{}", space), who);
}

}  // namespace

std::chrono::seconds Verdict::retry_after() const {
    return allowed ? std::chrono::seconds{0} : std::chrono::ceil<std::chrono::seconds>(window_left);
}

Result<Verdict> RateLimiter::take(
    std::string_view space, std::string_view who, const RateLimit& limit, const Limits& limits, std::int64_t cost
) {
    if (limit.most < 0 || cost < 1 || limit.window.count() < 1 || limit.window > kLongest) {
        return Error{.code = ErrorCode::internal, .message = "a rate limit must be of a positive time, a day at most"};
    }
    DRYDOCK_TRY(const auto counted, counters_.count(counter(space, who), cost, limit.window, limits));
    const auto share = std::max<std::int64_t>(limit.most / std::max<std::int64_t>(servers_, 1), 1);
    const auto most = counted.shared ? limit.most : std::min(limit.most, share);
    return Verdict{
        .allowed = counted.count <= most,
        .most = most,
        .remaining = std::max<std::int64_t>(most - counted.count, 0),
        .window_left = counted.left
    };
}

Result<> RateLimiter::forget(std::string_view space, std::string_view who, const Limits& limits) {
    return counters_.forget(counter(space, who), limits);
}

}  // namespace drydock::cache
