#include "cache/memory.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace drydock::cache {
namespace {

using Clock = Limits::Clock;

// What an entry costs beside its bytes, roughly: two nodes and their hash.
constexpr std::size_t kOverhead = 128;

std::size_t cost(std::string_view key, std::string_view value) {
    return key.size() + value.size() + kOverhead;
}

}  // namespace

Result<std::optional<std::string>> MemoryValues::get(const std::string& key, const Limits&) {
    const std::lock_guard lock{mutex_};
    const auto found = index_.find(key);
    if (found == index_.end()) return std::optional<std::string>{};
    const auto entry = found->second;
    if (options_.now() >= entry->until) {
        drop(entry);
        return std::optional<std::string>{};
    }
    entries_.splice(entries_.begin(), entries_, entry);
    return std::optional{entry->value};
}

Result<>
MemoryValues::set(const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits&) {
    const std::lock_guard lock{mutex_};
    if (const auto found = index_.find(key); found != index_.end()) drop(found->second);
    if (value.size() > options_.largest || cost(key, value) > options_.bytes || lifetime.count() <= 0) return {};
    entries_.push_front({key, std::string{value}, options_.now() + lifetime});
    index_.emplace(entries_.front().key, entries_.begin());
    bytes_ += cost(key, value);
    while (bytes_ > options_.bytes) drop(std::prev(entries_.end()));
    return {};
}

Result<> MemoryValues::erase(std::span<const std::string> keys, const Limits&) {
    const std::lock_guard lock{mutex_};
    for (const auto& key : keys) {
        if (const auto found = index_.find(key); found != index_.end()) drop(found->second);
    }
    return {};
}

Result<> MemoryValues::clear(const Limits&) {
    const std::lock_guard lock{mutex_};
    index_.clear();
    entries_.clear();
    bytes_ = 0;
    return {};
}

std::size_t MemoryValues::bytes() const {
    const std::lock_guard lock{mutex_};
    return bytes_;
}

void MemoryValues::drop(Entries::iterator entry) {
    bytes_ -= cost(entry->key, entry->value);
    index_.erase(entry->key);
    entries_.erase(entry);
}

Result<Counted>
MemoryCounters::count(const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits&) {
    const std::lock_guard lock{mutex_};
    const auto now = options_.now();
    auto found = windows_.find(key);
    if (found == windows_.end()) {
        if (windows_.size() >= options_.counters) make_room(now);
        found = windows_.emplace(key, Window{}).first;
    }
    auto& current = found->second;
    if (now >= current.end) current = {.count = 0, .end = now + window};
    current.count += how_many;
    return Counted{
        .count = current.count,
        .left = std::chrono::ceil<std::chrono::milliseconds>(current.end - now),
        .shared = options_.alone
    };
}

// Who floods the table with keys must not push out those that are near their limit: windows that are over go, then
// the half with the smallest counts.
void MemoryCounters::make_room(Clock::time_point now) {
    std::erase_if(windows_, [&](const auto& entry) { return now >= entry.second.end; });
    if (windows_.size() < options_.counters) return;
    std::vector<std::int64_t> counts;
    counts.reserve(windows_.size());
    for (const auto& [_, window] : windows_) counts.push_back(window.count);
    const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
    std::nth_element(counts.begin(), middle, counts.end());
    auto spare = counts.size() / 2 + 1;
    std::erase_if(windows_, [&, most = *middle](const auto& entry) {
        return entry.second.count <= most && spare > 0 && spare-- > 0;
    });
}

Result<> MemoryCounters::forget(const std::string& key, const Limits&) {
    const std::lock_guard lock{mutex_};
    windows_.erase(key);
    return {};
}

}  // namespace drydock::cache
