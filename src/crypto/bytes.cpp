#include "crypto/bytes.h"

#include <sodium.h>

#include <cstdlib>

#include <openssl/evp.h>

#include "base/encoding.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

// Chooses implementations for this processor; whatever uses libsodium uses this file too.
const bool started = [] {
    if (::sodium_init() < 0) std::abort();
    return true;
}();

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    ::randombytes_buf(bytes.data(), bytes.size());
    return bytes;
}

std::uint32_t random_below(std::uint32_t bound) {
    return ::randombytes_uniform(bound);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string blake2b_256(std::string_view message, std::string_view key) {
    std::string digest(32, '\0');
    if (::crypto_generichash(raw(digest), digest.size(), raw(message), message.size(), raw(key), key.size()) != 0) {
        std::abort();
    }
    return digest;
}

std::string sha256(std::string_view message) {
    std::string digest(32, '\0');
    ::crypto_hash_sha256(raw(digest), raw(message), message.size());
    return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::string mac(32, '\0');
    crypto_auth_hmacsha256_state state;
    ::crypto_auth_hmacsha256_init(&state, raw(key), key.size());
    ::crypto_auth_hmacsha256_update(&state, raw(message), message.size());
    ::crypto_auth_hmacsha256_final(&state, raw(mac));
    ::sodium_memzero(&state, sizeof state);
    return mac;
}

std::optional<std::string> uuid_bytes(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    std::string digits;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash != (text[at] == '-')) return std::nullopt;
        if (!dash) digits += text[at];
    }
    return from_hex(digits);
}

std::string uuid_text(std::string_view bytes) {
    auto text = hex(bytes);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
    return text;
}

Fields& Fields::text(std::string_view field) {
    append_number(bytes_, field.size(), 4);
    bytes_ += field;
    return *this;
}

Fields& Fields::number(std::uint64_t value) {
    append_number(bytes_, 8, 4);
    append_number(bytes_, value, 8);
    return *this;
}

}  // namespace drydock::crypto
