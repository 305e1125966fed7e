#include "identity/invitation.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/token.h"
#include "identity/inside.h"
#include "identity/login_parts.h"
#include "identity/queries.h"
#include "identity/session_cache.h"
#include "identity/throttle.h"

namespace drydock::identity {
namespace {

using control::Actor;
using control::Transaction;

Error void_invitation() {
    return {
        .code = ErrorCode::not_found,
        .message = "the invitation is not valid, or no longer",
        .hint = "Ask who invited you for a new one.",
    };
}

struct Offer {
    std::string id{};
    std::string organization_id{};
    std::string email{};
    std::string role{};
    std::string invited_by{};
};

Invitation info_of(const pg::Rows& rows, int row) {
    return {
        .id = std::string{rows.text(row, 0)},
        .email = std::string{rows.text(row, 1)},
        .role = std::string{rows.text(row, 2)},
        .created_at = std::string{rows.text(row, 3)},
        .expires_at = std::string{rows.text(row, 4)},
    };
}

Result<Offer> find_offer(const Service& service, const Secret& token, const Peer& peer, const Limits& limits) {
    if (!crypto::is_token(token.reveal(), crypto::TokenKind::invite)) return void_invitation();
    const auto hash = crypto::token_hash(token.reveal());
    DRYDOCK_TRY(
        const auto rows, service.store.read(bearer_of(hash, peer), queries::find_invitation, {hex(hash)}, limits)
    );
    if (rows.size() == 0) return void_invitation();
    return Offer{
        .id = std::string{rows.text(0, 0)},
        .organization_id = std::string{rows.text(0, 1)},
        .email = std::string{rows.text(0, 2)},
        .role = std::string{rows.text(0, 3)},
        .invited_by = std::string{rows.text(0, 4)},
    };
}

// As the system within the organization: who accepts has no rights there yet. A new person is made first.
Result<Accepted> join(
    Transaction& transaction, const Offer& offer, std::string_view user_id, const Peer& peer, const Actor& joining
) {
    DRYDOCK_TRY(
        const auto spent,
        transaction.query(queries::spend_invitation, {offer.id, user_id, offer.invited_by, offer.role})
    );
    if (spent.size() == 0) return void_invitation();
    DRYDOCK_TRY(const auto present, transaction.query(queries::role_of, {offer.organization_id, user_id}));
    // Who is a member already keeps the role they have: an invitation neither raises nor lowers it.
    const std::string role{present.size() == 0 ? std::string_view{offer.role} : present.text(0, 0)};
    if (present.size() == 0) {
        DRYDOCK_TRY_VOID(transaction.query(queries::add_role, {offer.organization_id, user_id, offer.role}));
    }
    auto actor = joining.in(offer.organization_id);
    actor.user_id = user_id;
    if (actor.via.empty()) actor.via = "invitation:" + offer.id;
    actor.request_id = clean_text(peer.request_id, 200);
    DRYDOCK_TRY_VOID(transaction.become(actor));
    DRYDOCK_TRY_VOID(transaction.query(queries::void_resets, {user_id}));
    DRYDOCK_TRY_VOID(audit::append(
        transaction,
        {.action = "member.joined",
         .object_type = "user",
         .object_id = std::string{user_id},
         .object_name = offer.email,
         .details = fmt::format(R"({{"role": "{}", "invitation": "{}"}})", role, offer.id)}
    ));
    return Accepted{.user_id = std::string{user_id}, .organization_id = offer.organization_id, .role = role};
}

// Of somebody new the hash of their new password, of somebody known nothing: they prove that they have theirs.
Result<std::string> password_for(
    const Service& service, const Acceptance& acceptance, const Attempt& holder, const Limits& limits
) {
    if (!holder.user_id.empty()) {
        DRYDOCK_TRY_VOID(prove_password(service, holder, acceptance.password, acceptance.peer, limits));
        return std::string{};
    }
    if (!holder.may_try()) {
        DRYDOCK_TRY_VOID(note_refused(service, holder, "too_many", acceptance.peer, limits));
        return sign_in_refused();
    }
    DRYDOCK_TRY_VOID(crypto::check_password_policy(acceptance.password.reveal(), holder.email));
    return service.passwords.hash(acceptance.password.reveal(), limits);
}

}  // namespace

Result<NewInvitation> invite(
    const Service& service,
    const Principal& who,
    std::string_view address,
    std::string_view role,
    const Peer& peer,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(require(who, "members:write"));
    if (!is_role(role)) return Error{.code = ErrorCode::invalid_argument, .message = "there is no such role"};
    if (role == "owner") DRYDOCK_TRY_VOID(require(who, "owners:write"));
    const auto email = clean_email(address);
    if (email.empty()) return Error{.code = ErrorCode::invalid_argument, .message = "that is not an e-mail address"};
    auto token = crypto::new_token(crypto::TokenKind::invite);
    const auto hash = hex(crypto::token_hash(token.reveal()));
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<NewInvitation> {
        DRYDOCK_TRY_VOID(transaction.query(queries::supersede_invitations, {who.organization_id, email}));
        DRYDOCK_TRY(
            const auto added,
            transaction.query(queries::add_invitation, {who.organization_id, email, role, hash, who.user_id})
        );
        NewInvitation made{.token = token, .invitation = info_of(added, 0)};
        DRYDOCK_TRY_VOID(audit::append(
            transaction,
            {.action = "member.invited",
             .object_type = "invitation",
             .object_id = made.invitation.id,
             .object_name = email,
             .details = fmt::format(R"({{"role": "{}"}})", role)}
        ));
        return made;
    });
}

