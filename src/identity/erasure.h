#pragma once

#include <cstdint>
#include <string_view>

#include "base/limits.h"
#include "identity/principal.h"
#include "identity/service.h"

namespace drydock::identity {

struct Erased {
    std::int64_t audit_lines = 0;  // that told something of them
};

// Takes a person out of drydock for good, in one transaction: their roles, tokens, sessions, factors, accounts
// elsewhere and invitations, their name and address, and what audit trails tell of them beside the chain, so that each
// trail can be verified as before. Their id stays, without a name. conflict: they are an organization's only owner who
// can sign in.

// By somebody else who is an owner of each organization that the person belongs to; the trails of those. not_found
// otherwise. Needs a step-up.
Result<Erased> erase_person(
    const Service& service, const Principal& who, std::string_view user_id, const Peer& peer, const Limits& limits
);
// By the operator: the trails of all organizations, and that of none.
Result<Erased> erase_person_as_operator(
    const Service& service, std::string_view address, std::string_view by, const Limits& limits
);

}  // namespace drydock::identity
