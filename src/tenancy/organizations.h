#pragma once

#include <optional>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::tenancy {

struct Organization {
    std::string id;
    std::string slug;
    std::string name;
    std::string status;  // active, suspended, closed
    std::string created_at;
    std::string updated_at;
    std::string version;  // another one after each change
};

// That of the actor. not_found: none, or not one of theirs.
Result<Organization> get_organization(control::Store& store, const control::Actor& actor, const Limits& limits);

// `seen` is the version that the caller saw; "*": whatever it is. conflict with the version it has when it is another.
Result<Organization> rename_organization(
    control::Store& store,
    const control::Actor& actor,
    const std::string& name,
    const std::string& seen,
    const Limits& limits
);
// Nobody can do anything in it from then on; its rows are kept.
Result<> close_organization(
    control::Store& store, const control::Actor& actor, const std::string& seen, const Limits& limits
);

}  // namespace drydock::tenancy
