#pragma once

#include <string_view>

#include "pg/rows.h"
#include "registry/database.h"

namespace drydock::registry {

// The columns that the queries of this module begin with, in this order (sql/find_database.sql).
inline constexpr int kRowColumns = 22;
Database read_row(const pg::Rows& rows, int row);

// An Error of PostgreSQL in the words of the registry.
Error explain(Error error);

}  // namespace drydock::registry
