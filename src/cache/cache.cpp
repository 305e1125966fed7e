#include "cache/cache.h"

#include <utility>

namespace drydock::cache {
namespace {

constexpr std::size_t kLargestAnswer = std::size_t{4} * 1024 * 1024;

std::shared_ptr<redis::Pool> make_pool(net::Dialler dialler, const CacheOptions& options) {
    auto where = options.redis;
    // Ours are far smaller, and it is not to fill our memory.
    where->limits.bytes = kLargestAnswer;
    return std::make_shared<redis::Pool>(
        [dialler = std::move(dialler), where = *std::move(where)](const Limits& limits) {
            return redis::Client::connect(dialler, where, limits);
        },
        options.pool
    );
}

}  // namespace

Cache::Cache(control::Store& store, control::Clock& clock, SharedKeys keys, net::Dialler dialler, CacheOptions options)
    : clock_(clock),
      keys_(std::make_shared<const SharedKeys>(std::move(keys))),
      postgres_(std::make_shared<PostgresCounters>(store)),
      counters_(std::make_shared<DegradingCounters>(
          std::make_shared<Guard>(options.guard), postgres_, std::make_shared<MemoryCounters>(options.memory)
      )) {
    if (options.redis) {
        const auto pool = make_pool(std::move(dialler), options);
        redis_ = {
            .values = std::make_shared<RedisValues>(pool, options.keys),
            .guard = std::make_shared<Guard>(options.guard),
        };
        counters_ = std::make_shared<DegradingCounters>(
            redis_.guard, std::make_shared<RedisCounters>(pool, options.keys), counters_
        );
    }
    limiter_.emplace(*counters_, options.servers);
}

std::unique_ptr<Shared> Cache::share(std::string space) {
    return std::make_unique<Shared>(std::move(space), redis_, keys_, clock_);
}

std::optional<GuardFigures> Cache::redis_figures() const {
    if (!redis_.guard) return std::nullopt;
    return redis_.guard->figures();
}

}  // namespace drydock::cache
