#pragma once

#include <memory>
#include <string>

#include "cache/store.h"
#include "redis/pool.h"

namespace drydock::cache {

struct RedisOptions {
    std::string prefix = "drydock:";  // of every key; of letters, digits and ':'
};

class RedisValues final : public Values {
public:
    RedisValues(std::shared_ptr<redis::Pool> pool, RedisOptions options)
        : pool_(std::move(pool)), options_(std::move(options)) {}

    Result<std::optional<std::string>> get(const std::string& key, const Limits& limits) override;
    Result<> set(
        const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits& limits
    ) override;

private:
    std::string full(const std::string& key) const { return options_.prefix + "v:" + key; }

    std::shared_ptr<redis::Pool> pool_;
    const RedisOptions options_;
};

class RedisCounters final : public Counters {
public:
    RedisCounters(std::shared_ptr<redis::Pool> pool, RedisOptions options)
        : pool_(std::move(pool)), options_(std::move(options)) {}

    Result<Counted> count(
        const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
    ) override;
    Result<> forget(const std::string& key, const Limits& limits) override;

private:
    std::string full(const std::string& key) const { return options_.prefix + "n:" + key; }

    std::shared_ptr<redis::Pool> pool_;
    const RedisOptions options_;
};

}  // namespace drydock::cache
