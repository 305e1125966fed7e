#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "identity/inside.h"
#include "identity/login.h"
#include "identity/session_open.h"

// For this module's own sources.
namespace drydock::identity {

inline constexpr std::size_t kLongestPassword = 1024;
// An id that nobody has.
inline constexpr std::string_view kNobody = "00000000-0000-0000-0000-000000000000";

// An attempt to prove to be who has this address, counted; and who that is.
struct Attempt {
    std::string email{};
    std::string user_id{};  // empty: nobody
    std::string password_hash{};
    bool may_sign_in = false;  // an active person
    bool name_may_try = false;
    bool address_may_try = false;

    bool may_try() const { return name_may_try && address_may_try; }
};
Result<Attempt> count_attempt(const Service& service, std::string_view email, const Peer& peer, const Limits& limits);
// Nothing, or sign_in_refused() after the same work whoever it is, and a row of the trail.
Result<> prove_password(
    const Service& service, const Attempt& attempt, const Secret& password, const Peer& peer, const Limits& limits
);
// After a success.
Result<> settle_attempt(
    const Service& service, control::Transaction& transaction, std::string_view email, const Peer& peer
);

// Takes as long for an empty hash, which is that of somebody unknown.
Result<bool> password_is_right(
    const Service& service, const std::string& hash, const Secret& password, const Limits& limits
);

// One row, whoever it is, so that somebody unknown costs as much: in the trail of one of the person's organizations; of
// none for somebody unknown, whose name is not kept, as it may be a password in the wrong field.
Result<> note_refused(
    const Service& service, const Attempt& attempt, std::string_view reason, const Peer& peer, const Limits& limits
);

// After the first step of a sign-in, as that person: a session, or the question for the second factor. `now` is the
// control plane's, in seconds.
Result<LoginAnswer> proceed(
    const Service& service,
    control::Transaction& transaction,
    const NewSession& session,
    std::int64_t now,
    const Peer& peer
);

}  // namespace drydock::identity
