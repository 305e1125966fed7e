#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "identity/inside.h"

// For this module's own sources: sessions from the inside.
namespace drydock::identity {

struct NewSession {
    std::string user_id{};
    std::int64_t epoch = 0;
    std::vector<std::string> methods{};
    std::string organization_id{};  // preferred; empty: where the person was last
};

// Always a new one, with a new id, whatever the browser had before. Runs as that person. Audited.
Result<Tokens> open_session(
    const Service& service, control::Transaction& transaction, const NewSession& session, const Peer& peer
);

struct AccessClaims {
    std::string user_id{};
    std::string session_id{};
    std::string organization_id{};
    std::int64_t epoch = 0;
    std::int64_t now = 0;  // of the control plane, in seconds
};
Secret access_token(const Service& service, const AccessClaims& claims);

inline constexpr std::string_view kAccessAudience = "drydock";

// Ends all sessions of the acting person but one (empty: all), and raises their epoch. Returns the new epoch.
Result<std::int64_t> end_sessions(
    control::Transaction& transaction, std::string_view user_id, std::string_view except, std::string_view reason
);

}  // namespace drydock::identity
