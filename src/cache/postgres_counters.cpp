#include "cache/postgres_counters.h"

#include "cache/queries.h"

namespace drydock::cache {

Result<Counted> PostgresCounters::count(
    const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
) {
    const auto amount = std::to_string(how_many);
    const auto length = std::to_string(window.count());
    return store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<Counted> {
        DRYDOCK_TRY(const auto rows, transaction.query(queries::count, {key, amount, length}));
        return Counted{
            .count = rows.integer(0, 0), .left = std::chrono::milliseconds{rows.integer(0, 1)}, .shared = true
        };
    });
}

Result<> PostgresCounters::forget(const std::string& key, const Limits& limits) {
    return store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::forget, {key}));
        return {};
    });
}

Result<> PostgresCounters::forget_old(const Limits& limits) {
    return store_.run(control::Actor::system(), limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::forget_old));
        return {};
    });
}

}  // namespace drydock::cache
