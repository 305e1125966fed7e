#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "identity/principal.h"
#include "identity/service.h"

namespace drydock::identity {

// A new access token and a new refresh token for a refresh token. That one is spent by it: who comes with it again, be
// it the thief or the person, ends the session for both. Two windows that renew at the same moment are no theft: for a
// few seconds after it was spent, and while its successor is unused, the second one gets `conflict` and no token, and
// takes up what the first one got. Errors: unauthenticated otherwise.
Result<Tokens> renew(const Service& service, const Secret& refresh, const Peer& peer, const Limits& limits);

struct SessionInfo {
    std::string id{};
    std::string user_agent{};
    std::string address{};
    std::vector<std::string> methods{};
    std::string created_at{};  // ISO 8601
    std::string last_seen_at{};
    std::string expires_at{};
    bool current = false;
};
// The person's own, those that still live, the last seen first.
Result<std::vector<SessionInfo>> sessions(const Service& service, const Principal& who, const Limits& limits);

// Ends one of the person's own sessions; empty: the one they ask through. not_found: none of theirs that lives.
Result<> log_out(
    const Service& service, const Principal& who, std::string_view session_id, const Peer& peer, const Limits& limits
);
// Who only has the refresh token left. A token that is nobody's is no error: the person is signed out.
Result<> log_out(const Service& service, const Secret& refresh, const Peer& peer, const Limits& limits);
// Ends all of the person's sessions, on every replica within seconds.
Result<> log_out_everywhere(const Service& service, const Principal& who, const Peer& peer, const Limits& limits);

// Goes on in another organization that the person belongs to: a new access token for the same session.
Result<Tokens> switch_organization(
    const Service& service,
    const Principal& who,
    std::string_view organization_id,
    const Peer& peer,
    const Limits& limits
);

// Removes what ended a week ago: sessions, refresh tokens, links, counters. For a job, now and then.
Result<> clear_away(control::Store& store, const Limits& limits);

}  // namespace drydock::identity
