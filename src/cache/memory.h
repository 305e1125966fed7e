#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/limits.h"
#include "cache/store.h"

namespace drydock::cache {

struct MemoryOptions {
    std::size_t counters = 100'000;
    // Whether this is the only server, so that counting here is counting for all.
    bool alone = false;
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
};

class MemoryCounters final : public Counters {
public:
    explicit MemoryCounters(MemoryOptions options = {}) : options_(std::move(options)) {}

    Result<Counted> count(
        const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
    ) override;
    Result<> forget(const std::string& key, const Limits& limits) override;

private:
    struct Window {
        std::int64_t count = 0;
        Limits::Clock::time_point end{};
    };

    void make_room(Limits::Clock::time_point now);

    const MemoryOptions options_;
    std::mutex mutex_;
    std::unordered_map<std::string, Window> windows_;
};

}  // namespace drydock::cache
