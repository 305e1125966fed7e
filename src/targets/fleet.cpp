#include "targets/fleet.h"

#include <algorithm>
#include <array>

namespace drydock::targets {

std::optional<Tier> tier_named(std::string_view name) {
    constexpr std::array<std::string_view, 3> kNames{"small", "standard", "large"};
    const auto* const found = std::ranges::find(kNames, name);
    if (found == kNames.end()) return {};
    return static_cast<Tier>(found - kNames.begin());
}

PoolLimits limits_of(Tier tier, const PoolLimits& standard) {
    auto limits = standard;
    if (tier == Tier::small) {
        limits.max = std::max<std::size_t>(1, standard.max / 4);
        limits.min = 0;
    }
    if (tier == Tier::large) limits.max = standard.max * 4;
    limits.min = std::min(limits.min, limits.max);
    return limits;
}

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {}

Result<std::shared_ptr<Target>> Fleet::get(const std::string& key, std::string_view stamp, const Make& make) {
    const auto now = options_.breaker.now();
    {
        const std::lock_guard lock{mutex_};
        if (const auto found = kept_.find(key); found != kept_.end() && found->second.stamp == stamp) {
            found->second.used = now;
            return found->second.target;
        }
    }
    DRYDOCK_TRY(auto made, make());
    // Closed outside the lock: closing says goodbye to a server.
    std::shared_ptr<Target> old;
    const std::lock_guard lock{mutex_};
    make_room();
    auto& kept = kept_[key];
    if (kept.target && kept.stamp == stamp) return kept.target;  // somebody else was quicker
    old = std::move(kept.target);
    kept.stamp = stamp;
    kept.target = made;
    // Another address or secret is another database: what is known of the old one says nothing of it.
    kept.breaker = std::make_shared<Breaker>(options_.breaker);
    kept.used = now;
    return made;
}

void Fleet::make_room() {
    if (kept_.size() < options_.most) return;
    const auto oldest = std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.used; });
    if (oldest != kept_.end()) kept_.erase(oldest);
}

std::shared_ptr<Breaker> Fleet::breaker_of(const std::string& key) {
    const std::lock_guard lock{mutex_};
    if (const auto found = kept_.find(key); found != kept_.end() && found->second.breaker) {
        return found->second.breaker;
    }
    return std::make_shared<Breaker>(options_.breaker);
}

void Fleet::forget(const std::string& key) {
    std::shared_ptr<Target> old;
    const std::lock_guard lock{mutex_};
    if (const auto found = kept_.find(key); found != kept_.end()) {
        old = std::move(found->second.target);
        kept_.erase(found);
    }
}

void Fleet::tend(const Limits& limits) {
    std::vector<std::shared_ptr<Target>> gone;
    std::vector<std::shared_ptr<Target>> staying;
    {
        const std::lock_guard lock{mutex_};
        const auto now = options_.breaker.now();
        std::erase_if(kept_, [&](auto& entry) {
            auto& kept = entry.second;
            const bool old = now - kept.used >= options_.forget_after;
            (old ? gone : staying).push_back(kept.target);
            return old;
        });
    }
    gone.clear();
    for (const auto& target : staying) target->tend(limits);
}

std::vector<FleetFigures> Fleet::figures() const {
    std::vector<FleetFigures> result;
    const std::lock_guard lock{mutex_};
    for (const auto& [key, kept] : kept_) {
        result.push_back({
            .key = key,
            .pool = kept.target->figures(),
            .phase = kept.breaker->phase(),
            .failures = kept.breaker->failures(),
        });
    }
    return result;
}

}  // namespace drydock::targets
