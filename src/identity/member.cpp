#include "identity/member.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "identity/inside.h"
#include "identity/queries.h"
#include "identity/session_cache.h"

namespace drydock::identity {
namespace {

using control::Transaction;

// The role that somebody has here, under the lock that puts changes of owners in a row.
Result<std::string> lock_role(Transaction& transaction, const Principal& who, std::string_view user_id) {
    DRYDOCK_TRY_VOID(transaction.one(queries::lock_organization, {who.organization_id}, "there is no such organization")
    );
    DRYDOCK_TRY(
        const auto role, transaction.one(queries::role_of, {who.organization_id, user_id}, "there is no such member")
    );
    return std::string{role.text(0, 0)};
}

Result<> keep_an_owner(Transaction& transaction, const Principal& who, std::string_view user_id) {
    DRYDOCK_TRY(const auto others, transaction.query(queries::other_owners, {who.organization_id, user_id}));
    if (others.integer(0, 0) > 0) return {};
    return Error{
        .code = ErrorCode::conflict,
        .message = "an organization keeps at least one owner",
        .hint = "Make somebody else an owner first.",
    };
}

Result<> forget_later(const Service& service, Transaction& transaction, std::string_view user_id) {
    transaction.after_commit([&service, id = std::string{user_id}] { service.cache.forget_user(id); });
    return {};
}

Result<> change_in(
    const Service& service,
    Transaction& transaction,
    const Principal& who,
    std::string_view user_id,
    std::string_view role
) {
    DRYDOCK_TRY(const auto old, lock_role(transaction, who, user_id));
    if (old == role) return {};
    if (old == "owner" || role == "owner") DRYDOCK_TRY_VOID(require(who, "owners:write"));
    if (old == "owner") DRYDOCK_TRY_VOID(keep_an_owner(transaction, who, user_id));
    // No row: the database knows of less rights than the principal, whose role was taken away a moment ago.
    DRYDOCK_TRY_VOID(transaction.one(
        queries::change_role, {who.organization_id, user_id, role}, "your rights in this organization have changed"
    ));
    DRYDOCK_TRY_VOID(audit::append(
        transaction,
        {.action = "member.role_changed",
         .object_type = "user",
         .object_id = std::string{user_id},
         .details = fmt::format(R"({{"from": "{}", "to": "{}"}})", old, role)}
    ));
    return forget_later(service, transaction, user_id);
}

Result<> remove_in(const Service& service, Transaction& transaction, const Principal& who, std::string_view user_id) {
    const auto actor = transaction.actor();
    const bool oneself = user_id == who.user_id;
    // Leaving needs no right, which row-level security would ask for.
    if (oneself) DRYDOCK_TRY_VOID(transaction.become(control::Actor::system(who.organization_id)));
    DRYDOCK_TRY(const auto old, lock_role(transaction, who, user_id));
    if (old == "owner") {
        if (!oneself) DRYDOCK_TRY_VOID(require(who, "owners:write"));
        DRYDOCK_TRY_VOID(keep_an_owner(transaction, who, user_id));
    }
    DRYDOCK_TRY_VOID(transaction.query(queries::revoke_api_tokens_of, {who.organization_id, user_id}));
    DRYDOCK_TRY_VOID(transaction.one(
        queries::remove_role, {who.organization_id, user_id}, "your rights in this organization have changed"
    ));
    DRYDOCK_TRY_VOID(transaction.become(actor));
    DRYDOCK_TRY_VOID(audit::append(
        transaction,
        {.action = oneself ? "member.left" : "member.removed",
         .object_type = "user",
         .object_id = std::string{user_id},
         .details = fmt::format(R"({{"role": "{}"}})", old)}
    ));
    return forget_later(service, transaction, user_id);
}

}  // namespace

Result<std::vector<Member>> members(const Service& service, const Principal& who, const Limits& limits) {
    DRYDOCK_TRY_VOID(require(who, "members:read"));
    DRYDOCK_TRY(const auto rows, service.store.read(who.actor(), queries::members, {who.organization_id}, limits));
    std::vector<Member> result;
    result.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .user_id = std::string{rows.text(row, 0)},
            .email = std::string{rows.text(row, 1)},
            .display_name = std::string{rows.text(row, 2)},
            .kind = std::string{rows.text(row, 3)},
            .role = std::string{rows.text(row, 4)},
            .status = std::string{rows.text(row, 5)},
            .joined_at = std::string{rows.text(row, 6)},
        });
    }
    return result;
}

