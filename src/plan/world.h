#pragma once

#include <memory>
#include <optional>

#include "catalog/snapshot.h"
#include "effects/estimate.h"
#include "effects/world.h"
#include "migrate/engine.h"
#include "pg/connection.h"
#include "plan/report.h"

namespace drydock::plan {

// What the target's catalog held when the plan was made.
struct PlanWorld {
    catalog::Snapshot snapshot;
    std::optional<effects::World> world;
};
Result<std::unique_ptr<PlanWorld>> read_world(pg::Connection& connection, const Limits& limits);
// nullptr: it could not be read in a short time; statements are told from their text then.
std::unique_ptr<PlanWorld> read_plan_world(const migrate::Context& context, const Limits& limits);

// Sizes, and how long each statement will take. Asked for on connections of their own, so that a table that somebody
// has locked costs a moment and nothing else.
void add_sizes(const migrate::Context& context, PlanReport& report, const Limits& limits);

}  // namespace drydock::plan
