#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "catalog/snapshot.h"

namespace drydock::drift {

// Who stands in a shadow for whom of the target.
struct Roles {
    std::string shadow_superuser;  // made what every database has from its start
    std::string superuser;         // the same of the target
    std::string shadow_role;       // ran the migrations
    std::string role;              // the same of the target
};

// Gives a shadow's snapshot the names that the target's roles have, as owners and in privileges. `start` is an empty
// database of the shadow: what stands in it was made by nobody's migration.
void rename_roles(catalog::Snapshot& snapshot, const catalog::Snapshot& start, const Roles& roles);

// Without the objects that `unwanted` picks; dependencies stay right.
void remove_objects(catalog::Snapshot& snapshot, const std::function<bool(const catalog::Object&)>& unwanted);

}  // namespace drydock::drift
