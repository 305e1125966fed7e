#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cache/breaker.h"
#include "cache/store.h"

namespace drydock::cache {

struct DegradingOptions {
    // What the better store may take each time, so that a slow one costs little more than a dead one.
    std::chrono::milliseconds patience{250};
    // Keys to make good when the better store is back; beyond them all of it is cleared.
    std::size_t remembered = 10'000;
    BreakerOptions breaker{};
};

struct DegradingFigures {
    bool degraded = false;
    std::uint64_t failures = 0;   // of the better store
    std::uint64_t fallbacks = 0;  // calls that the other one served
};

// Uses the better store while it works, and the other one while it does not. What could not be set or erased in the
// better one is erased there before it is trusted again, so no value comes back from before. Its errors are not the
// caller's: only an end of his limits is.
class DegradingValues final : public Values {
public:
    DegradingValues(std::shared_ptr<Values> better, std::shared_ptr<Values> other, DegradingOptions options = {});

    Result<std::optional<std::string>> get(const std::string& key, const Limits& limits) override;
    Result<> set(
        const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits& limits
    ) override;
    using Values::erase;
    Result<> erase(std::span<const std::string> keys, const Limits& limits) override;
    Result<> clear(const Limits& limits) override;
    DegradingFigures figures() const;

private:
    template <class Call>
    auto attempt(const Limits& limits, Call call) -> std::optional<decltype(call(limits))>;
    Result<> make_good(const Limits& limits);
    void remember(std::span<const std::string> keys);

    std::shared_ptr<Values> better_;
    std::shared_ptr<Values> other_;
    const DegradingOptions options_;
    Breaker breaker_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::uint64_t> owed_;  // keys to erase, with the number of the last debt
    std::uint64_t next_debt_ = 0;
    bool owes_all_ = false;
    bool other_used_ = false;
    DegradingFigures figures_;
};

// The same for counters. What one store has counted the other does not know: a change begins windows anew.
class DegradingCounters final : public Counters {
public:
    DegradingCounters(std::shared_ptr<Counters> better, std::shared_ptr<Counters> other, DegradingOptions options = {});

    Result<Counted> count(
        const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
    ) override;
    Result<> forget(const std::string& key, const Limits& limits) override;
    DegradingFigures figures() const;

private:
    template <class Call>
    auto attempt(const Limits& limits, Call call) -> std::optional<decltype(call(limits))>;

    std::shared_ptr<Counters> better_;
    std::shared_ptr<Counters> other_;
    const DegradingOptions options_;
    Breaker breaker_;
    mutable std::mutex mutex_;
    DegradingFigures figures_;
};

}  // namespace drydock::cache
