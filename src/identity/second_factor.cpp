#include "identity/second_factor.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "control/master_key.h"
#include "crypto/bytes.h"
#include "crypto/sealed.h"
#include "crypto/totp.h"
#include "identity/login_parts.h"
#include "identity/queries.h"
#include "identity/session_cache.h"
#include "identity/throttle.h"

namespace drydock::identity {
namespace {

using control::Transaction;

constexpr std::string_view kPurpose = "second-factors";

crypto::Place place_of(std::string_view user_id) {
    return {.table = "platform.second_factors", .column = "sealed_secret", .row = std::string{user_id}};
}

Result<std::string> seal(
    const Service& service, std::string_view user_id, const Secret& secret, std::string_view master_key_id
) {
    DRYDOCK_TRY(const auto key, crypto::DataKey::derived(service.keyring, master_key_id, kPurpose));
    return crypto::seal(key, secret.reveal(), place_of(user_id));
}

Result<Secret> unseal(
    const Service& service, std::string_view user_id, std::string_view sealed, std::string_view master_key_id
) {
    DRYDOCK_TRY(const auto key, crypto::DataKey::derived(service.keyring, master_key_id, kPurpose));
    return crypto::open(key, sealed, place_of(user_id));
}

// The step of a code that is right and was not used, which is stored with this.
Result<bool> take_totp(
    const Service& service, Transaction& transaction, std::string_view user_id, std::string_view code, bool confirmed
) {
    DRYDOCK_TRY(const auto row, transaction.query(queries::lock_second_factor, {user_id}));
    if (row.size() == 0 || row.boolean(0, 3) != confirmed) return false;
    DRYDOCK_TRY(const auto secret, unseal(service, user_id, row.text(0, 0), row.text(0, 1)));
    const auto after = row.is_null(0, 2) ? std::optional<std::int64_t>{} : row.integer(0, 2);
    const auto step = crypto::verify_totp(secret.reveal(), code, from_microseconds(row.integer(0, 4)), after);
    if (!step) return false;
    const auto text = std::to_string(*step);
    DRYDOCK_TRY_VOID(transaction.query(queries::spend_step, {user_id, text}));
    return true;
}

Result<std::vector<Secret>> store_recovery_codes(Transaction& transaction, std::string_view user_id) {
    auto codes = crypto::new_recovery_codes();
    std::string hashes;
    for (const auto& code : codes) {
        if (!hashes.empty()) hashes += ',';
        hashes += hex(crypto::recovery_code_hash(code.reveal(), user_id));
    }
    DRYDOCK_TRY_VOID(transaction.query(queries::forget_recovery_codes, {user_id}));
    DRYDOCK_TRY_VOID(transaction.query(queries::add_recovery_codes, {user_id, hashes}));
    return codes;
}

Result<Verdict<std::vector<Secret>>> confirm_in(
    const Service& service, Transaction& transaction, const Principal& who, std::string_view code
) {
    using Answer = Verdict<std::vector<Secret>>;
    const auto turn = turn_of_second_factor(who.user_id);
    DRYDOCK_TRY(const bool may, take_turn(transaction, turn, service.options));
    if (!may) return Answer::no(code_refused());
    DRYDOCK_TRY(const bool right, take_totp(service, transaction, who.user_id, code, false));
    if (!right) return Answer::no(code_refused());
    DRYDOCK_TRY_VOID(settle_turn(transaction, turn, service.options));
    DRYDOCK_TRY_VOID(transaction.query(queries::confirm_second_factor, {who.user_id}));
    DRYDOCK_TRY(auto codes, store_recovery_codes(transaction, who.user_id));
    DRYDOCK_TRY_VOID(note_everywhere(
        transaction, {.action = "user.second_factor_added", .object_type = "user", .object_id = who.user_id}
    ));
    return Answer::yes(std::move(codes));
}

Result<Verdict<bool>> step_up_in(
    const Service& service, Transaction& transaction, const Principal& who, const StepUp& proof, bool password_right
) {
    bool right = password_right;
    const auto turn = proof.code.empty() ? turn_of_name(who.email) : turn_of_second_factor(who.user_id);
    if (!proof.code.empty()) {
        DRYDOCK_TRY(const bool may, take_turn(transaction, turn, service.options));
        std::string_view method;
        if (may) {
            DRYDOCK_TRY(method, take_second_factor(service, transaction, who.user_id, proof.code));
        }
        right = !method.empty();
    }
    if (right) {
        DRYDOCK_TRY_VOID(settle_turn(transaction, turn, service.options));
        DRYDOCK_TRY_VOID(transaction.one(queries::step_up, {who.session_id}, "the session is over"));
    }
    DRYDOCK_TRY_VOID(note(
        transaction,
        who.organization_id,
        {.action = "session.stepped_up",
         .object_type = "session",
         .object_id = who.session_id,
         .outcome = right ? audit::Outcome::success : audit::Outcome::denied}
    ));
    if (!right) return Verdict<bool>::no(proof.code.empty() ? sign_in_refused() : code_refused());
    transaction.after_commit([&service, id = who.session_id] { service.cache.forget_session(id); });
    return Verdict<bool>::yes(true);
}

}  // namespace

Error code_refused() {
    return {
        .code = ErrorCode::unauthenticated,
        .message = "the code is wrong, was used before, or came too late",
        .hint = "Wait for the next code of the app, or use a recovery code. After some wrong ones there is a delay.",
    };
}

Result<bool> has_second_factor(Transaction& transaction, std::string_view user_id) {
    DRYDOCK_TRY(const auto rows, transaction.query(queries::second_factor_state, {user_id}));
    return rows.size() == 1 && rows.boolean(0, 0);
}

Result<std::string_view> take_second_factor(
    const Service& service, Transaction& transaction, std::string_view user_id, std::string_view code
) {
    DRYDOCK_TRY(const bool confirmed, has_second_factor(transaction, user_id));
    if (!confirmed) return std::string_view{};
    const auto typed = trim(code);
    if (typed.size() == 6 && std::ranges::all_of(typed, [](char c) { return c >= '0' && c <= '9'; })) {
        DRYDOCK_TRY(const bool right, take_totp(service, transaction, user_id, typed, true));
        return right ? std::string_view{"totp"} : std::string_view{};
    }
    const auto hash = hex(crypto::recovery_code_hash(typed, user_id));
    DRYDOCK_TRY(const auto spent, transaction.query(queries::spend_recovery_code, {user_id, hash}));
    return spent.size() == 1 ? std::string_view{"recovery_code"} : std::string_view{};
}

Result<Enrolment> begin_second_factor(const Service& service, const Principal& who, const Limits& limits) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    const auto secret = crypto::new_totp_secret();
    const auto& master_key = service.keyring.current();
    DRYDOCK_TRY(const auto sealed, seal(service, who.user_id, secret, master_key));
    return service.store.run(person(who.user_id, {}), limits, [&](Transaction& transaction) -> Result<Enrolment> {
        const auto stored = transaction.query(queries::begin_second_factor, {who.user_id, sealed, master_key});
        if (!stored) {
            const auto& error = stored.error();
            return control::is_master_key_retired(error) ? control::master_key_retired(error) : error;
        }
        if (stored->size() == 0) {
            return Error{
                .code = ErrorCode::conflict,
                .message = "there is a second factor already",
                .hint = "Remove it first to set up another app.",
            };
        }
        return Enrolment{
            .secret = Secret{crypto::base32(secret.reveal())},
            .url = crypto::totp_url(secret.reveal(), service.options.issuer, who.email),
        };
    });
}

