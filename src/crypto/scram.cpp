#include "crypto/scram.h"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

constexpr unsigned kIterations = 4096;  // what PostgreSQL 15 takes
constexpr std::size_t kSalt = 16;

}  // namespace

Result<std::string> scram_verifier(std::string_view password) {
    return scram_verifier(password, random_bytes(kSalt), kIterations);
}

Result<std::string> scram_verifier(std::string_view password, std::string_view salt, unsigned iterations) {
    const bool is_printable = std::ranges::all_of(password, [](char c) { return c >= 0x20 && c <= 0x7E; });
    if (password.empty() || password.size() > 1024 || !is_printable || iterations == 0) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "the new password is empty, too long, or has characters other than printable ASCII",
            .hint = "Let drydock make the password: letters and digits are understood by every client."
        };
    }
    std::string salted(32, '\0');
    if (::PKCS5_PBKDF2_HMAC(
            password.data(),
            static_cast<int>(password.size()),
            raw(salt),
            static_cast<int>(salt.size()),
            static_cast<int>(iterations),
            ::EVP_sha256(),
            static_cast<int>(salted.size()),
            raw(salted)
        ) != 1) {
        return Error{.code = ErrorCode::internal, .message = "computing the SCRAM verifier failed"};
    }
    const Secret key{std::move(salted)};
    const Secret client_key{hmac_sha256(key.reveal(), "Client Key")};
    return fmt::format(
        "SCRAM-SHA-256${}:{}${}:{}",
        iterations,
        base64(salt),
        base64(sha256(client_key.reveal())),
        base64(hmac_sha256(key.reveal(), "Server Key"))
    );
}

Secret generate_password(std::size_t length) {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string password(length, '\0');
    for (char& c : password) c = kLetters[random_below(static_cast<std::uint32_t>(kLetters.size()))];
    return Secret{std::move(password)};
}

}  // namespace drydock::crypto
