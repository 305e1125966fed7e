#include "identity/login.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/random.h"
#include "base/text.h"
#include "identity/login_parts.h"
#include "identity/queries.h"
#include "identity/second_factor.h"
#include "identity/session_open.h"
#include "identity/throttle.h"

namespace drydock::identity {
namespace {

using control::Transaction;

constexpr std::string_view kSecondStepAudience = "drydock/second-step";
constexpr std::chrono::minutes kSecondStepTime{5};

// The password was right. Between looking it up and now it may have been changed.
Result<Verdict<LoginAnswer>> let_in(
    const Service& service,
    Transaction& transaction,
    const LoginRequest& request,
    const Attempt& found,
    const std::optional<std::string>& new_hash
) {
    const auto hash = new_hash ? pg::Param{*new_hash} : pg::Param{};
    DRYDOCK_TRY(
        const auto confirmed, transaction.query(queries::confirm_login, {found.user_id, found.password_hash, hash})
    );
    if (confirmed.size() == 0) return Verdict<LoginAnswer>::no(sign_in_refused());
    DRYDOCK_TRY_VOID(settle_attempt(service, transaction, found.email, request.peer));
    DRYDOCK_TRY(
        auto answer,
        proceed(
            service,
            transaction,
            {.user_id = found.user_id,
             .epoch = confirmed.integer(0, 0),
             .methods = {"password"},
             .organization_id = request.organization_id},
            confirmed.integer(0, 1),
            request.peer
        )
    );
    return Verdict<LoginAnswer>::yes(std::move(answer));
}

Result<Verdict<Tokens>> finish_second_step(
    const Service& service,
    Transaction& transaction,
    const SecondStep& step,
    std::string_view user_id,
    std::int64_t epoch,
    const std::string& first_method
) {
    const auto turn = turn_of_second_factor(user_id);
    const std::string asked_epoch = std::to_string(epoch);
    DRYDOCK_TRY(const auto user, transaction.query(queries::find_second_step, {user_id, asked_epoch}));
    DRYDOCK_TRY(const bool address, take_turn(transaction, turn_of_address(step.peer.address), service.options));
    DRYDOCK_TRY(const bool own, take_turn(transaction, turn, service.options));
    std::string_view method;
    if (address && own && user.size() == 1) {
        DRYDOCK_TRY(method, take_second_factor(service, transaction, user_id, step.code));
    }
    if (method.empty()) {
        DRYDOCK_TRY(const auto place, transaction.query(queries::memberships, {user_id}));
        DRYDOCK_TRY_VOID(note(
            transaction,
            place.size() == 0 ? std::string_view{} : place.text(0, 0),
            {.action = "session.refused",
             .object_type = "user",
             .object_id = std::string{user_id},
             .outcome = audit::Outcome::denied,
             .details = R"({"reason": "second_factor"})"}
        ));
        return Verdict<Tokens>::no(code_refused());
    }
    DRYDOCK_TRY_VOID(settle_turn(transaction, turn_of_address(step.peer.address), service.options));
    DRYDOCK_TRY_VOID(settle_turn(transaction, turn, service.options));
    DRYDOCK_TRY(
        auto tokens,
        open_session(
            service,
            transaction,
            {.user_id = std::string{user_id},
             .epoch = epoch,
             .methods = {first_method, std::string{method}},
             .organization_id = step.organization_id},
            step.peer
        )
    );
    return Verdict<Tokens>::yes(std::move(tokens));
}

}  // namespace

Result<LoginAnswer> proceed(
    const Service& service, Transaction& transaction, const NewSession& session, std::int64_t now, const Peer& peer
) {
    DRYDOCK_TRY(const bool second, has_second_factor(transaction, session.user_id));
    if (!second) {
        DRYDOCK_TRY(auto tokens, open_session(service, transaction, session, peer));
        return LoginAnswer{.tokens = std::move(tokens)};
    }
    return LoginAnswer{
        .challenge = Secret{service.signer.sign({
            {"iss", service.options.issuer},
            {"aud", kSecondStepAudience},
            {"sub", session.user_id},
            {"epoch", session.epoch},
            {"first", session.methods.front()},
            {"iat", now},
            {"exp", now + std::chrono::seconds{kSecondStepTime}.count()},
            {"jti", random_hex(12)},
        })}
    };
}

Result<Attempt> count_attempt(const Service& service, std::string_view typed, const Peer& peer, const Limits& limits) {
    const auto email = clean_email(typed);
    auto actor = person({}, peer);
    actor.login = email;
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<Attempt> {
        Attempt attempt{.email = email};
        DRYDOCK_TRY(attempt.address_may_try, take_turn(transaction, turn_of_address(peer.address), service.options));
        DRYDOCK_TRY(attempt.name_may_try, take_turn(transaction, turn_of_name(email), service.options));
        DRYDOCK_TRY(const auto rows, transaction.query(queries::find_login, {email}));
        if (rows.size() == 0) return attempt;
        attempt.user_id = rows.text(0, 0);
        attempt.password_hash = rows.text(0, 1);
        attempt.may_sign_in = rows.boolean(0, 2);
        return attempt;
    });
}

