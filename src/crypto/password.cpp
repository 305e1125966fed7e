#include "crypto/password.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/encoding.h"
#include "crypto/bytes.h"

namespace drydock::crypto {
namespace {

constexpr unsigned long long kOperations = crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE;
constexpr std::size_t kMemory = crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE;
constexpr std::size_t kMaxPassword = 1024;

std::optional<std::uint64_t> parameter(std::string_view hash, std::string_view name) {
    const auto at = hash.find(name);
    if (at == std::string_view::npos) return std::nullopt;
    std::uint64_t value = 0;
    const char* const from = hash.data() + at + name.size();
    if (std::from_chars(from, hash.data() + hash.size(), value).ec != std::errc{}) return std::nullopt;
    return value;
}

// A row that was tampered with must not take all the memory or the time there is.
bool is_affordable(std::string_view hash) {
    if (hash.substr(0, 10) != "$argon2id$" || hash.size() >= crypto_pwhash_argon2id_STRBYTES) return false;
    const auto memory = parameter(hash, "$m=");
    const auto operations = parameter(hash, ",t=");
    return memory && operations && *memory <= 4 * kMemory / 1024 && *operations <= 16;
}

Error out_of_memory() {
    return {
        .code = ErrorCode::unavailable,
        .message = "there is not enough memory to check a password",
        .hint = "Try again in a moment; if it stays so, give the server 64 MiB more."
    };
}

Error too_many(Error error) {
    if (error.code == ErrorCode::cancelled) return std::move(error).in("checking the password");
    return {
        .code = ErrorCode::unavailable,
        .message = "too many people are signing in at this moment",
        .hint = "Try again in a few seconds."
    };
}

Error too_long() {
    return {
        .code = ErrorCode::invalid_argument, .message = fmt::format("a password is at most {} bytes long", kMaxPassword)
    };
}

}  // namespace

Passwords::Passwords(unsigned at_once) : places_(std::max(at_once, 1U)) {}

Result<std::string> Passwords::hash(std::string_view password, const Limits& limits) {
    if (password.size() > kMaxPassword) return too_long();
    auto place = places_.take(limits);
    if (!place) return too_many(std::move(place).error());
    std::array<char, crypto_pwhash_argon2id_STRBYTES> hash{};
    if (::crypto_pwhash_argon2id_str(hash.data(), password.data(), password.size(), kOperations, kMemory) != 0) {
        return out_of_memory();
    }
    return std::string{hash.data()};
}

Result<bool> Passwords::verify(std::string_view hash, std::string_view password, const Limits& limits) {
    if (password.size() > kMaxPassword) return too_long();
    if (!is_affordable(hash)) {
        return Error{
            .code = ErrorCode::internal,
            .message = "the stored password can't be checked",
            .hint = "Reset the password.",
            .detail = "the stored hash is no argon2id hash, or asks for too much memory or time"
        };
    }
    auto place = places_.take(limits);
    if (!place) return too_many(std::move(place).error());
    const std::string text{hash};
    return ::crypto_pwhash_argon2id_str_verify(text.c_str(), password.data(), password.size()) == 0;
}

Result<bool> Passwords::verify_unknown(std::string_view password, const Limits& limits) {
    static const std::string nobody = hash_of_nobody();
    DRYDOCK_TRY(const auto same, verify(nobody, password, limits));
    static_cast<void>(same);
    return false;
}

std::string hash_of_nobody() {
    // Salt and result are chance: the work is that of any other hash, and there is no password to it.
    const auto text = [](std::size_t size) {
        auto encoded = base64(random_bytes(size));
        encoded.erase(encoded.find_last_not_of('=') + 1);
        return encoded;
    };
    return fmt::format("$argon2id$v=19$m={},t={},p=1${}${}", kMemory / 1024, kOperations, text(16), text(32));
}

bool needs_rehash(std::string_view hash) {
    const auto memory = parameter(hash, "$m=");
    const auto operations = parameter(hash, ",t=");
    // libsodium's own function calls greater effort a reason too; here it only judges the form.
    return !is_affordable(hash) ||
           ::crypto_pwhash_str_needs_rehash(std::string{hash}.c_str(), kOperations, kMemory) < 0 ||
           memory.value_or(0) < kMemory / 1024 || operations.value_or(0) < kOperations;
}

}  // namespace drydock::crypto
