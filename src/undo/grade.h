#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/difference.h"
#include "undo/rollback.h"
#include "undo/rows.h"

namespace drydock::undo {

// What is known when the SQL has been found: three states of one database.
struct Evidence {
    const catalog::Snapshot& before;
    const catalog::Snapshot& goal;  // what of it can be reached at all
    const catalog::Snapshot& after;
    const catalog::Snapshot& restored;  // after the rollback
    const Told& told;
    // OIDs of relations that the migration wrote to, when it was watched; nullopt: it could not be.
    std::optional<std::set<std::uint32_t>> written;
    std::vector<std::string> concessions;  // how the goal is less than it
    std::vector<std::string> impossible;   // what no statement does
    std::vector<std::string> failures;     // what the server refused
};

// Fills in grade, losses, reasons and drops.
void judge(const Evidence& evidence, Generated& result);

}  // namespace drydock::undo
