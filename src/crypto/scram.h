#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace drydock::crypto {

// "SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>" (RFC 5802, RFC 7677), what ALTER ROLE ... PASSWORD takes in place
// of the password, so that the server never sees it, nor its log. Printable ASCII only: there SASLprep (RFC 4013)
// changes nothing; other texts are refused, as clients disagree on them.
Result<std::string> scram_verifier(std::string_view password);
Result<std::string> scram_verifier(std::string_view password, std::string_view salt, unsigned iterations);

// Letters and digits, so that it needs no quoting anywhere. 24 of them are 142 bits.
Secret generate_password(std::size_t length = 32);

}  // namespace drydock::crypto
