#include "identity/principal.h"

#include <algorithm>

#include <fmt/format.h>

namespace drydock::identity {

bool Principal::allows(std::string_view permission) const {
    return std::ranges::binary_search(permissions, permission);
}

control::Actor Principal::actor(std::string_view request_id, std::string_view address) const {
    return {
        .user_id = user_id,
        .organization_id = organization_id,
        .via = via == Via::session ? "session:" + session_id : "token:" + token_id,
        .request_id = std::string{request_id},
        .address = std::string{address},
    };
}

Result<> require(const Principal& principal, std::string_view permission) {
    if (principal.allows(permission)) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = fmt::format("this needs the permission {}, which you do not have here", permission),
        .hint = principal.via == Via::api_token ? "Use a token with that scope, of a user whose role allows it."
                                                : "Ask an owner or an administrator of the organization.",
    };
}

Result<> require_step_up(const Principal& principal) {
    DRYDOCK_TRY_VOID(require_session(principal));
    if (principal.stepped_up) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = "this needs a fresh proof that it is you",
        .hint = "Enter your password or a code of your authenticator app, and repeat the call within five minutes.",
    };
}

Result<> require_session(const Principal& principal) {
    if (principal.via == Via::session) return {};
    return Error{
        .code = ErrorCode::permission_denied,
        .message = "this can't be done with an API token",
        .hint = "Sign in as a person.",
    };
}

}  // namespace drydock::identity