Result<std::vector<Invitation>> invitations(const Service& service, const Principal& who, const Limits& limits) {
    DRYDOCK_TRY_VOID(require(who, "members:write"));
    DRYDOCK_TRY(
        const auto rows, service.store.read(who.actor(), queries::open_invitations, {who.organization_id}, limits)
    );
    std::vector<Invitation> result;
    result.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) result.push_back(info_of(rows, row));
    return result;
}

Result<> revoke_invitation(
    const Service& service, const Principal& who, std::string_view id, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require(who, "members:write"));
    if (!is_uuid(id)) return not_found("invitation");
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(
            const auto revoked, transaction.one(queries::revoke_invitation, {id}, "there is no such invitation")
        );
        return audit::append(
            transaction,
            {.action = "member.invitation_revoked",
             .object_type = "invitation",
             .object_id = std::string{id},
             .object_name = std::string{revoked.text(0, 0)}}
        );
    });
}

Result<Accepted> accept_invitation(const Service& service, const Acceptance& acceptance, const Limits& limits) {
    DRYDOCK_TRY(const auto offer, find_offer(service, acceptance.token, acceptance.peer, limits));
    DRYDOCK_TRY(const auto name, checked_name(acceptance.display_name, "the name"));
    DRYDOCK_TRY(const auto holder, count_attempt(service, offer.email, acceptance.peer, limits));
    DRYDOCK_TRY(const auto hash, password_for(service, acceptance, holder, limits));
    const auto user_id = holder.user_id.empty() ? random_uuid() : holder.user_id;
    const auto joining = person(user_id, acceptance.peer);
    auto accepted = service.store.run(joining, limits, [&](Transaction& transaction) -> Result<Accepted> {
        if (!holder.user_id.empty()) DRYDOCK_TRY_VOID(lock_joining(transaction));
        DRYDOCK_TRY_VOID(transaction.become(Actor::system(offer.organization_id)));
        if (holder.user_id.empty()) {
            DRYDOCK_TRY_VOID(transaction.query(queries::add_user, {user_id, offer.email, name, hash, "person"}));
        }
        DRYDOCK_TRY_VOID(settle_attempt(service, transaction, offer.email, acceptance.peer));
        transaction.after_commit([&service, user_id] { service.cache.forget_user(user_id); });
        return join(transaction, offer, user_id, acceptance.peer, joining);
    });
    // Somebody has made the same person a moment ago: with this invitation or another one.
    if (!accepted && accepted.error().sqlstate == "23505") return void_invitation();
    return accepted;
}

Result<Accepted> accept_invitation(
    const Service& service, const Principal& who, const Secret& token, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    DRYDOCK_TRY(const auto offer, find_offer(service, token, peer, limits));
    // What was sent to somebody else is not valid here, and no more is said.
    if (!iequals(offer.email, who.email)) return void_invitation();
    const auto joining = who.actor(peer.request_id, peer.address);
    return service.store.run(joining, limits, [&](Transaction& transaction) -> Result<Accepted> {
        DRYDOCK_TRY_VOID(lock_joining(transaction));
        DRYDOCK_TRY_VOID(transaction.become(Actor::system(offer.organization_id)));
        transaction.after_commit([&service, &who] { service.cache.forget_user(who.user_id); });
        return join(transaction, offer, who.user_id, peer, joining);
    });
}

}  // namespace drydock::identity
