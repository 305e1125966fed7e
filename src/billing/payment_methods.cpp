#include "billing/payment_methods.h"

#include "audit/audit.h"
#include "base/random.h"
#include "billing/card_number.h"
#include "billing/permission.h"
#include "billing/queries.h"
#include "billing/tokens.h"
#include "control/master_key.h"

namespace drydock::billing {
namespace {

constexpr std::string_view kWhat = "change payment methods";
constexpr std::string_view kNone = "there is no such payment method in the organization";

// The server's own message, which may have the row, is not passed on.
Error refusal(const Error& error) {
    if (control::is_master_key_retired(error)) return control::master_key_retired(error);
    if (error.sqlstate == "23514" || error.sqlstate.starts_with("22")) {
        return {
            .code = ErrorCode::invalid_argument,
            .message = "a field of the payment method has not the form it must have",
            .hint =
                "The provider is a short name in small letters; the kind card, bank_account or wallet; of the card "
                "number "
                "only the last four digits; the expiry has both month and year.",
            .sqlstate = error.sqlstate
        };
    }
    return error;
}

// Sealed twice, a token looks different each time: so those that are there are opened. They are few.
Result<> refuse_known(control::Transaction& transaction, const crypto::Keyring& ring, const NewPaymentMethod& method) {
    const auto& organization = transaction.actor().organization_id;
    DRYDOCK_TRY(const auto rows, transaction.query(queries::stored_tokens, {organization}));
    for (int row = 0; row < rows.size(); ++row) {
        if (rows.text(row, 1) != method.provider) continue;
        DRYDOCK_TRY(const auto token, open_token(ring, organization, rows.text(row, 0), rows.text(row, 2)));
        if (token.reveal() == method.provider_token.reveal())
            return Error{.code = ErrorCode::conflict, .message = "this payment method is there already"};
    }
    return {};
}

Result<> audited(
    control::Transaction& transaction, std::string_view action, std::string_view id, std::string_view provider
) {
    return audit::append(
        transaction,
        {.action = std::string{action},
         .object_type = "payment_method",
         .object_id = std::string{id},
         .object_name = std::string{provider}}
    );
}

}  // namespace

Result<std::vector<PaymentMethod>> payment_methods(
    control::Store& store, const control::Actor& actor, const Limits& limits
) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::payment_methods, {actor.organization_id}, limits));
    std::vector<PaymentMethod> result;
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .id = std::string{rows.text(row, 0)},
            .provider = std::string{rows.text(row, 1)},
            .kind = std::string{rows.text(row, 2)},
            .brand = std::string{rows.text(row, 3)},
            .last4 = std::string{rows.text(row, 4)},
            .expires_month = static_cast<int>(rows.integer(row, 5)),
            .expires_year = static_cast<int>(rows.integer(row, 6)),
            .is_default = rows.boolean(row, 7),
        });
    }
    return result;
}

Result<std::string> add_payment_method(
    control::Store& store,
    const crypto::Keyring& ring,
    const control::Actor& actor,
    const NewPaymentMethod& method,
    const Limits& limits
) {
    DRYDOCK_TRY_VOID(
        refuse_card_numbers({method.provider, method.provider_token.reveal(), method.kind, method.brand, method.last4})
    );
    if (method.provider_token.empty()) {
        return Error{.code = ErrorCode::invalid_argument, .message = "a payment method needs the provider's token"};
    }
    const auto id = random_uuid();
    const auto& master_key = ring.current();
    DRYDOCK_TRY(const auto sealed, seal_token(ring, master_key, actor.organization_id, id, method.provider_token));
    const auto month = std::to_string(method.expires_month);
    const auto year = std::to_string(method.expires_year);
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<std::string> {
        DRYDOCK_TRY_VOID(require(transaction, "billing:write", kWhat));
        DRYDOCK_TRY_VOID(lock_organization(transaction));
        DRYDOCK_TRY_VOID(refuse_known(transaction, ring, method));
        if (method.make_default) DRYDOCK_TRY_VOID(transaction.query(queries::no_default, {actor.organization_id}));
        const auto added = transaction.query(
            queries::add_payment_method,
            {actor.organization_id,
             method.provider,
             sealed,
             method.kind,
             method.brand,
             method.last4,
             month,
             year,
             method.make_default ? "true" : "false",
             id,
             master_key}
        );
        if (!added) return refusal(added.error());
        DRYDOCK_TRY_VOID(audited(transaction, "billing.payment_method_added", id, method.provider));
        return id;
    });
}

Result<> make_default_payment_method(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(require(transaction, "billing:write", kWhat));
        DRYDOCK_TRY_VOID(lock_organization(transaction));
        DRYDOCK_TRY_VOID(transaction.query(queries::no_default, {actor.organization_id}));
        DRYDOCK_TRY(const auto made, transaction.one(queries::make_default, {actor.organization_id, id}, kNone));
        return audited(transaction, "billing.payment_method_made_default", id, made.text(0, 0));
    });
}

Result<> remove_payment_method(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(require(transaction, "billing:write", kWhat));
        DRYDOCK_TRY_VOID(lock_organization(transaction));
        DRYDOCK_TRY(
            const auto removed, transaction.one(queries::remove_payment_method, {actor.organization_id, id}, kNone)
        );
        if (removed.boolean(0, 1)) {
            DRYDOCK_TRY_VOID(transaction.query(queries::oldest_default, {actor.organization_id}));
        }
        return audited(transaction, "billing.payment_method_removed", id, removed.text(0, 0));
    });
}

}  // namespace drydock::billing
