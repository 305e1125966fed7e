#include "identity/oidc.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "identity/login_parts.h"
#include "identity/queries.h"
#include "identity/throttle.h"

namespace drydock::identity {
namespace {

using control::Actor;
using control::Transaction;

constexpr std::string_view kConfirmAudience = "drydock/oidc-confirm";
constexpr std::chrono::minutes kConfirmTime{10};

Error not_started_here() {
    return {
        .code = ErrorCode::unauthenticated,
        .message = "this sign-in did not start in this browser, or is over",
        .hint = "Start again from the sign-in page.",
    };
}

// State, nonce and code verifier are made from what the browser keeps, so that nothing of them stands in the database.
std::string part(const Secret& flow, std::string_view purpose) {
    return base64url(crypto::blake2b_256(purpose, flow.reveal()));
}

OidcClient::Request request_of(const Secret& flow, std::string_view redirect_uri) {
    return {
        .redirect_uri = std::string{redirect_uri},
        .state = part(flow, "state"),
        .nonce = part(flow, "nonce"),
        .verifier = part(flow, "verifier"),
    };
}

std::string subject_hash(const OidcPerson& known) {
    return crypto::blake2b_256(crypto::Fields{}.text("oidc").text(known.issuer).text(known.subject).bytes());
}

// As that person, who may sign in: a session, or the second factor that they have with us.
Result<LoginAnswer> sign_in(
    const Service& service, Transaction& transaction, const std::string& user_id, const Peer& peer
) {
    DRYDOCK_TRY(const auto user, transaction.query(queries::oidc_sign_in, {user_id}));
    if (user.size() == 0) return sign_in_refused();
    return proceed(
        service,
        transaction,
        {.user_id = user_id, .epoch = user.integer(0, 0), .methods = {"oidc"}},
        user.integer(0, 1),
        peer
    );
}

Result<> add_identity(Transaction& transaction, const std::string& user_id, const OidcPerson& known) {
    const auto hash = hex(subject_hash(known));
    DRYDOCK_TRY_VOID(transaction.query(queries::add_identity, {user_id, known.issuer, known.subject, hash}));
    return note_everywhere(
        transaction,
        {.action = "user.provider_added",
         .object_type = "user",
         .object_id = user_id,
         .details = boost::json::serialize(boost::json::object{{"issuer", known.issuer}})}
    );
}

Error linked_elsewhere() {
    return {
        .code = ErrorCode::conflict,
        .message = "this account of the other provider belongs to somebody already",
        .hint = "Sign in with it, and remove it there first.",
    };
}

template <class T>
Result<T> unless_linked(Result<T> result) {
    if (!result && result.error().sqlstate == "23505") return linked_elsewhere();
    return result;
}

}  // namespace

Oidc::Oidc(const Service& service, const Fetch& fetch, std::vector<OidcProvider> providers) : service_(service) {
    for (auto& provider : providers) {
        if (provider.title.empty()) provider.title = provider.name;
        clients_.push_back(std::make_unique<OidcClient>(std::move(provider), fetch));
    }
}

std::vector<Oidc::Choice> Oidc::choices() const {
    std::vector<Choice> result;
    result.reserve(clients_.size());
    for (const auto& one : clients_) result.push_back({one->provider().name, one->provider().title});
    return result;
}

Result<OidcClient*> Oidc::client(std::string_view name) const {
    for (const auto& one : clients_) {
        if (one->provider().name == name) return one.get();
    }
    return not_found("provider");
}

Result<OidcStart> Oidc::begin(
    std::string_view provider, std::string_view redirect_uri, std::string_view linking, const Limits& limits
) {
    DRYDOCK_TRY(auto* const chosen, client(provider));
    OidcStart start{.flow = Secret{base64url(crypto::random_bytes(32))}};
    const auto request = request_of(start.flow, redirect_uri);
    DRYDOCK_TRY(start.url, chosen->authorization_url(request, limits));
    const auto hash = hex(crypto::blake2b_256(request.state));
    const auto user = linking.empty() ? pg::Param{} : pg::Param{linking};
    DRYDOCK_TRY_VOID(service_.store.run(Actor{}, limits, [&](Transaction& transaction) {
        return transaction.query(queries::add_oidc_flow, {hash, provider, user});
    }));
    return start;
}

Result<OidcStart> Oidc::start(std::string_view provider, std::string_view redirect_uri, const Limits& limits) {
    return begin(provider, redirect_uri, {}, limits);
}

Result<OidcStart> Oidc::start_linking(
    const Principal& who, std::string_view provider, std::string_view redirect_uri, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    return begin(provider, redirect_uri, who.user_id, limits);
}

Result<OidcAnswer> Oidc::finish(const OidcReturn& answer, const Limits& limits) {
    return take(answer, {}, limits);
}

Result<OidcAnswer> Oidc::finish_linking(const Principal& who, const OidcReturn& answer, const Limits& limits) {
    DRYDOCK_TRY_VOID(require_session(who));
    return take(answer, who.user_id, limits);
}

// `linking` is who must have begun it; empty: whoever's browser has the flow.
Result<OidcAnswer> Oidc::take(const OidcReturn& answer, std::string_view linking, const Limits& limits) {
    if (answer.flow.reveal().size() != 43) return not_started_here();
    const auto request = request_of(answer.flow, answer.redirect_uri);
    if (!crypto::equal_in_constant_time(request.state, answer.state)) return not_started_here();
    const auto hash = hex(crypto::blake2b_256(request.state));
    // Before anything is asked of the provider, and whatever comes of it: once.
    DRYDOCK_TRY(const auto flow, service_.store.run(Actor{}, limits, [&](Transaction& transaction) {
        return transaction.query(queries::spend_oidc_flow, {hash});
    }));
    if (flow.size() == 0 || (!linking.empty() && flow.text(0, 1) != linking)) return not_started_here();
    DRYDOCK_TRY(auto* const chosen, client(flow.text(0, 0)));
    DRYDOCK_TRY_VOID(chosen->check_issuer(answer.iss, limits));
    if (!answer.error.empty() || answer.code.empty()) {
        return Error{
            .code = ErrorCode::unauthenticated,
            .message = fmt::format("{} did not let you in", chosen->provider().title),
            .hint = "Try again, or sign in with your password.",
            .detail = clean_text(answer.error, 100),
        };
    }
    DRYDOCK_TRY(const auto now, server_time(service_, limits));
    DRYDOCK_TRY(const auto known, chosen->exchange(answer.code, request, now, limits));
    return let_in(chosen->provider(), known, std::string{flow.text(0, 1)}, answer.peer, limits);
}

Result<OidcAnswer> Oidc::let_in(
    const OidcProvider& provider,
    const OidcPerson& known,
    const std::string& linking,
    const Peer& peer,
    const Limits& limits
) {
    const auto hash = subject_hash(known);
    DRYDOCK_TRY(
        const auto found, service_.store.read(bearer_of(hash, peer), queries::find_identity, {hex(hash)}, limits)
    );
    if (!linking.empty()) {
        if (found.size() > 0) return linked_elsewhere();
        return link(known, linking, peer, limits);
    }
    if (found.size() > 0) {
        const std::string user_id{found.text(0, 0)};
        return service_.store.run(person(user_id, peer), limits, [&](Transaction& transaction) -> Result<OidcAnswer> {
            DRYDOCK_TRY(auto login, sign_in(service_, transaction, user_id, peer));
            return OidcAnswer{.login = std::move(login), .email = known.email};
        });
    }
    auto actor = person({}, peer);
    actor.login = known.email;
    DRYDOCK_TRY(const auto holder, service_.store.read(actor, queries::find_login, {known.email}, limits));
    if (holder.size() == 0) return make(provider, known, peer, limits);
    DRYDOCK_TRY(const auto now, server_time(service_, limits));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return OidcAnswer{
        .confirm = Secret{service_.signer.sign({
            {"iss", service_.options.issuer},
            {"aud", kConfirmAudience},
            {"sub", known.subject},
            {"provider", known.issuer},
            {"email", known.email},
            {"iat", seconds},
            {"exp", seconds + std::chrono::seconds{kConfirmTime}.count()},
            {"jti", random_hex(12)},
        })},
        .email = known.email,
    };
}

Result<OidcAnswer> Oidc::link(
    const OidcPerson& known, const std::string& user_id, const Peer& peer, const Limits& limits
) {
    return unless_linked<OidcAnswer>(service_.store.run(
        person(user_id, peer),
        limits,
        [&](Transaction& transaction) -> Result<OidcAnswer> {
            DRYDOCK_TRY(const auto active, transaction.query(queries::lock_active_user, {user_id}));
            if (active.size() == 0) return not_started_here();
            DRYDOCK_TRY_VOID(add_identity(transaction, user_id, known));
            return OidcAnswer{.linked = true, .email = known.email};
        }
    ));
}

Result<OidcAnswer> Oidc::make(
    const OidcProvider& provider, const OidcPerson& known, const Peer& peer, const Limits& limits
) {
    const bool may = is_uuid(provider.organization_id) && is_role(provider.role) && provider.role != "owner";
    if (!may) {
        return Error{
            .code = ErrorCode::permission_denied,
            .message = "nobody with your address has been invited here",
            .hint = "Ask an owner or an administrator for an invitation.",
        };
    }
    const auto& organization = provider.organization_id;
    const auto user_id = random_uuid();
    const auto name = checked_name(known.name, "the name");
    return unless_linked<OidcAnswer>(service_.store.run(
        Actor::system(organization),
        limits,
        [&](Transaction& transaction) -> Result<OidcAnswer> {
            DRYDOCK_TRY(
                const auto place,
                transaction.one(queries::lock_organization, {organization}, "there is no such organization")
            );
            if (place.text(0, 1) != "active") return sign_in_refused();
            DRYDOCK_TRY_VOID(transaction.query(
                queries::add_user, {user_id, known.email, name ? *name : std::string{}, pg::Param{}, "person"}
            ));
            DRYDOCK_TRY_VOID(transaction.query(queries::add_role, {organization, user_id, provider.role}));
            auto actor = person(user_id, peer);
            actor.via = "oidc:" + provider.name;
            DRYDOCK_TRY_VOID(transaction.become(actor));
            DRYDOCK_TRY_VOID(note(
                transaction,
                organization,
                {.action = "member.joined",
                 .object_type = "user",
                 .object_id = user_id,
                 .object_name = known.email,
                 .details = fmt::format(R"({{"role": "{}"}})", provider.role)}
            ));
            DRYDOCK_TRY_VOID(add_identity(transaction, user_id, known));
            DRYDOCK_TRY(auto login, sign_in(service_, transaction, user_id, peer));
            return OidcAnswer{.login = std::move(login), .email = known.email};
        }
    ));
}

Result<LoginAnswer> Oidc::confirm(
    const Secret& confirm, const Secret& password, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY(const auto now, server_time(service_, limits));
    const auto claims = service_.signer.verify(
        confirm.reveal(),
        {.issuer = service_.options.issuer, .audience = std::string{kConfirmAudience}, .leeway = std::chrono::seconds{0}
        },
        now
    );
    if (!claims) return not_started_here();
    const OidcPerson known{
        .issuer = std::string{claims->text("provider")},
        .subject = std::string{claims->subject()},
        .email = std::string{claims->text("email")},
    };
    DRYDOCK_TRY(const auto holder, count_attempt(service_, known.email, peer, limits));
    DRYDOCK_TRY_VOID(prove_password(service_, holder, password, peer, limits));
    const auto& user_id = holder.user_id;
    return unless_linked<LoginAnswer>(service_.store.run(
        person(user_id, peer),
        limits,
        [&](Transaction& transaction) -> Result<LoginAnswer> {
            DRYDOCK_TRY_VOID(settle_attempt(service_, transaction, known.email, peer));
            DRYDOCK_TRY_VOID(add_identity(transaction, user_id, known));
            return sign_in(service_, transaction, user_id, peer);
        }
    ));
}

Result<std::vector<LinkedProvider>> linked_providers(
    const Service& service, const Principal& who, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    DRYDOCK_TRY(
        const auto rows, service.store.read(person(who.user_id, {}), queries::identities, {who.user_id}, limits)
    );
    std::vector<LinkedProvider> result;
    result.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back(
            {std::string{rows.text(row, 0)}, std::string{rows.text(row, 1)}, std::string{rows.text(row, 2)}}
        );
    }
    return result;
}

Result<> unlink_provider(
    const Service& service, const Principal& who, std::string_view id, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    if (!is_uuid(id)) return not_found("provider");
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.query(queries::lock_own_user, {who.user_id}));
        DRYDOCK_TRY(const auto removed, transaction.one(queries::remove_identity, {id}, "there is no such provider"));
        DRYDOCK_TRY(const auto left, transaction.query(queries::ways_in, {who.user_id}));
        if (left.integer(0, 0) == 0) {
            return Error{
                .code = ErrorCode::conflict,
                .message = "this is the only way in that you have",
                .hint = "Set a password first.",
            };
        }
        return note_everywhere(
            transaction,
            {.action = "user.provider_removed",
             .object_type = "user",
             .object_id = who.user_id,
             .details = boost::json::serialize(boost::json::object{{"issuer", removed.text(0, 0)}})}
        );
    });
}

}  // namespace drydock::identity
