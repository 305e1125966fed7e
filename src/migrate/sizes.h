#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"

namespace drydock::migrate {

// A relation as a migration names it; without a schema it is looked for in the session's search path.
struct RelationName {
    std::string schema{};
    std::string name{};
};

struct RelationSize {
    std::int64_t bytes = 0;              // on disk, with its indexes, its TOAST table and all its partitions
    std::optional<std::int64_t> rows{};  // the server's estimate; nothing when it was never analysed
};

// In the order of the names; nothing for one that is not there. Waits no longer than its limits, also for a table
// that somebody has locked: then an Error, and the connection is of no use any more.
Result<std::vector<std::optional<RelationSize>>> relation_sizes(
    pg::Connection& connection, const std::vector<RelationName>& names, const Limits& limits
);

}  // namespace drydock::migrate
