#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/limits.h"
#include "cache/store.h"

namespace drydock::cache {

struct MemoryOptions {
    std::size_t bytes = std::size_t{32} * 1024 * 1024;  // keys and values together; the ones used longest ago go first
    std::size_t largest = std::size_t{1} * 1024 * 1024;
    std::size_t counters = 100'000;
    // Whether this is the only server, so that counting here is counting for all.
    bool alone = false;
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
};

class MemoryValues final : public Values {
public:
    explicit MemoryValues(MemoryOptions options = {}) : options_(std::move(options)) {}

    Result<std::optional<std::string>> get(const std::string& key, const Limits& limits) override;
    Result<> set(
        const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits& limits
    ) override;
    using Values::erase;
    Result<> erase(std::span<const std::string> keys, const Limits& limits) override;
    Result<> clear(const Limits& limits) override;
    std::size_t bytes() const;

private:
    struct Entry {
        std::string key;
        std::string value;
        Limits::Clock::time_point until;
    };
    using Entries = std::list<Entry>;

    void drop(Entries::iterator entry);

    const MemoryOptions options_;
    mutable std::mutex mutex_;
    Entries entries_;  // the one used last in front
    std::unordered_map<std::string_view, Entries::iterator> index_;
    std::size_t bytes_ = 0;
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
