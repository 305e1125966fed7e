#include "identity/password.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/token.h"
#include "identity/login_parts.h"
#include "identity/queries.h"
#include "identity/session_cache.h"
#include "identity/session_open.h"
#include "identity/throttle.h"
#include "identity/whole_person.h"

namespace drydock::identity {
namespace {

using control::Transaction;

Error link_void() {
    return {
        .code = ErrorCode::unauthenticated,
        .message = "the link is not valid, or no longer",
        .hint = "Ask for a new one."
    };
}

// The acting person has set another password: other sessions are over.
Result<> forget_others(const Service& service, Transaction& transaction, const std::string& user_id) {
    transaction.after_commit([&service, user_id] { service.cache.forget_user(user_id); });
    return {};
}

Result<Tokens> store_password(
    const Service& service, Transaction& transaction, const Principal& who, pg::Param old_hash, std::string_view hash
) {
    DRYDOCK_TRY_VOID(transaction.one(
        queries::change_password, {who.user_id, old_hash, hash}, "the password was changed by somebody else just now"
    ));
    DRYDOCK_TRY(const auto epoch, end_sessions(transaction, who.user_id, who.session_id, "password_changed"));
    DRYDOCK_TRY_VOID(settle_turn(transaction, turn_of_name(who.email), service.options));
    DRYDOCK_TRY(const auto now, transaction.query(queries::current_second));
    DRYDOCK_TRY_VOID(note_everywhere(
        transaction, {.action = "user.password_changed", .object_type = "user", .object_id = who.user_id}
    ));
    DRYDOCK_TRY_VOID(forget_others(service, transaction, who.user_id));
    return Tokens{
        .access = access_token(
            service,
            {.user_id = who.user_id,
             .session_id = who.session_id,
             .organization_id = who.organization_id,
             .epoch = epoch,
             .now = now.integer(0, 0)}
        ),
        .access_lifetime = service.options.access_lifetime,
        .session_id = who.session_id,
        .user_id = who.user_id,
        .organization_id = who.organization_id,
    };
}

// The hash that the old password was checked against; empty where there is none, which takes a fresh proof instead.
Result<std::string> prove_old(
    const Service& service,
    const Principal& who,
    const Secret& password,
    const control::Actor& actor,
    const Limits& limits
) {
    bool may = false;
    std::string hash;
    DRYDOCK_TRY_VOID(service.store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(may, take_turn(transaction, turn_of_name(who.email), service.options));
        DRYDOCK_TRY(const auto row, transaction.query(queries::password_of, {who.user_id}));
        hash = row.size() == 1 ? std::string{row.text(0, 0)} : std::string{};
        return {};
    }));
    if (hash.empty()) {
        DRYDOCK_TRY_VOID(require_step_up(who));
        return hash;
    }
    DRYDOCK_TRY(const bool right, password_is_right(service, hash, password, limits));
    if (right && may) return hash;
    DRYDOCK_TRY_VOID(service.store.run(actor, limits, [&](Transaction& transaction) {
        return note(
            transaction,
            who.organization_id,
            {.action = "user.password_changed",
             .object_type = "user",
             .object_id = who.user_id,
             .outcome = audit::Outcome::denied}
        );
    }));
    return sign_in_refused();
}

struct ResetLink {
    std::string user_id{};
    std::string email{};
};
Result<ResetLink> find_link(
    const Service& service, std::string_view token_hash, const Peer& peer, const Limits& limits
) {
    const auto hash = hex(token_hash);
    DRYDOCK_TRY(const auto found, service.store.read(bearer_of(token_hash, peer), queries::find_reset, {hash}, limits));
    if (found.size() == 0) return link_void();
    ResetLink link{.user_id = std::string{found.text(0, 0)}};
    DRYDOCK_TRY(
        const auto user, service.store.read(person(link.user_id, peer), queries::own_address, {link.user_id}, limits)
    );
    if (user.size() == 0) return link_void();
    link.email = user.text(0, 0);
    return link;
}

Result<Secret> add_reset(Transaction& transaction, std::string_view user_id, std::string_view made_by) {
    const auto before = transaction.actor();
    auto as_person = before.in({});
    as_person.user_id = user_id;
    DRYDOCK_TRY_VOID(transaction.become(as_person));
    auto token = crypto::new_token(crypto::TokenKind::reset);
    const auto hash = hex(crypto::token_hash(token.reveal()));
    DRYDOCK_TRY_VOID(transaction.query(queries::add_reset, {user_id, hash, made_by}));
    DRYDOCK_TRY_VOID(transaction.become(before));
    return token;
}

}  // namespace

