#include "identity/session_open.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "crypto/bytes.h"
#include "crypto/token.h"
#include "identity/queries.h"

namespace drydock::identity {

Secret access_token(const Service& service, const AccessClaims& claims) {
    return Secret{service.signer.sign({
        {"iss", service.options.issuer},
        {"aud", kAccessAudience},
        {"sub", claims.user_id},
        {"sid", claims.session_id},
        {"org", claims.organization_id},
        {"epoch", claims.epoch},
        {"iat", claims.now},
        {"exp", claims.now + service.options.access_lifetime.count()},
        {"jti", random_hex(12)},
    })};
}

Result<Tokens> open_session(
    const Service& service, control::Transaction& transaction, const NewSession& session, const Peer& peer
) {
    const auto epoch = std::to_string(session.epoch);
    const auto methods = array_of(session.methods);
    const auto user_agent = clean_text(peer.user_agent, 400);
    const auto address = clean_text(peer.address, 64);
    const auto days = std::to_string(service.options.refresh_lifetime.count());
    const auto preferred = session.organization_id.empty() ? pg::Param{} : pg::Param{session.organization_id};
    DRYDOCK_TRY(
        const auto opened,
        transaction.query(
            queries::open_session, {session.user_id, epoch, methods, user_agent, address, days, preferred}
        )
    );
    Tokens tokens{
        .refresh = crypto::new_token(crypto::TokenKind::refresh),
        .access_lifetime = service.options.access_lifetime,
        .refresh_lifetime = service.options.refresh_lifetime,
        .session_id = std::string{opened.text(0, 0)},
        .user_id = session.user_id,
        .organization_id = std::string{opened.text(0, 1)},
    };
    const auto hash = hex(crypto::token_hash(tokens.refresh.reveal()));
    DRYDOCK_TRY_VOID(transaction.query(queries::add_refresh_token, {hash, tokens.session_id, session.user_id, "1"}));
    tokens.access = access_token(
        service,
        {.user_id = session.user_id,
         .session_id = tokens.session_id,
         .organization_id = tokens.organization_id,
         .epoch = session.epoch,
         .now = opened.integer(0, 2)}
    );
    DRYDOCK_TRY_VOID(note(
        transaction,
        tokens.organization_id,
        {.action = "session.opened",
         .object_type = "session",
         .object_id = tokens.session_id,
         .details = fmt::format(R"({{"methods": ["{}"]}})", fmt::join(session.methods, R"(", ")"))}
    ));
    return tokens;
}

Result<std::int64_t> end_sessions(
    control::Transaction& transaction, std::string_view user_id, std::string_view except, std::string_view reason
) {
    DRYDOCK_TRY(const auto raised, transaction.one(queries::raise_epoch, {user_id}, "there is no such person"));
    const auto kept = except.empty() ? pg::Param{} : pg::Param{except};
    const auto epoch = std::to_string(raised.integer(0, 0));
    DRYDOCK_TRY_VOID(transaction.query(queries::end_sessions, {user_id, kept, reason, epoch}));
    // Who is put out must not be let in again by an account elsewhere that they began to add.
    DRYDOCK_TRY_VOID(transaction.query(queries::void_linking, {user_id}));
    return raised.integer(0, 0);
}

}  // namespace drydock::identity
