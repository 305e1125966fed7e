#include "cache/degrading.h"

#include <utility>

namespace drydock::cache {

Result<Counted> DegradingCounters::count(
    const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
) {
    auto result =
        guard_->attempt(limits, [&](const Limits& bounded) { return better_->count(key, how_many, window, bounded); });
    if (result) return *std::move(result);
    return other_->count(key, how_many, window, limits);
}

Result<> DegradingCounters::forget(const std::string& key, const Limits& limits) {
    auto result = guard_->attempt(limits, [&](const Limits& bounded) { return better_->forget(key, bounded); });
    if (result && !*result) return *std::move(result);
    return other_->forget(key, limits);
}

}  // namespace drydock::cache