Result<std::vector<Secret>> confirm_second_factor(
    const Service& service, const Principal& who, std::string_view code, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    const auto actor = who.actor(peer.request_id, peer.address);
    return decide<std::vector<Secret>>(service.store, actor, limits, [&](Transaction& transaction) {
        return confirm_in(service, transaction, who, code);
    });
}

Result<std::vector<Secret>> renew_recovery_codes(
    const Service& service, const Principal& who, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<std::vector<Secret>> {
        DRYDOCK_TRY(const bool confirmed, has_second_factor(transaction, who.user_id));
        if (!confirmed) return not_found("second factor");
        DRYDOCK_TRY(auto codes, store_recovery_codes(transaction, who.user_id));
        DRYDOCK_TRY_VOID(note_everywhere(
            transaction, {.action = "user.recovery_codes_renewed", .object_type = "user", .object_id = who.user_id}
        ));
        return codes;
    });
}

Result<> remove_second_factor(const Service& service, const Principal& who, const Peer& peer, const Limits& limits) {
    DRYDOCK_TRY_VOID(require_step_up(who));
    const auto actor = who.actor(peer.request_id, peer.address);
    return service.store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(transaction.one(queries::remove_second_factor, {who.user_id}, "there is no such second factor")
        );
        DRYDOCK_TRY_VOID(transaction.query(queries::forget_recovery_codes, {who.user_id}));
        return note_everywhere(
            transaction, {.action = "user.second_factor_removed", .object_type = "user", .object_id = who.user_id}
        );
    });
}

