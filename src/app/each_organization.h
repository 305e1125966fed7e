#pragma once

#include <cstdint>
#include <optional>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::app {

// For each organization; one that fails keeps no other from it, and its Error is the job's at the end.
template <class Work>
Result<std::int64_t> for_each_organization(control::Store& store, const Limits& limits, Work work) {
    DRYDOCK_TRY(const auto organizations, store.organizations(limits));
    std::int64_t done = 0;
    std::optional<Error> failed;
    for (const auto& organization : organizations) {
        auto outcome = work(organization);
        if (outcome)
            ++done;
        else if (outcome.error().code == ErrorCode::cancelled)
            return std::move(outcome).error();
        else
            failed = std::move(outcome).error();
    }
    if (failed) return *std::move(failed);
    return done;
}

}  // namespace drydock::app
