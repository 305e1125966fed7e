#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/limits.h"
#include "base/result.h"
#include "catalog/object.h"
#include "pg/connection.h"

namespace drydock::catalog {

// What a database's catalog holds at one moment, as plain values in canonical order: two snapshots of equal schemas
// are equal whatever the OIDs, the order of creation, the order of privileges and the search path were.
// Members of extensions are left out, and so are the schemas drydock, pg_catalog, information_schema and temporary
// ones.
struct Snapshot {
    int server_version = 0;
    std::vector<Object> objects;  // by compare_keys
    // objects[first] can't be without objects[second]; only where asked for. Sorted.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> dependencies;

    const Object* find(Kind kind, std::string_view schema, std::string_view parent, std::string_view name) const;
    const Object* find(const Identity& identity) const;  // linear
    // A hash of all that is compared: equal for equal catalogs.
    std::string hash() const;
};

struct ReadOptions {
    bool dependencies = false;
    std::vector<std::string> without_schemas{"drydock", "drydock_trash"};
    // The connection is in a transaction, and what that has done so far is to be read. It goes on as it was; after an
    // Error it is good for a ROLLBACK alone.
    bool in_transaction = false;
};

// Reads it in one REPEATABLE READ, READ ONLY transaction. The connection must not be in a transaction (but see
// in_transaction); what its session has set is not changed. Works with ordinary rights; the first call on a connection
// prepares its queries, so that the next ones are quick.
Result<Snapshot> read_snapshot(pg::Connection& connection, const ReadOptions& options, const Limits& limits);

boost::json::value to_json(const Snapshot& snapshot);
// The same as text with a line an object, so that a change of it is easily read in version control.
std::string to_json_text(const Snapshot& snapshot);
// Errors (invalid_argument): not of this form, or of a version that is not known.
Result<Snapshot> from_json(std::string_view text);

}  // namespace drydock::catalog
