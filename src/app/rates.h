#pragma once

#include "api/hooks.h"
#include "cache/cache.h"
#include "cache/memory.h"

namespace drydock::app {

// How often one may ask, by what it costs. Reads are counted in memory, a server by itself: a look at a shared counter
// would cost more than most of them. Everything else is counted over all servers.
class Rates final : public api::RateLimits {
public:
    explicit Rates(cache::Cache& cache) : cache_(cache) {}

    std::optional<std::chrono::seconds> refuse(std::string_view who, http::RateClass rate, const Limits& limits)
        override;

private:
    cache::Cache& cache_;
    cache::MemoryCounters counters_{{.alone = true}};
    cache::RateLimiter reads_{counters_};
};

}  // namespace drydock::app
