#include "cache/redis_cache.h"

#include <algorithm>

namespace drydock::cache {
namespace {

using redis::Argv;
using redis::Value;

Result<Value> ask(redis::Pool& pool, const Argv& argv, const Limits& limits) {
    DRYDOCK_TRY(auto lease, pool.acquire(limits));
    return lease->command(argv, limits);
}

Error strange() {
    return Error{.code = ErrorCode::unavailable, .message = "Redis gave an answer of the wrong kind"};
}

std::string milliseconds(std::chrono::milliseconds time) {
    return std::to_string(std::max<std::int64_t>(time.count(), 1));
}

}  // namespace

Result<std::optional<std::string>> RedisValues::get(const std::string& key, const Limits& limits) {
    DRYDOCK_TRY(auto value, ask(*pool_, {"GET", full(key)}, limits));
    if (value.is_null()) return std::optional<std::string>{};
    return std::optional{std::move(value.text)};
}

Result<> RedisValues::set(
    const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits& limits
) {
    DRYDOCK_TRY_VOID(ask(*pool_, {"SET", full(key), std::string{value}, "PX", milliseconds(lifetime)}, limits));
    return {};
}

// In one transaction of the server, so the key can't expire between its making and its counting, which would leave a
// counter that never ends. INCRBY keeps the time to live that SET gave.
Result<Counted> RedisCounters::count(
    const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
) {
    const auto name = full(key);
    DRYDOCK_TRY(auto lease, pool_->acquire(limits));
    DRYDOCK_TRY(
        const auto answers,
        lease->pipeline(
            {{"MULTI"},
             {"SET", name, "0", "PX", milliseconds(window), "NX"},
             {"INCRBY", name, std::to_string(how_many)},
             {"PTTL", name},
             {"EXEC"}},
            limits
        )
    );
    const auto& done = answers.back();
    if (done.is_error()) return redis::to_error(done, false);
    if (done.items.size() != 3) return strange();
    for (const auto& item : done.items) {
        if (item.is_error()) return redis::to_error(item, false);
    }
    auto left = done.items[2].integer;
    if (left < 0) {
        // Somebody else's doing (PERSIST): it gets its end back.
        DRYDOCK_TRY_VOID(lease->command({"PEXPIRE", name, milliseconds(window)}, limits));
        left = window.count();
    }
    return Counted{.count = done.items[1].integer, .left = std::chrono::milliseconds{left}, .shared = true};
}

Result<> RedisCounters::forget(const std::string& key, const Limits& limits) {
    DRYDOCK_TRY_VOID(ask(*pool_, {"DEL", full(key)}, limits));
    return {};
}

}  // namespace drydock::cache
