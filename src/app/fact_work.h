#pragma once

#include "control/store.h"
#include "jobs/kinds.h"
#include "registry/registry.h"

namespace drydock::app {

// databases.facts: asks each active database of an organization for its version, size and facts, several at a time.
// databases.schedules: sees to it that each organization has a schedule of that, which its people may change.
Result<> add_fact_kinds(jobs::Kinds& kinds, control::Store& store, registry::Registry& registry);
Result<> ensure_fact_schedule(control::Store& store, const jobs::Kinds& kinds, const Limits& limits);

}  // namespace drydock::app
