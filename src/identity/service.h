#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "control/store.h"
#include "crypto/jwt.h"
#include "crypto/keyring.h"
#include "crypto/password.h"

namespace drydock::identity {

class SessionCache;

struct Options {
    std::string issuer = "drydock";                 // iss of access tokens, and the name in authenticator apps
    std::chrono::seconds access_lifetime{30 * 60};  // JWT_ACCESS_EXPIRES
    std::chrono::days refresh_lifetime{7};          // JWT_REFRESH_EXPIRES_DAYS: without a renewal a session ends
    std::chrono::days session_lifetime{90};         // with renewals too
    int free_attempts = 5;                          // a name's wrong ones before there is a delay
    int free_attempts_by_address = 50;
    int free_attempts_by_database = 10;  // sign-ins to a registered or tested database that failed
    std::chrono::seconds longest_delay{15 * 60};
};

// What all calls of this module work with. Safe to use from many threads; the parts belong to whoever made them.
struct Service {
    control::Store& store;
    crypto::Passwords& passwords;
    const crypto::TokenSigner& signer;
    const crypto::Keyring& keyring;
    SessionCache& cache;
    Options options{};
};

// Signs access tokens with JWT_SECRET, or, where that is not set, with a key that is made from the master key: so all
// replicas have the same.
Result<crypto::TokenSigner> access_signer(const crypto::Keyring& keyring, const Secret& jwt_secret);

// From where a request comes.
struct Peer {
    std::string address{};
    std::string user_agent{};
    std::string request_id{};
};

// What a sign-in or a renewal gives.
struct Tokens {
    Secret access{};
    Secret refresh{};  // empty where only the access token is new
    std::chrono::seconds access_lifetime{0};
    std::chrono::seconds refresh_lifetime{0};
    std::string session_id{};
    std::string user_id{};
    std::string organization_id{};  // empty: the person belongs to none yet
};

}  // namespace drydock::identity
