#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/secret.h"
#include "identity/principal.h"
#include "identity/service.h"

namespace drydock::identity {

struct Invitation {
    std::string id{};
    std::string email{};
    std::string role{};
    std::string created_at{};  // ISO 8601
    std::string expires_at{};
};
struct NewInvitation {
    Secret token{};  // shown once, to who invites: drydock sends no mail
    Invitation invitation{};
};

// Needs members:write, and owners:write for an owner. Whether the address is that of somebody known makes no
// difference, nor whether they are a member already. An earlier one for the same address is void. Holds for a week, and
// only as long as who invites may do so.
Result<NewInvitation> invite(
    const Service& service,
    const Principal& who,
    std::string_view email,
    std::string_view role,
    const Peer& peer,
    const Limits& limits
);
Result<std::vector<Invitation>> invitations(const Service& service, const Principal& who, const Limits& limits);
Result<> revoke_invitation(
    const Service& service, const Principal& who, std::string_view id, const Peer& peer, const Limits& limits
);

struct Acceptance {
    Secret token{};
    Secret password{};           // a new one, or that of the person who has the address already
    std::string display_name{};  // for somebody new
    Peer peer{};
};
struct Accepted {
    std::string user_id{};
    std::string organization_id{};
    std::string role{};
};
// Makes the person, or adds somebody who has the address already and enters their password, which counts as an attempt
// to sign in. Opens no session. Once, also when raced. Errors: not_found for an invitation that is not valid, or no
// longer; unauthenticated as at a sign-in.
Result<Accepted> accept_invitation(const Service& service, const Acceptance& acceptance, const Limits& limits);
// Of somebody who is signed in, with the address that was invited.
Result<Accepted> accept_invitation(
    const Service& service, const Principal& who, const Secret& token, const Peer& peer, const Limits& limits
);

}  // namespace drydock::identity
