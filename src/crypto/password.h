#pragma once

#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "crypto/places.h"

namespace drydock::crypto {

// Argon2id. Each computation takes 64 MiB, so only so many run at once; the others wait within their limits, that
// logins can't take the memory from everything else. Safe to use from many threads; one for the whole program.
class Passwords {
public:
    explicit Passwords(unsigned at_once = 2);

    // "$argon2id$v=19$m=65536,t=2,p=1$<salt>$<hash>"
    Result<std::string> hash(std::string_view password, const Limits& limits);
    // A wrong password is `false`. Error: unavailable when too many others were first.
    Result<bool> verify(std::string_view hash, std::string_view password, const Limits& limits);
    // For a name that nobody has: takes as long as `verify`, and is always false.
    Result<bool> verify_unknown(std::string_view password, const Limits& limits);

private:
    Places places_;
};

// A hash of today's effort that no password has.
std::string hash_of_nobody();

// Whether a hash was made with less effort than we take today, so that it should be made anew at the next login.
bool needs_rehash(std::string_view hash);

// NIST SP 800-63B: length counts, composition does not. An Error says what is wrong with it; never the password.
Result<> check_password_policy(std::string_view password, std::string_view email);

}  // namespace drydock::crypto
