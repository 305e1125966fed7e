#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "base/secret.h"

// JSON Web Tokens (RFC 7515, 7519, 8725). The key decides the algorithm, never the token.
namespace drydock::crypto {

// What a token has to say to be taken. An empty text is not asked for.
struct ClaimRules {
    std::string issuer{};    // iss is this
    std::string audience{};  // aud is or holds this
    std::string type{};      // typ of the header: "at+jwt"
    std::string nonce{};     // nonce is this (OIDC)
    std::chrono::seconds leeway{30};
    std::chrono::seconds max_age{0};  // since iat; 0: any
};

// The claims of a token that was verified.
class Claims {
public:
    explicit Claims(boost::json::object&& claims);
    const boost::json::object& all() const { return *claims_; }

    std::string_view issuer() const { return text("iss"); }
    std::string_view subject() const { return text("sub"); }
    std::string_view id() const { return text("jti"); }
    // Empty where it is missing or no text.
    std::string_view text(std::string_view name) const;
    std::optional<std::int64_t> number(std::string_view name) const;
    bool flag(std::string_view name) const;
    // A text alone counts as a list of one.
    std::vector<std::string_view> texts(std::string_view name) const;

private:
    std::shared_ptr<const boost::json::object> claims_;
};

// HS256: our own access tokens. Safe to use from many threads.
class TokenSigner {
public:
    // At least 32 bytes. JWT_SECRET's characters count as bytes, as other libraries have it.
    static Result<TokenSigner> with_key(std::string_view key);

    // Adds nothing: the caller gives iss, aud, sub, iat, exp, jti. typ is "at+jwt".
    std::string sign(const boost::json::object& claims) const;
    Result<Claims> verify(std::string_view token, const ClaimRules& rules, std::chrono::system_clock::time_point now)
        const;

    // In what follows a key change, tokens of the old key are known by this: 8 characters of its hash.
    const std::string& key_id() const { return key_id_; }

private:
    struct State;
    explicit TokenSigner(std::string_view key);
    std::shared_ptr<const State> state_;
    std::string key_id_;
};

// The public keys of an OIDC provider: RS256, ES256 and EdDSA (Ed25519). Others in the set are passed over.
class Jwks {
public:
    static Result<Jwks> parse(std::string_view text);

    // not_found when the token's key is not in the set: fetch it again (not too often) and try once more. Any other
    // refusal is unauthenticated.
    Result<Claims> verify(std::string_view token, const ClaimRules& rules, std::chrono::system_clock::time_point now)
        const;
    std::size_t size() const;

private:
    struct Key;
    std::vector<std::shared_ptr<const Key>> keys_;
};

}  // namespace drydock::crypto