Result<> change_role(
    const Service& service,
    const Principal& who,
    std::string_view user_id,
    std::string_view role,
    const Peer& peer,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(require(who, "members:write"));
    if (!is_uuid(user_id)) return not_found("member");
    if (!is_role(role)) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "there is no such role",
            .hint = "Roles are owner, admin, member and viewer.",
        };
    }
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) {
        return change_in(service, transaction, who, user_id, role);
    });
}

Result<> remove_member(
    const Service& service, const Principal& who, std::string_view user_id, const Peer& peer, const Limits& limits
) {
    const bool oneself = user_id == who.user_id;
    if (oneself) {
        DRYDOCK_TRY_VOID(require_session(who));
        if (!who.is_member()) return not_found("member");
    } else {
        DRYDOCK_TRY_VOID(require(who, "members:write"));
    }
    if (!is_uuid(user_id)) return not_found("member");
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) {
        return remove_in(service, transaction, who, user_id);
    });
}

Result<std::vector<Membership>> my_organizations(const Service& service, const Principal& who, const Limits& limits) {
    DRYDOCK_TRY(
        const auto rows, service.store.read(person(who.user_id, {}), queries::my_organizations, {who.user_id}, limits)
    );
    std::vector<Membership> result;
    for (int row = 0; row < rows.size(); ++row) {
        // A token is of one organization and tells of no other.
        if (who.via == Via::api_token && rows.text(row, 0) != who.organization_id) continue;
        result.push_back({
            .id = std::string{rows.text(row, 0)},
            .slug = std::string{rows.text(row, 1)},
            .name = std::string{rows.text(row, 2)},
            .status = std::string{rows.text(row, 3)},
            .role = std::string{rows.text(row, 4)},
        });
    }
    return result;
}

Result<Membership> create_organization(
    const Service& service,
    const Principal& who,
    std::string_view slug,
    std::string_view wanted_name,
    const Peer& peer,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    DRYDOCK_TRY(const auto name, checked_name(wanted_name, "the name"));
    if (name.empty()) return Error{.code = ErrorCode::invalid_argument, .message = "an organization needs a name"};
    const auto id = random_uuid();
    const auto actor = who.actor(peer.request_id, peer.address).in(id);
    auto created = service.store.run(actor, limits, [&](Transaction& transaction) -> Result<Membership> {
        DRYDOCK_TRY_VOID(lock_joining(transaction));
        DRYDOCK_TRY_VOID(transaction.query(queries::add_organization, {id, slug, name}));
        DRYDOCK_TRY_VOID(transaction.query(queries::add_role, {id, who.user_id, "owner"}));
        DRYDOCK_TRY_VOID(transaction.query(queries::void_resets, {who.user_id}));
        DRYDOCK_TRY_VOID(audit::append(
            transaction,
            {.action = "organization.created", .object_type = "organization", .object_id = id, .object_name = name}
        ));
        return Membership{.id = id, .slug = std::string{slug}, .name = name, .status = "active", .role = "owner"};
    });
    if (created || created.error().sqlstate.empty()) return created;
    if (created.error().sqlstate == "23505") {
        return Error{
            .code = ErrorCode::conflict,
            .message = "there is an organization of that short name already",
            .hint = "Choose another one.",
        };
    }
    if (created.error().sqlstate == "23514" || created.error().sqlstate == "22021") {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "the short name or the name is not of the right form",
            .hint = "A short name has small letters, digits and dashes, and begins with a letter or a digit.",
        };
    }
    return created;
}

}  // namespace drydock::identity
