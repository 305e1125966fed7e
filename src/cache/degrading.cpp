#include "cache/degrading.h"

#include <utility>
#include <vector>

#include "base/poll.h"

namespace drydock::cache {
namespace {

// What the better store made of the call; nothing when the other one has to serve it. An end of the caller's own
// limits says nothing about the store.
template <class Call>
auto try_better(Breaker& breaker, std::chrono::milliseconds patience, const Limits& limits, Call call)
    -> std::optional<decltype(call(limits))> {
    if (!breaker.may_try()) return {};
    auto result = call(limits.at_most(patience));
    if (result) {
        breaker.succeeded();
        return result;
    }
    if (auto over = check_limits(limits); !over) {
        breaker.gave_up();
        return decltype(call(limits)){std::move(over).error()};
    }
    breaker.failed();
    return {};
}

}  // namespace

DegradingValues::DegradingValues(
    std::shared_ptr<Values> better, std::shared_ptr<Values> other, DegradingOptions options
)
    : better_(std::move(better)), other_(std::move(other)), options_(options), breaker_(options.breaker) {}

template <class Call>
auto DegradingValues::attempt(const Limits& limits, Call call) -> std::optional<decltype(call(limits))> {
    using Outcome = decltype(call(limits));
    const bool tried = !breaker_.open();
    auto result = try_better(breaker_, options_.patience, limits, [&](const Limits& bounded) -> Outcome {
        if (auto good = make_good(bounded); !good) return std::move(good).error();
        return call(bounded);
    });
    const std::lock_guard lock{mutex_};
    if (!result) {
        ++figures_.fallbacks;
        other_used_ = true;
        if (tried) ++figures_.failures;
    }
    return result;
}

// Before the better store is trusted: what it missed, and what the other one kept meanwhile.
Result<> DegradingValues::make_good(const Limits& limits) {
    std::vector<std::string> keys;
    bool all = false;
    bool used = false;
    std::uint64_t seen = 0;
    {
        const std::lock_guard lock{mutex_};
        all = owes_all_;
        used = other_used_;
        seen = next_debt_;
        for (const auto& [key, debt] : owed_) keys.push_back(key);
    }
    if (all) {
        DRYDOCK_TRY_VOID(better_->clear(limits));
    } else if (!keys.empty()) {
        DRYDOCK_TRY_VOID(better_->erase(keys, limits));
    }
    if (!used && !all && keys.empty()) return {};
    DRYDOCK_TRY_VOID(other_->clear(limits));
    const std::lock_guard lock{mutex_};
    std::erase_if(owed_, [&](const auto& entry) { return entry.second < seen; });
    // A debt of the time between stays, and so does the mark for it.
    if (next_debt_ == seen) owes_all_ = false;
    other_used_ = !owed_.empty();
    return {};
}

void DegradingValues::remember(std::span<const std::string> keys) {
    const std::lock_guard lock{mutex_};
    for (const auto& key : keys) owed_[key] = next_debt_++;
    other_used_ = true;
    if (owed_.size() <= options_.remembered) return;
    owed_.clear();
    owes_all_ = true;
}

Result<std::optional<std::string>> DegradingValues::get(const std::string& key, const Limits& limits) {
    auto result = attempt(limits, [&](const Limits& bounded) { return better_->get(key, bounded); });
    if (result) return *std::move(result);
    return other_->get(key, limits);
}

Result<> DegradingValues::set(
    const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits& limits
) {
    auto result = attempt(limits, [&](const Limits& bounded) { return better_->set(key, value, lifetime, bounded); });
    if (result && *result) return {};
    // Whether it has arrived is not known, or it has not: what stands there is not to be trusted. The debt comes last,
    // so that whoever makes good meanwhile clears the other store again.
    auto done = result ? *std::move(result) : other_->set(key, value, lifetime, limits);
    if (!done) static_cast<void>(other_->erase(key, limits));
    remember({&key, 1});
    return done;
}

Result<> DegradingValues::erase(std::span<const std::string> keys, const Limits& limits) {
    auto result = attempt(limits, [&](const Limits& bounded) { return better_->erase(keys, bounded); });
    if (result && *result) return {};
    auto done = other_->erase(keys, limits);
    remember(keys);
    return result ? *std::move(result) : std::move(done);
}

Result<> DegradingValues::clear(const Limits& limits) {
    auto result = attempt(limits, [&](const Limits& bounded) { return better_->clear(bounded); });
    if (result && *result) return {};
    auto done = other_->clear(limits);
    {
        const std::lock_guard lock{mutex_};
        owes_all_ = true;
        other_used_ = true;
        ++next_debt_;
    }
    return result ? *std::move(result) : std::move(done);
}

DegradingFigures DegradingValues::figures() const {
    const std::lock_guard lock{mutex_};
    auto figures = figures_;
    figures.degraded = breaker_.open();
    return figures;
}

DegradingCounters::DegradingCounters(
    std::shared_ptr<Counters> better, std::shared_ptr<Counters> other, DegradingOptions options
)
    : better_(std::move(better)), other_(std::move(other)), options_(options), breaker_(options.breaker) {}

template <class Call>
auto DegradingCounters::attempt(const Limits& limits, Call call) -> std::optional<decltype(call(limits))> {
    const bool tried = !breaker_.open();
    auto result = try_better(breaker_, options_.patience, limits, call);
    const std::lock_guard lock{mutex_};
    if (!result) {
        ++figures_.fallbacks;
        if (tried) ++figures_.failures;
    }
    return result;
}

Result<Counted> DegradingCounters::count(
    const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
) {
    auto result =
        attempt(limits, [&](const Limits& bounded) { return better_->count(key, how_many, window, bounded); });
    if (result) return *std::move(result);
    return other_->count(key, how_many, window, limits);
}

Result<> DegradingCounters::forget(const std::string& key, const Limits& limits) {
    auto result = attempt(limits, [&](const Limits& bounded) { return better_->forget(key, bounded); });
    if (result && !*result) return *std::move(result);
    return other_->forget(key, limits);
}

DegradingFigures DegradingCounters::figures() const {
    const std::lock_guard lock{mutex_};
    auto figures = figures_;
    figures.degraded = breaker_.open();
    return figures;
}

}  // namespace drydock::cache
