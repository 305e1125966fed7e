#pragma once

#include <string_view>

#include "effects/effect.h"
#include "effects/world.h"

namespace drydock::effects {

// What PostgreSQL would find proved by the validated CHECKs of a table, so that it need not read the rows.
// Only on a big stack: the constraints are parsed.

// "column is not null", for SET NOT NULL and PRIMARY KEY.
bool proves_not_null(const Relation& table, std::string_view column);

// Any row of the table fits the bound ("FOR VALUES FROM … TO …") of a partition of a table with that key
// ("RANGE (ts)"). maybe: this reading can't tell.
Certainty proves_bound(const Relation& table, std::string_view key, std::string_view bound);

}  // namespace drydock::effects
