#pragma once

#include <optional>
#include <string>

#include "base/limits.h"
#include "base/secret.h"
#include "identity/service.h"

namespace drydock::identity {

// While the first organization has no member: a token with which somebody makes themself its owner, for a day. Each
// start gives another one, as it is shown once and stored as a hash. Nothing once there is a member.
Result<std::optional<Secret>> ensure_setup_token(control::Store& store, const Limits& limits);

struct FirstOwner {
    Secret token{};
    std::string email{};
    Secret password{};
    std::string display_name{};
    Peer peer{};
};
struct Founded {
    std::string user_id{};
    std::string organization_id{};
};
// Once, however many try at the same moment and with whichever of the tokens. Errors: unauthenticated for a token that
// is not valid, conflict once there is an owner, invalid_argument for a password that is too weak.
Result<Founded> create_first_owner(const Service& service, const FirstOwner& owner, const Limits& limits);

}  // namespace drydock::identity
