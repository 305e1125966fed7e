#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "identity/principal.h"
#include "identity/service.h"

namespace drydock::identity {

struct Member {
    std::string user_id{};
    std::string email{};  // empty for a service user
    std::string display_name{};
    std::string kind{};  // person, service
    std::string role{};
    std::string status{};
    std::string joined_at{};  // ISO 8601
};
Result<std::vector<Member>> members(const Service& service, const Principal& who, const Limits& limits);

// Needs members:write, and owners:write where the old or the new role is owner. An organization keeps an owner who can
// sign in, also when two of them step down at the same moment: conflict.
Result<> change_role(
    const Service& service,
    const Principal& who,
    std::string_view user_id,
    std::string_view role,
    const Peer& peer,
    const Limits& limits
);
// The person loses their role and their API tokens here, within seconds everywhere. Everybody may remove themself.
Result<> remove_member(
    const Service& service, const Principal& who, std::string_view user_id, const Peer& peer, const Limits& limits
);

struct Membership {
    std::string id{};
    std::string slug{};
    std::string name{};
    std::string status{};
    std::string role{};
};
// Those that the person belongs to.
Result<std::vector<Membership>> my_organizations(const Service& service, const Principal& who, const Limits& limits);
// Whoever founds one is its owner.
Result<Membership> create_organization(
    const Service& service,
    const Principal& who,
    std::string_view slug,
    std::string_view name,
    const Peer& peer,
    const Limits& limits
);

}  // namespace drydock::identity
