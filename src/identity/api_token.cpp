#include "identity/api_token.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/token.h"
#include "identity/inside.h"
#include "identity/queries.h"
#include "identity/session_cache.h"

namespace drydock::identity {
namespace {

using control::Transaction;

constexpr int kMostDays = 366;

Result<std::string> checked_token_name(std::string_view text) {
    DRYDOCK_TRY(auto name, checked_name(text, "the token's name"));
    if (name.empty() || name.size() > 100) {
        return Error{.code = ErrorCode::invalid_argument, .message = "a token's name has 1 to 100 bytes"};
    }
    return name;
}

Result<> check_wanted(const Principal& who, const NewApiToken& token) {
    if (!token.user_id.empty() && !is_uuid(token.user_id)) return not_found("service user");
    if (token.days < 1 || token.days > kMostDays) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("a token lives for 1 to {} days", kMostDays),
        };
    }
    for (const auto& scope : token.scopes) {
        if (who.allows(scope)) continue;
        return Error{
            .code = ErrorCode::permission_denied,
            .message =
                fmt::format("a token can't have the scope \"{}\": it is none, or not yours", clean_text(scope, 80)),
            .hint = "A token holds no more than who makes it may do.",
        };
    }
    return {};
}

// A service user's token is made in its name; what it may do is given by its role, which must not be above one's own.
Result<> become_service_user(Transaction& transaction, const Principal& who, std::string_view user_id) {
    DRYDOCK_TRY_VOID(require(who, "members:write"));
    DRYDOCK_TRY(
        const auto found,
        transaction.one(queries::service_user, {who.organization_id, user_id}, "there is no such service user")
    );
    if (found.text(0, 0) == "owner") DRYDOCK_TRY_VOID(require(who, "owners:write"));
    auto actor = transaction.actor();
    actor.user_id = user_id;
    return transaction.become(actor);
}

ApiTokenInfo info_of(const pg::Rows& rows, int row) {
    return {
        .id = std::string{rows.text(row, 0)},
        .user_id = std::string{rows.text(row, 1)},
        .name = std::string{rows.text(row, 2)},
        .scopes = split_list(rows.text(row, 3)),
        .read_only = rows.boolean(row, 4),
        .created_at = std::string{rows.text(row, 5)},
        .expires_at = std::string{rows.text(row, 6)},
        .last_used_at = std::string{rows.text(row, 7)},
    };
}

std::string details_of(const NewApiToken& token) {
    boost::json::array scopes;
    for (const auto& scope : token.scopes) scopes.emplace_back(scope);
    return boost::json::serialize(
        boost::json::object{{"scopes", scopes}, {"read_only", token.read_only}, {"days", token.days}}
    );
}

}  // namespace

Result<CreatedApiToken> create_api_token(
    const Service& service, const Principal& who, const NewApiToken& wanted, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    if (!who.is_member()) return not_found("organization");
    DRYDOCK_TRY(const auto name, checked_token_name(wanted.name));
    DRYDOCK_TRY_VOID(check_wanted(who, wanted));
    const auto scopes = array_of(wanted.scopes);
    const auto days = std::to_string(wanted.days);
    const auto actor = who.actor(peer.request_id, peer.address);
    auto token = crypto::new_token(crypto::TokenKind::api);
    const auto hash = hex(crypto::token_hash(token.reveal()));
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<CreatedApiToken> {
        const auto& owner = wanted.user_id.empty() ? who.user_id : wanted.user_id;
        if (owner != who.user_id) DRYDOCK_TRY_VOID(become_service_user(transaction, who, owner));
        DRYDOCK_TRY(
            const auto added,
            transaction.query(
                queries::add_api_token,
                {who.organization_id, owner, name, hash, scopes, wanted.read_only ? "true" : "false", who.user_id, days}
            )
        );
        DRYDOCK_TRY_VOID(transaction.become(actor));
        CreatedApiToken created{.token = token, .info = info_of(added, 0)};
        DRYDOCK_TRY_VOID(audit::append(
            transaction,
            {.action = "api_token.created",
             .object_type = "api_token",
             .object_id = created.info.id,
             .object_name = name,
             .details = details_of(wanted)}
        ));
        return created;
    });
}

Result<std::vector<ApiTokenInfo>> api_tokens(
    const Service& service, const Principal& who, bool of_everybody, const Limits& limits
) {
    if (of_everybody) DRYDOCK_TRY_VOID(require(who, "members:write"));
    if (!who.is_member()) return not_found("organization");
    const auto owner = of_everybody ? pg::Param{} : pg::Param{who.user_id};
    DRYDOCK_TRY(
        const auto rows, service.store.read(who.actor(), queries::live_api_tokens, {who.organization_id, owner}, limits)
    );
    std::vector<ApiTokenInfo> result;
    result.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) result.push_back(info_of(rows, row));
    return result;
}

Result<> revoke_api_token(
    const Service& service, const Principal& who, std::string_view id, const Peer& peer, const Limits& limits
) {
    if (!is_uuid(id)) return not_found("API token");
    return service.store
        .run(who.actor(peer.request_id, peer.address), limits, [&](Transaction& transaction) -> Result<> {
            // A token may end itself and nothing else, whatever its user may do: it may have been stolen.
            if (who.via == Via::api_token && id != who.token_id) DRYDOCK_TRY_VOID(require(who, "members:write"));
            DRYDOCK_TRY(
                const auto revoked, transaction.one(queries::revoke_api_token, {id}, "there is no such API token")
            );
            DRYDOCK_TRY_VOID(audit::append(
                transaction,
                {.action = "api_token.revoked",
                 .object_type = "api_token",
                 .object_id = std::string{id},
                 .object_name = std::string{revoked.text(0, 0)}}
            ));
            transaction.after_commit([&service, token = std::string{id}] { service.cache.forget_token(token); });
            return {};
        });
}

Result<ServiceUser> create_service_user(
    const Service& service,
    const Principal& who,
    std::string_view wanted_name,
    std::string_view role,
    const Peer& peer,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(require(who, "members:write"));
    if (!is_role(role)) return Error{.code = ErrorCode::invalid_argument, .message = "there is no such role"};
    if (role == "owner") DRYDOCK_TRY_VOID(require(who, "owners:write"));
    DRYDOCK_TRY(const auto name, checked_token_name(wanted_name));
    const auto id = random_uuid();
    // Nobody signs in by it; it only has to be nobody else's.
    const auto address = id + "@service.invalid";
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<ServiceUser> {
        DRYDOCK_TRY_VOID(transaction.become(control::Actor::system(who.organization_id)));
        DRYDOCK_TRY_VOID(transaction.query(queries::add_user, {id, address, name, pg::Param{}, "service"}));
        // The role is given by who asks, so that the database asks for their rights, too.
        DRYDOCK_TRY_VOID(transaction.become(actor));
        DRYDOCK_TRY_VOID(transaction.query(queries::add_role, {who.organization_id, id, role}));
        DRYDOCK_TRY_VOID(audit::append(
            transaction,
            {.action = "member.service_user_created",
             .object_type = "user",
             .object_id = id,
             .object_name = name,
             .details = fmt::format(R"({{"role": "{}"}})", role)}
        ));
        return ServiceUser{.id = id, .name = name, .role = std::string{role}};
    });
}

}  // namespace drydock::identity
