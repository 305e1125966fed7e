#pragma once

#include <string>
#include <vector>

#include "catalog/match.h"

namespace drydock::catalog::ddl {

// What gives every object of `from` that is known by identity the name, schema and parent that it has in `to`. An
// object that stands in the way gets a name of its own first.
std::vector<std::string> renames(const Snapshot& from, const Snapshot& to, const Matching& matching);

}  // namespace drydock::catalog::ddl
