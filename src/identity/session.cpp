#include "identity/session.h"

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/token.h"
#include "identity/queries.h"
#include "identity/session_cache.h"
#include "identity/session_open.h"

namespace drydock::identity {
namespace {

using control::Transaction;

Error session_over() {
    return {.code = ErrorCode::unauthenticated, .message = "the session is over", .hint = "Sign in again."};
}

Error renewed_elsewhere() {
    return {
        .code = ErrorCode::conflict,
        .message = "another window has just renewed this session",
        .hint = "Take up the token that it got, and repeat the call.",
    };
}

struct Presented {
    std::string hash{};
    std::string session_id{};
    std::string user_id{};
};

// Goes on as the person whose token it is.
Result<bool> find(Transaction& transaction, Presented& token) {
    DRYDOCK_TRY(const auto found, transaction.query(queries::find_refresh_token, {token.hash}));
    if (found.size() == 0) return false;
    token.session_id = found.text(0, 0);
    token.user_id = found.text(0, 1);
    auto actor = transaction.actor();
    actor.login.clear();
    actor.user_id = token.user_id;
    actor.via = "session:" + token.session_id;
    DRYDOCK_TRY_VOID(transaction.become(actor));
    return true;
}

// A token that can't be spent: expired, spent by another window a moment ago, or stolen.
Result<Verdict<Tokens>> refuse(
    const Service& service, Transaction& transaction, const Presented& token, std::string_view organization
) {
    DRYDOCK_TRY(const auto state, transaction.query(queries::spent_refresh_token, {token.hash}));
    if (state.size() == 0 || !state.boolean(0, 0)) return Verdict<Tokens>::no(session_over());
    if (state.boolean(0, 1)) return Verdict<Tokens>::no(renewed_elsewhere());
    DRYDOCK_TRY_VOID(transaction.query(queries::end_session, {token.session_id, "token_reused"}));
    DRYDOCK_TRY_VOID(note(
        transaction,
        organization,
        {.action = "session.token_reused",
         .object_type = "session",
         .object_id = token.session_id,
         .outcome = audit::Outcome::denied}
    ));
    transaction.after_commit([&service, session = token.session_id] { service.cache.forget_session(session); });
    return Verdict<Tokens>::no(session_over());
}

Result<Verdict<Tokens>> renew_in(const Service& service, Transaction& transaction, Presented token, const Peer& peer) {
    DRYDOCK_TRY(const bool known, find(transaction, token));
    if (!known) return Verdict<Tokens>::no(session_over());
    // The lock on the session puts everybody in a row who renews it or ends it.
    DRYDOCK_TRY(const auto session, transaction.query(queries::lock_session, {token.session_id}));
    if (session.size() == 0 || !session.boolean(0, 0)) return Verdict<Tokens>::no(session_over());
    const std::string organization{session.text(0, 2)};
    DRYDOCK_TRY(const auto spent, transaction.query(queries::spend_refresh_token, {token.hash}));
    if (spent.size() == 0) return refuse(service, transaction, token, organization);

    const auto days = std::to_string(service.options.refresh_lifetime.count());
    const auto most = std::to_string(service.options.session_lifetime.count());
    const auto user_agent = clean_text(peer.user_agent, 400);
    const auto address = clean_text(peer.address, 64);
    DRYDOCK_TRY(
        const auto renewed,
        transaction.query(queries::renew_session, {token.session_id, days, most, user_agent, address})
    );
    Tokens tokens{
        .refresh = crypto::new_token(crypto::TokenKind::refresh),
        .access_lifetime = service.options.access_lifetime,
        .refresh_lifetime = std::chrono::seconds{renewed.integer(0, 1)},
        .session_id = token.session_id,
        .user_id = token.user_id,
        .organization_id = organization,
    };
    const auto hash = hex(crypto::token_hash(tokens.refresh.reveal()));
    const auto generation = std::to_string(spent.integer(0, 0) + 1);
    DRYDOCK_TRY_VOID(transaction.query(queries::add_refresh_token, {hash, token.session_id, token.user_id, generation})
    );
    tokens.access = access_token(
        service,
        {.user_id = token.user_id,
         .session_id = token.session_id,
         .organization_id = organization,
         .epoch = session.integer(0, 1),
         .now = renewed.integer(0, 0)}
    );
    return Verdict<Tokens>::yes(std::move(tokens));
}

Result<> end_one(
    const Service& service, Transaction& transaction, std::string_view session_id, std::string_view organization
) {
    DRYDOCK_TRY_VOID(transaction.one(queries::end_session, {session_id, "logged_out"}, "there is no such session"));
    DRYDOCK_TRY_VOID(note(
        transaction,
        organization,
        {.action = "session.ended", .object_type = "session", .object_id = std::string{session_id}}
    ));
    transaction.after_commit([&service, id = std::string{session_id}] { service.cache.forget_session(id); });
    return {};
}

}  // namespace

Result<Tokens> renew(const Service& service, const Secret& refresh, const Peer& peer, const Limits& limits) {
    if (!crypto::is_token(refresh.reveal(), crypto::TokenKind::refresh)) return session_over();
    const auto hash = crypto::token_hash(refresh.reveal());
    return decide<Tokens>(service.store, bearer_of(hash, peer), limits, [&](Transaction& transaction) {
        return renew_in(service, transaction, {.hash = hex(hash)}, peer);
    });
}

Result<std::vector<SessionInfo>> sessions(const Service& service, const Principal& who, const Limits& limits) {
    DRYDOCK_TRY_VOID(require_session(who));
    DRYDOCK_TRY(
        const auto rows, service.store.read(person(who.user_id, {}), queries::live_sessions, {who.user_id}, limits)
    );
    std::vector<SessionInfo> result;
    result.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .id = std::string{rows.text(row, 0)},
            .user_agent = std::string{rows.text(row, 1)},
            .address = std::string{rows.text(row, 2)},
            .methods = split_list(rows.text(row, 3)),
            .created_at = std::string{rows.text(row, 4)},
            .last_seen_at = std::string{rows.text(row, 5)},
            .expires_at = std::string{rows.text(row, 6)},
            .current = rows.text(row, 0) == who.session_id,
        });
    }
    return result;
}

