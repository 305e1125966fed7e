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
    std::int64_t heap_bytes = 0;         // without its indexes; of an index: itself
    std::optional<std::int64_t> rows{};  // the server's estimate; nothing when it was never analysed
};

// In the order of the names; nothing for one that is not there. Waits no longer than its limits, also for a table
// that somebody has locked: then an Error, and the connection is of no use any more.
Result<std::vector<std::optional<RelationSize>>> relation_sizes(
    pg::Connection& connection, const std::vector<RelationName>& names, const Limits& limits
);

// The age in seconds of the oldest transaction of anybody else; nothing when there is none.
Result<std::optional<double>> oldest_transaction(pg::Connection& connection, const Limits& limits);

// Bytes a second at which the server reads a table now, from a sample of so many of its bytes.
Result<double> reading_rate(
    pg::Connection& connection,
    const RelationName& table,
    std::int64_t table_bytes,
    std::int64_t sample_bytes,
    const Limits& limits
);

}  // namespace drydock::migrate