Result<FactorState> second_factor(const Service& service, const Principal& who, const Limits& limits) {
    DRYDOCK_TRY(
        const auto rows,
        service.store.read(person(who.user_id, {}), queries::second_factor_state, {who.user_id}, limits)
    );
    if (rows.size() == 0) return FactorState{};
    return FactorState{.confirmed = rows.boolean(0, 0), .recovery_codes_left = static_cast<int>(rows.integer(0, 1))};
}

Result<> step_up(
    const Service& service, const Principal& who, const StepUp& proof, const Peer& peer, const Limits& limits
) {
    DRYDOCK_TRY_VOID(require_session(who));
    const auto actor = who.actor(peer.request_id, peer.address);
    bool password_right = false;
    if (proof.code.empty()) {
        // As at a sign-in: counted first, so that many at once get no further than one after another.
        bool may = false;
        std::string hash;
        DRYDOCK_TRY_VOID(service.store.run(actor, limits, [&](Transaction& transaction) -> Result<> {
            DRYDOCK_TRY(may, take_turn(transaction, turn_of_name(who.email), service.options));
            DRYDOCK_TRY(const auto row, transaction.query(queries::password_of, {who.user_id}));
            if (row.size() == 1) hash = row.text(0, 0);
            return {};
        }));
        DRYDOCK_TRY(const bool right, password_is_right(service, hash, proof.password, limits));
        password_right = right && may;
    }
    DRYDOCK_TRY_VOID(decide<bool>(service.store, actor, limits, [&](Transaction& transaction) {
        return step_up_in(service, transaction, who, proof, password_right);
    }));
    return {};
}

Result<int> reseal_second_factors(const Service& service, const Limits& limits) {
    const auto& current = service.keyring.current();
    DRYDOCK_TRY(
        const auto old,
        service.store.read(control::Actor::system(), queries::second_factors_to_reseal, {current}, limits)
    );
    int count = 0;
    for (int row = 0; row < old.size(); ++row) {
        const auto user_id = old.text(row, 0);
        DRYDOCK_TRY(const auto secret, unseal(service, user_id, old.text(row, 1), old.text(row, 2)));
        DRYDOCK_TRY(const auto sealed, seal(service, user_id, secret, current));
        DRYDOCK_TRY(const auto done, service.store.run(control::Actor::system(), limits, [&](Transaction& transaction) {
            return transaction.query(queries::reseal_second_factor, {user_id, old.text(row, 1), sealed, current});
        }));
        count += static_cast<int>(done.affected());
    }
    return count;
}

}  // namespace drydock::identity
