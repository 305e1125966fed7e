#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "control/store.h"
#include "crypto/keyring.h"

namespace drydock::billing {

// What is shown of a way to pay. The provider's token is kept sealed (tokens.h) and never shown again.
struct PaymentMethod {
    std::string id{};
    std::string provider{};
    std::string kind{};  // "card", "bank_account", "wallet"
    std::string brand{};
    std::string last4{};
    int expires_month = 0;  // 0: not known
    int expires_year = 0;
    bool is_default = false;
};

// Of a card: what the provider says of it. A card number, in whichever field, is refused before it gets anywhere.
struct NewPaymentMethod {
    std::string provider{};
    Secret provider_token{};
    std::string kind{};
    std::string brand{};
    std::string last4{};
    int expires_month = 0;
    int expires_year = 0;
    bool make_default = false;  // the first one is it anyway
};

// Needs billing:read; without it, there are none to see.
Result<std::vector<PaymentMethod>> payment_methods(
    control::Store& store, const control::Actor& actor, const Limits& limits
);
// These need billing:write. They return the id; `conflict` where the organization has the token already.
Result<std::string> add_payment_method(
    control::Store& store,
    const crypto::Keyring& ring,
    const control::Actor& actor,
    const NewPaymentMethod& method,
    const Limits& limits
);
Result<> make_default_payment_method(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
);
Result<> remove_payment_method(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
);

}  // namespace drydock::billing