Result<> prove_password(
    const Service& service, const Attempt& attempt, const Secret& password, const Peer& peer, const Limits& limits
) {
    // That an address has to wait tells of no person; and it saves us the work that it tries to cause.
    if (!attempt.address_may_try) return sign_in_refused();
    DRYDOCK_TRY(const bool right, password_is_right(service, attempt.password_hash, password, limits));
    if (right && attempt.may_sign_in && attempt.name_may_try) return {};
    DRYDOCK_TRY_VOID(note_refused(service, attempt, attempt.name_may_try ? "wrong" : "too_many", peer, limits));
    return sign_in_refused();
}

Result<> settle_attempt(const Service& service, Transaction& transaction, std::string_view email, const Peer& peer) {
    DRYDOCK_TRY_VOID(settle_turn(transaction, turn_of_address(peer.address), service.options));
    return settle_turn(transaction, turn_of_name(email), service.options);
}

Result<> note_refused(
    const Service& service, const Attempt& attempt, std::string_view reason, const Peer& peer, const Limits& limits
) {
    auto actor = person(attempt.user_id, peer);
    if (!attempt.user_id.empty()) actor.login = attempt.email;
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        const auto user = attempt.user_id.empty() ? kNobody : std::string_view{attempt.user_id};
        DRYDOCK_TRY(const auto place, transaction.query(queries::memberships, {user}));
        return note(
            transaction,
            place.size() == 0 ? std::string_view{} : place.text(0, 0),
            {.action = "session.refused",
             .object_type = "user",
             .object_id = attempt.user_id,
             .outcome = audit::Outcome::denied,
             .details = fmt::format(R"({{"reason": "{}"}})", reason)}
        );
    });
}

Result<bool> password_is_right(
    const Service& service, const std::string& hash, const Secret& password, const Limits& limits
) {
    // What nobody's password can be is checked as one all the same, for the time it takes.
    const auto text = std::string_view{password.reveal()}.substr(0, kLongestPassword);
    DRYDOCK_TRY(
        const bool right,
        hash.empty() ? service.passwords.verify_unknown(text, limits) : service.passwords.verify(hash, text, limits)
    );
    return right && text.size() == password.reveal().size();
}

Result<LoginAnswer> log_in(const Service& service, const LoginRequest& request, const Limits& limits) {
    if (!request.organization_id.empty() && !is_uuid(request.organization_id)) return sign_in_refused();
    DRYDOCK_TRY(const auto found, count_attempt(service, request.email, request.peer, limits));
    DRYDOCK_TRY_VOID(prove_password(service, found, request.password, request.peer, limits));
    std::optional<std::string> new_hash;
    if (crypto::needs_rehash(found.password_hash)) {
        DRYDOCK_TRY(new_hash, service.passwords.hash(request.password.reveal(), limits));
    }
    auto actor = person(found.user_id, request.peer);
    actor.login = found.email;
    return decide<LoginAnswer>(service.store, actor, limits, [&](Transaction& transaction) {
        return let_in(service, transaction, request, found, new_hash);
    });
}

Result<Tokens> log_in_second_step(const Service& service, const SecondStep& step, const Limits& limits) {
    if (!step.organization_id.empty() && !is_uuid(step.organization_id)) return code_refused();
    DRYDOCK_TRY(const auto now, server_time(service, limits));
    const auto claims = service.signer.verify(
        step.challenge.reveal(),
        {.issuer = service.options.issuer,
         .audience = std::string{kSecondStepAudience},
         .leeway = std::chrono::seconds{0}},
        now
    );
    if (!claims) return code_refused();
    const std::string user_id{claims->subject()};
    const auto epoch = claims->number("epoch");
    if (!is_uuid(user_id) || !epoch) return code_refused();
    return decide<Tokens>(service.store, person(user_id, step.peer), limits, [&](Transaction& transaction) {
        return finish_second_step(service, transaction, step, user_id, *epoch, std::string{claims->text("first")});
    });
}

}  // namespace drydock::identity
