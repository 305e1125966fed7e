#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "control/store.h"
#include "crypto/keyring.h"

// The tokens of payment providers: sealed with a key that is made from the server's master key, each for its own row.
namespace drydock::billing {

// The master key is to be noted beside it.
Result<std::string> seal_token(
    const crypto::Keyring& ring,
    std::string_view master_key,
    std::string_view organization,
    std::string_view id,
    const Secret& token
);
Result<Secret> open_token(
    const crypto::Keyring& ring, std::string_view organization, std::string_view id, std::string_view sealed
);

// How many of an organization's tokens are sealed by this master key, as far as is known: one whose key is not noted
// counts for each.
Result<std::int64_t> tokens_sealed_by(
    control::Store& store, std::string_view organization, std::string_view master_key, const Limits& limits
);
// Seals by the current master key what another one has sealed, and what a former version left in clear or without a
// note of its key. How many.
Result<std::int64_t> reseal_tokens(
    control::Store& store, const crypto::Keyring& ring, std::string_view organization, const Limits& limits
);

}  // namespace drydock::billing
