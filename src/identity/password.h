#pragma once

#include <string_view>

#include "base/limits.h"
#include "base/secret.h"
#include "identity/principal.h"
#include "identity/service.h"

namespace drydock::identity {

struct PasswordChange {
    Secret current{};  // not asked of who has none yet and has proved who they are just now
    Secret wanted{};
};
// Ends all other sessions of the person; this one goes on with the new access token. API tokens stay.
Result<Tokens> change_password(
    const Service& service, const Principal& who, const PasswordChange& change, const Peer& peer, const Limits& limits
);

// A link by which somebody sets a new password, for a day and once. Whoever holds it gets into every organization of
// that person, so it is made by somebody who is an owner of each of them, or by the operator of the server; not_found
// otherwise. It does not replace a second factor. Needs a step-up.
Result<Secret> make_reset_token(
    const Service& service, const Principal& who, std::string_view user_id, const Peer& peer, const Limits& limits
);
// Ends all sessions and API tokens of the person, and their delays. Errors: unauthenticated, for a token that is not
// valid, or no longer.
Result<> reset_password(
    const Service& service, const Secret& token, const Secret& password, const Peer& peer, const Limits& limits
);

// For the operator, who has the server's own files: at the terminal, never over the network. `by` is who that is on the
// machine, for the audit trail: "root@db1".
Result<Secret> make_reset_token_as_operator(
    const Service& service, std::string_view address, std::string_view by, const Limits& limits
);
Result<> remove_second_factor_as_operator(
    const Service& service, std::string_view address, std::string_view by, const Limits& limits
);
// A disabled person may do nothing anywhere, at once; their roles stay.
Result<> set_disabled_as_operator(
    const Service& service, std::string_view address, bool disabled, std::string_view by, const Limits& limits
);

}  // namespace drydock::identity
