#pragma once

#include <vector>

#include "audit/checkpoint.h"
#include "audit/signing.h"
#include "cache/cache.h"
#include "control/store.h"
#include "identity/service.h"
#include "jobs/kinds.h"
#include "registry/key_rotation.h"
#include "registry/registry.h"

namespace drydock::app {

// What the kinds of drydock's own work need.
struct HousekeepingParts {
    control::Store& store;
    registry::Registry& registry;
    const identity::Service& identity;
    cache::Cache& cache;
    const audit::SigningKeys& signing;
    audit::CheckpointSink* sink = nullptr;  // none: checkpoints are kept in the control plane alone
};

// The kinds, and when each is done. In one server of all that share the control plane, by the job queue.
Result<> add_housekeeping_kinds(jobs::Kinds& kinds, const HousekeepingParts& parts);
Result<> ensure_housekeeping_schedules(control::Store& store, const jobs::Kinds& kinds, const Limits& limits);

// What else than data keys is sealed by a master key.
std::vector<registry::MasterKeyUse> other_master_key_uses(const HousekeepingParts& parts);

}  // namespace drydock::app
