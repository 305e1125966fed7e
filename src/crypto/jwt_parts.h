#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"
#include "crypto/jwt.h"

// What every kind of token is put to, whoever signed it. For jwt.cpp and jwks.cpp alone.
namespace drydock::crypto {

struct TokenParts {
    std::string_view signed_text;  // header and payload as they came, points into the token
    std::string_view payload;      // base64url, points into the token
    std::string algorithm;
    std::string key_id;
    std::string type;
    std::string signature;
};

// Takes a token apart, without believing any of it.
Result<TokenParts> parts_of_token(std::string_view token);

Error refused_token(std::string_view why);

// Reads the payload of a token whose signature was right, and holds it against the rules.
Result<Claims> checked_claims(
    const TokenParts& parts, const ClaimRules& rules, std::chrono::system_clock::time_point now
);

}  // namespace drydock::crypto
