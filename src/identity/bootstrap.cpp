#include "identity/bootstrap.h"

#include "base/encoding.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "crypto/token.h"
#include "identity/inside.h"
#include "identity/queries.h"

namespace drydock::identity {
namespace {

using control::Actor;
using control::Transaction;

Error taken() {
    return {
        .code = ErrorCode::conflict,
        .message = "this installation has an owner already",
        .hint = "Ask them for an invitation.",
    };
}

Error bad_token() {
    return {
        .code = ErrorCode::unauthenticated,
        .message = "the setup token is not valid, or no longer",
        .hint = "Restart the server: as long as there is no owner it prints a new one.",
    };
}

// The first organization, under its lock; empty when it has members.
Result<std::string> lock_ownerless(Transaction& transaction) {
    DRYDOCK_TRY_VOID(transaction.become(Actor::system()));
    DRYDOCK_TRY(
        const auto first, transaction.one(queries::first_organization, {}, "there is no organization to begin with")
    );
    DRYDOCK_TRY_VOID(transaction.become(Actor::system(first.text(0, 0))));
    DRYDOCK_TRY_VOID(
        transaction.one(queries::lock_organization, {first.text(0, 0)}, "there is no organization to begin with")
    );
    DRYDOCK_TRY(const auto is_new, transaction.query(queries::organization_is_new, {first.text(0, 0)}));
    return is_new.boolean(0, 0) ? std::string{first.text(0, 0)} : std::string{};
}

Result<Founded> found(
    Transaction& transaction,
    const FirstOwner& owner,
    std::string_view email,
    std::string_view name,
    std::string_view hash
) {
    DRYDOCK_TRY(const auto organization, lock_ownerless(transaction));
    if (organization.empty()) return taken();
    const auto token = hex(crypto::token_hash(owner.token.reveal()));
    DRYDOCK_TRY(const auto known, transaction.query(queries::find_setup_token, {token}));
    if (known.size() == 0) return bad_token();
    DRYDOCK_TRY_VOID(transaction.query(queries::forget_setup_tokens));
    const Founded founded{.user_id = random_uuid(), .organization_id = organization};
    DRYDOCK_TRY_VOID(transaction.query(queries::add_user, {founded.user_id, email, name, hash, "person"}));
    DRYDOCK_TRY_VOID(transaction.query(queries::add_role, {organization, founded.user_id, "owner"}));
    auto actor = person(founded.user_id, owner.peer).in(organization);
    actor.via = "setup";
    DRYDOCK_TRY_VOID(transaction.become(actor));
    DRYDOCK_TRY_VOID(audit::append(
        transaction,
        {.action = "organization.owner_created",
         .object_type = "user",
         .object_id = founded.user_id,
         .object_name = std::string{email}}
    ));
    return founded;
}

}  // namespace

Result<std::optional<Secret>> ensure_setup_token(control::Store& store, const Limits& limits) {
    return store.run(Actor::system(), limits, [&](Transaction& transaction) -> Result<std::optional<Secret>> {
        DRYDOCK_TRY(const auto organization, lock_ownerless(transaction));
        if (organization.empty()) return std::optional<Secret>{};
        auto token = crypto::new_token(crypto::TokenKind::setup);
        const auto hash = hex(crypto::token_hash(token.reveal()));
        DRYDOCK_TRY_VOID(transaction.query(queries::add_setup_token, {hash}));
        return std::optional{std::move(token)};
    });
}

Result<Founded> create_first_owner(const Service& service, const FirstOwner& owner, const Limits& limits) {
    if (!crypto::is_token(owner.token.reveal(), crypto::TokenKind::setup)) return bad_token();
    const auto email = clean_email(owner.email);
    if (email.empty()) {
        return Error{.code = ErrorCode::invalid_argument, .message = "that is not an e-mail address"};
    }
    DRYDOCK_TRY(const auto name, checked_name(owner.display_name, "the name"));
    DRYDOCK_TRY_VOID(crypto::check_password_policy(owner.password.reveal(), email));
    // Before the work of a hash: without a token nobody makes us do that.
    const auto token = hex(crypto::token_hash(owner.token.reveal()));
    DRYDOCK_TRY(const auto known, service.store.read({}, queries::find_setup_token, {token}, limits));
    if (known.size() == 0) return bad_token();
    DRYDOCK_TRY(const auto hash, service.passwords.hash(owner.password.reveal(), limits));
    return service.store.run(Actor::system(), limits, [&](Transaction& transaction) {
        return found(transaction, owner, email, name, hash);
    });
}

}  // namespace drydock::identity
