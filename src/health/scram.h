#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "health/wire.h"

namespace drydock::health {

// The client's side of SCRAM (RFC 5802, RFC 7677).
class Scram {
public:
    // `digest`: "SHA256" or "SHA1". `nonce` is random text without a comma.
    // `end_point`: of the TLS channel that the sign-in is bound to; empty: it is bound to none.
    Scram(
        const char* digest,
        const std::string& user,
        Secret password,
        const std::string& nonce,
        const std::string& end_point = {}
    );

    std::string first() const { return header_ + first_bare_; }
    // The answer to what the server said to that; nothing when it makes no sense, or asks for more work than is right.
    std::optional<std::string> final(std::string_view server_first, Wires& wires);
    // Whether the server has shown that it knows the password, too.
    bool verified(std::string_view server_final) const;

private:
    std::string hmac(std::string_view key, std::string_view text) const;

    const char* digest_;
    Secret password_;
    std::string nonce_;
    std::string header_;   // of GSS-API: which binding
    std::string binding_;  // the header, and what it binds to
    std::string first_bare_;
    std::string server_signature_;
};

}  // namespace drydock::health
