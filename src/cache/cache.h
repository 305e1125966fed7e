#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cache/degrading.h"
#include "cache/memory.h"
#include "cache/postgres_counters.h"
#include "cache/rate_limit.h"
#include "cache/redis_cache.h"
#include "cache/shared.h"
#include "control/clock.h"
#include "control/store.h"
#include "net/dialler.h"
#include "redis/client.h"
#include "redis/pool.h"

namespace drydock::cache {

struct CacheOptions {
    std::optional<redis::ConnectOptions> redis{};  // none: PostgreSQL counts, and nothing is shared
    RedisOptions keys{};
    redis::PoolOptions pool{};
    MemoryOptions memory{};
    GuardOptions guard{};
    std::int64_t servers = 2;  // how many there may be, for limits while each counts alone
};

// The stores of a server, put together: Redis if there is one, then PostgreSQL (counters), then memory. With or without
// Redis the same calls do the same.
class Cache {
public:
    Cache(control::Store& store, control::Clock& clock, SharedKeys keys, net::Dialler dialler, CacheOptions options);
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;

    // For values of one kind. Of a name of a-z and '_', each for one use.
    std::unique_ptr<Shared> share(std::string space);
    Counters& counters() { return *counters_; }
    RateLimiter& limiter() { return *limiter_; }
    // Nothing where no Redis is configured.
    std::optional<GuardFigures> redis_figures() const;
    // Deletes what is over in PostgreSQL; now and then.
    Result<> tend(const Limits& limits) { return postgres_->forget_old(limits); }

private:
    control::Clock& clock_;
    std::shared_ptr<const SharedKeys> keys_;
    Shared::Store redis_;
    std::shared_ptr<PostgresCounters> postgres_;
    std::shared_ptr<Counters> counters_;
    std::optional<RateLimiter> limiter_;
};

}  // namespace drydock::cache
