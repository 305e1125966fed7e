#pragma once

#include <string>
#include <vector>

#include "catalog/snapshot.h"

namespace drydock::undo {

// The catalog that a rollback can reach where tables have rows. What the migration took away comes back empty: so a
// column that had NOT NULL and no default comes back without it, and what such columns and rows were checked against
// comes back weaker or not at all. Of no row that is still there anything is given up.
struct Goal {
    catalog::Snapshot snapshot;
    std::vector<std::string> concessions;  // in sentences
};
Goal goal_of(const catalog::Snapshot& before, const catalog::Snapshot& after);

}  // namespace drydock::undo
