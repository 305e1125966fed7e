#include "cache/memory.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace drydock::cache {
namespace {

using Clock = Limits::Clock;

}  // namespace

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
