#include "cache/cache.h"

#include <utility>

namespace drydock::cache {
namespace {

std::shared_ptr<redis::Pool> make_pool(net::Dialler dialler, const CacheOptions& options) {
    return std::make_shared<redis::Pool>(
        [dialler = std::move(dialler), where = *options.redis](const Limits& limits) {
            return redis::Client::connect(dialler, where, limits);
        },
        options.pool
    );
}

}  // namespace

Cache::Cache(control::Store& store, net::Dialler dialler, CacheOptions options)
    : postgres_(std::make_shared<PostgresCounters>(store)),
      values_(std::make_shared<MemoryValues>(options.memory)),
      counters_(std::make_shared<DegradingCounters>(
          postgres_, std::make_shared<MemoryCounters>(options.memory), options.degrading
      )) {
    if (options.redis) {
        const auto pool = make_pool(std::move(dialler), options);
        redis_values_ = std::make_shared<DegradingValues>(
            std::make_shared<RedisValues>(pool, options.keys), values_, options.degrading
        );
        values_ = redis_values_;
        redis_counters_ = std::make_shared<DegradingCounters>(
            std::make_shared<RedisCounters>(pool, options.keys), counters_, options.degrading
        );
        counters_ = redis_counters_;
    }
    limiter_.emplace(*counters_, options.servers);
}

std::optional<DegradingFigures> Cache::redis_figures() const {
    if (!redis_values_) return {};
    auto figures = redis_values_->figures();
    const auto counters = redis_counters_->figures();
    figures.degraded = figures.degraded || counters.degraded;
    figures.failures += counters.failures;
    figures.fallbacks += counters.fallbacks;
    return figures;
}

}  // namespace drydock::cache