Result<Tokens> change_password(
    const Service& service, const Principal& who, const PasswordChange& change, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    DRYDOCK_TRY_VOID(crypto::check_password_policy(change.wanted.reveal(), who.email));
    const auto actor = who.actor(peer.request_id, peer.address);
    DRYDOCK_TRY(const auto old_hash, prove_old(service, who, change.current, actor, limits));
    DRYDOCK_TRY(const auto hash, service.passwords.hash(change.wanted.reveal(), limits));
    return service.store.run(actor, limits, [&](Transaction& transaction) {
        return store_password(service, transaction, who, old_hash.empty() ? pg::Param{} : pg::Param{old_hash}, hash);
    });
}

Result<Secret> make_reset_token(
    const Service& service, const Principal& who, std::string_view user_id, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    DRYDOCK_TRY_VOID(require(who, "owners:write"));
    if (!is_uuid(user_id) || user_id == control::kSystemUser) return not_all_owned();
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<Secret> {
        DRYDOCK_TRY(const bool may, owns_all_of(transaction, actor, user_id));
        if (!may) return not_all_owned();
        DRYDOCK_TRY_VOID(transaction.become(actor));
        DRYDOCK_TRY(auto token, add_reset(transaction, user_id, who.user_id));
        DRYDOCK_TRY_VOID(audit::append(
            transaction, {.action = "user.reset_offered", .object_type = "user", .object_id = std::string{user_id}}
        ));
        return token;
    });
}

Result<> reset_password(
    const Service& service, const Secret& token, const Secret& password, const Peer& peer, const Limits& limits
) {
    if (!crypto::is_token(token.reveal(), crypto::TokenKind::reset)) return link_void();
    const auto bytes = crypto::token_hash(token.reveal());
    const auto hash = hex(bytes);
    DRYDOCK_TRY(const auto link, find_link(service, bytes, peer, limits));
    const auto& user_id = link.user_id;
    const auto& email = link.email;
    DRYDOCK_TRY_VOID(crypto::check_password_policy(password.reveal(), email));
    DRYDOCK_TRY(const auto password_hash, service.passwords.hash(password.reveal(), limits));
    return service.store.run(person(link.user_id, peer), limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto spent, transaction.query(queries::spend_resets, {user_id, hash}));
        if (spent.size() == 0) return link_void();
        DRYDOCK_TRY_VOID(transaction.query(queries::set_password, {user_id, password_hash}));
        DRYDOCK_TRY_VOID(end_sessions(transaction, user_id, {}, "password_reset"));
        DRYDOCK_TRY_VOID(transaction.query(queries::revoke_own_api_tokens, {user_id}));
        DRYDOCK_TRY_VOID(settle_turn(transaction, turn_of_name(email), service.options));
        DRYDOCK_TRY_VOID(forget_others(service, transaction, user_id));
        return note_everywhere(
            transaction, {.action = "user.password_reset", .object_type = "user", .object_id = user_id}
        );
    });
}

Result<Secret> make_reset_token_as_operator(
    const Service& service, std::string_view address, std::string_view by, const Limits& limits
) {
    const auto email = clean_email(address);
    return service.store.run(operator_for(email), limits, [&](Transaction& transaction) -> Result<Secret> {
        DRYDOCK_TRY(const auto operated, find_person(transaction, email, by));
        DRYDOCK_TRY(auto token, add_reset(transaction, operated.user_id, control::kSystemUser));
        DRYDOCK_TRY_VOID(note_operated(transaction, operated, "user.reset_offered"));
        return token;
    });
}

Result<> remove_second_factor_as_operator(
    const Service& service, std::string_view address, std::string_view by, const Limits& limits
) {
    const auto email = clean_email(address);
    return service.store.run(operator_for(email), limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto operated, find_person(transaction, email, by));
        DRYDOCK_TRY_VOID(transaction.become(person(operated.user_id, {})));
        DRYDOCK_TRY_VOID(
            transaction.one(queries::remove_second_factor, {operated.user_id}, "this person has no second factor")
        );
        DRYDOCK_TRY_VOID(transaction.query(queries::forget_recovery_codes, {operated.user_id}));
        return note_operated(transaction, operated, "user.second_factor_removed");
    });
}

Result<> set_disabled_as_operator(
    const Service& service, std::string_view address, bool disabled, std::string_view by, const Limits& limits
) {
    const auto email = clean_email(address);
    return service.store.run(operator_for(email), limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY(const auto operated, find_person(transaction, email, by));
        DRYDOCK_TRY_VOID(transaction.become(person(operated.user_id, {})));
        DRYDOCK_TRY_VOID(transaction.query(queries::set_status, {operated.user_id, disabled ? "disabled" : "active"}));
        if (disabled) DRYDOCK_TRY_VOID(end_sessions(transaction, operated.user_id, {}, "disabled"));
        DRYDOCK_TRY_VOID(forget_others(service, transaction, operated.user_id));
        return note_operated(transaction, operated, disabled ? "user.disabled" : "user.enabled");
    });
}

}  // namespace drydock::identity
