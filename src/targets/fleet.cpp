#include "targets/fleet.h"

#include <algorithm>
#include <array>

namespace drydock::targets {
namespace {

void add_counts(FleetTotals& totals, const FleetFigures& figures) {
    totals.refused += figures.refused;
    totals.pool.acquired += figures.pool.acquired;
    totals.pool.timed_out += figures.pool.timed_out;
    totals.pool.opened += figures.pool.opened;
    totals.pool.open_failed += figures.pool.open_failed;
    totals.pool.expired += figures.pool.expired;
    totals.pool.broken += figures.pool.broken;
}

}  // namespace

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
    std::shared_ptr<Target> old;
    std::shared_ptr<Target> oldest;
    const std::lock_guard lock{mutex_};
    oldest = make_room(key);
    auto& kept = kept_[key];
    if (kept.target && kept.stamp == stamp) return kept.target;  // somebody else was quicker
    if (kept.target) old = let_go(key, kept);
    kept.stamp = stamp;
    kept.target = made;
    // Another address or secret is another database: what is known of the old one says nothing of it.
    kept.breaker = std::make_shared<Breaker>(options_.breaker);
    kept.used = now;
    return made;
}

std::shared_ptr<Target> Fleet::make_room(const std::string& key) {
    if (kept_.size() < options_.most || kept_.contains(key)) return {};
    const auto oldest = std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.used; });
    if (oldest == kept_.end()) return {};
    auto target = let_go(oldest->first, oldest->second);
    kept_.erase(oldest);
    return target;
}

std::shared_ptr<Target> Fleet::let_go(const std::string& key, Kept& kept) {
    const auto last = figures_of(key, kept);
    add_counts(gone_, last);
    // Closed with it.
    gone_.pool.expired += last.pool.idle;
    return std::move(kept.target);
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
        old = let_go(key, found->second);
        kept_.erase(found);
    }
}

void Fleet::tend(const Limits& limits) {
    std::vector<std::shared_ptr<Target>> gone;
    std::vector<std::shared_ptr<Target>> staying;
    {
        const std::lock_guard lock{mutex_};
        const auto now = options_.breaker.now();
        for (auto at = kept_.begin(); at != kept_.end();) {
            auto& kept = at->second;
            if (now - kept.used >= options_.forget_after) {
                gone.push_back(let_go(at->first, kept));
                at = kept_.erase(at);
                continue;
            }
            // What is left alone is not opened to keep a least number of connections either.
            if (kept.breaker->phase() == Phase::closed) staying.push_back(kept.target);
            ++at;
        }
    }
    gone.clear();
    for (const auto& target : staying) target->tend(limits);
}

std::vector<FleetFigures> Fleet::figures() const {
    std::vector<FleetFigures> result;
    const std::lock_guard lock{mutex_};
    for (const auto& [key, kept] : kept_) result.push_back(figures_of(key, kept));
    return result;
}

std::optional<FleetFigures> Fleet::figures(const std::string& key) const {
    const std::lock_guard lock{mutex_};
    const auto found = kept_.find(key);
    if (found == kept_.end()) return {};
    return figures_of(key, found->second);
}

FleetTotals Fleet::totals() const {
    const std::lock_guard lock{mutex_};
    auto totals = gone_;
    totals.targets = kept_.size();
    for (const auto& [key, kept] : kept_) {
        const auto figures = figures_of(key, kept);
        add_counts(totals, figures);
        totals.pool.idle += figures.pool.idle;
        totals.pool.in_use += figures.pool.in_use;
        totals.pool.waiting += figures.pool.waiting;
        totals.pool.most += figures.pool.most;
        if (figures.phase != Phase::closed) ++totals.breakers_open;
    }
    return totals;
}

FleetFigures Fleet::figures_of(const std::string& key, const Kept& kept) {
    return {
        .key = key,
        .pool = kept.target->figures(),
        .phase = kept.breaker->phase(),
        .failures = kept.breaker->failures(),
        .refused = kept.breaker->refused(),
    };
}

}  // namespace drydock::targets
