#pragma once

#include <string>
#include <string_view>

#include "crypto/sealed.h"

// For the fixed vectors of docs/formats/sealed.md alone: a nonce that is used twice gives both texts away.
namespace drydock::crypto {

Result<std::string> seal_with_nonce(
    const DataKey& key, std::string_view plain, const Place& place, std::string_view nonce
);
Result<SealedColumns> seal_columns_with_nonce(
    const DataKey& key, std::string_view plain, const Place& place, std::string_view nonce
);

}  // namespace drydock::crypto
