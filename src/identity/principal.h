#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/actor.h"

namespace drydock::identity {

// By what a request says who it is.
enum class Via : std::uint8_t { session, api_token };

// Who asks, and what they may do: true a few seconds ago at the most. Row-level security judges again by the role.
struct Principal {
    std::string user_id{};
    std::string organization_id{};  // empty: none chosen, or no longer a member of the chosen one
    std::string role{};             // empty: no member there
    std::string email{};
    std::string display_name{};
    std::vector<std::string> permissions{
    };  // resource:action, sorted; of the role, and no more than the token's scopes
    Via via = Via::session;
    std::string session_id{};
    std::string token_id{};
    std::vector<std::string> methods{};  // password, totp, recovery_code, oidc
    bool stepped_up = false;             // proved who they are within the last minutes; never by an API token

    bool allows(std::string_view permission) const;
    bool is_member() const { return !role.empty(); }
    // In whose name their work runs on the control plane.
    control::Actor actor(std::string_view request_id = {}, std::string_view address = {}) const;
};

// permission_denied, in words for the person.
Result<> require(const Principal& principal, std::string_view permission);
// permission_denied with a hint to prove again who they are.
Result<> require_step_up(const Principal& principal);
// permission_denied: some things are for people, who sign in, and not for programs with a token.
Result<> require_session(const Principal& principal);

}  // namespace drydock::identity