Result<> log_out(
    const Service& service, const Principal& who, std::string_view session_id, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    const std::string id{session_id.empty() ? std::string_view{who.session_id} : session_id};
    if (!is_uuid(id)) return not_found("session");
    return service.store.run(who.actor(peer.request_id, peer.address), limits, [&](Transaction& transaction) {
        return end_one(service, transaction, id, who.organization_id);
    });
}

Result<> log_out(const Service& service, const Secret& refresh, const Peer& peer, const Limits& limits) {
    if (!crypto::is_token(refresh.reveal(), crypto::TokenKind::refresh)) return {};
    const auto hash = crypto::token_hash(refresh.reveal());
    return service.store.run(bearer_of(hash, peer), limits, [&](Transaction& transaction) -> Result<> {
        Presented token{.hash = hex(hash)};
        DRYDOCK_TRY(const bool known, find(transaction, token));
        if (!known) return {};
        DRYDOCK_TRY(const auto session, transaction.query(queries::lock_session, {token.session_id}));
        if (session.size() == 0 || !session.boolean(0, 0)) return {};
        return end_one(service, transaction, token.session_id, session.text(0, 2));
    });
}

Result<> log_out_everywhere(const Service& service, const Principal& who, const Peer& peer, const Limits& limits) {
    DRYDOCK_TRY_VOID(require_session(who));
    return service.store
        .run(who.actor(peer.request_id, peer.address), limits, [&](Transaction& transaction) -> Result<> {
            DRYDOCK_TRY_VOID(end_sessions(transaction, who.user_id, {}, "logged_out_everywhere"));
            DRYDOCK_TRY_VOID(note_everywhere(
                transaction, {.action = "session.all_ended", .object_type = "user", .object_id = who.user_id}
            ));
            transaction.after_commit([&] { service.cache.forget_user(who.user_id); });
            return {};
        });
}

Result<Tokens> switch_organization(
    const Service& service,
    const Principal& who,
    std::string_view organization_id,
    const Peer& peer,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    if (!is_uuid(organization_id)) return not_found("organization");
    auto actor = who.actor(peer.request_id, peer.address).in({});
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<Tokens> {
        DRYDOCK_TRY(
            const auto switched,
            transaction.one(
                queries::switch_organization, {who.session_id, organization_id}, "there is no such organization"
            )
        );
        DRYDOCK_TRY_VOID(note(
            transaction,
            organization_id,
            {.action = "session.switched", .object_type = "session", .object_id = who.session_id}
        ));
        return Tokens{
            .access = access_token(
                service,
                {.user_id = who.user_id,
                 .session_id = who.session_id,
                 .organization_id = std::string{organization_id},
                 .epoch = switched.integer(0, 0),
                 .now = switched.integer(0, 1)}
            ),
            .access_lifetime = service.options.access_lifetime,
            .session_id = who.session_id,
            .user_id = who.user_id,
            .organization_id = std::string{organization_id},
        };
    });
}

Result<> clear_away(control::Store& store, const Limits& limits) {
    return store.run(control::Actor::system(), limits, [](Transaction& transaction) -> Result<> {
        for (const auto& query :
             {queries::clear_sessions,
              queries::clear_refresh_tokens,
              queries::clear_resets,
              queries::clear_turns,
              queries::clear_flows}) {
            DRYDOCK_TRY_VOID(transaction.query(query));
        }
        return {};
    });
}

}  // namespace drydock::identity
