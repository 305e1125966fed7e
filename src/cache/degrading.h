#pragma once

#include <memory>

#include "cache/guard.h"
#include "cache/store.h"

namespace drydock::cache {

// Counts in the better store while it works, and in the other one while it does not. What one has counted the other
// does not know: a change begins windows anew.
class DegradingCounters final : public Counters {
public:
    DegradingCounters(std::shared_ptr<Guard> guard, std::shared_ptr<Counters> better, std::shared_ptr<Counters> other)
        : guard_(std::move(guard)), better_(std::move(better)), other_(std::move(other)) {}

    Result<Counted> count(
        const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
    ) override;
    Result<> forget(const std::string& key, const Limits& limits) override;

private:
    std::shared_ptr<Guard> guard_;
    std::shared_ptr<Counters> better_;
    std::shared_ptr<Counters> other_;
};

}  // namespace drydock::cache
