#pragma once

#include "cache/store.h"
#include "control/store.h"

namespace drydock::cache {

// Counters in the control plane: slower than Redis, and there wherever drydock is. The table is not logged, so a crash
// of the server (not a restart) begins all counts anew.
class PostgresCounters final : public Counters {
public:
    explicit PostgresCounters(control::Store& store) : store_(store) {}

    Result<Counted> count(
        const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
    ) override;
    Result<> forget(const std::string& key, const Limits& limits) override;
    // Deletes windows that are over; call it now and then.
    Result<> forget_old(const Limits& limits);

private:
    control::Store& store_;
};

}  // namespace drydock::cache
