#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/secret.h"
#include "identity/principal.h"
#include "identity/service.h"

namespace drydock::identity {

struct NewApiToken {
    std::string name{};
    std::vector<std::string> scopes{};  // permissions; empty: all that the user has at the moment of use
    bool read_only = false;
    int days = 90;          // at most 366
    std::string user_id{};  // a service user of the organization; empty: the person's own
};
struct ApiTokenInfo {
    std::string id{};
    std::string user_id{};
    std::string name{};
    std::vector<std::string> scopes{};
    bool read_only = false;
    std::string created_at{};  // ISO 8601
    std::string expires_at{};
    std::string last_used_at{};  // to the minute; empty: never
};
struct CreatedApiToken {
    Secret token{};  // shown once
    ApiTokenInfo info{};
};

// A token outlives the session that made it, so it needs a step-up; and never holds more than who makes it may do.
Result<CreatedApiToken> create_api_token(
    const Service& service, const Principal& who, const NewApiToken& wanted, const Peer& peer, const Limits& limits
);
// The person's own in this organization, or with members:write everybody's. Those that live.
Result<std::vector<ApiTokenInfo>> api_tokens(
    const Service& service, const Principal& who, bool of_everybody, const Limits& limits
);
Result<> revoke_api_token(
    const Service& service, const Principal& who, std::string_view id, const Peer& peer, const Limits& limits
);

struct ServiceUser {
    std::string id{};
    std::string name{};
    std::string role{};
};
// Somebody who is no person and signs in by API tokens alone. Needs members:write, and owners:write for an owner.
Result<ServiceUser> create_service_user(
    const Service& service,
    const Principal& who,
    std::string_view name,
    std::string_view role,
    const Peer& peer,
    const Limits& limits
);

}  // namespace drydock::identity
