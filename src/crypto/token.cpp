#include "crypto/token.h"

#include <array>
#include <cstdint>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

constexpr std::size_t kPrefix = 6;   // ddk_x_
constexpr std::size_t kRandom = 43;  // 32 bytes
constexpr std::size_t kCheck = 6;    // 4 bytes

// CRC-32 as in ISO 3309 (zip, Ethernet).
std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

std::string checksum(std::string_view text) {
    std::string bytes;
    append_number(bytes, crc32(text), 4);
    return base64url(bytes);
}

}  // namespace

Secret new_token(TokenKind kind) {
    std::string text{"ddk_x_"};
    text[4] = static_cast<char>(kind);
    text.reserve(kPrefix + kRandom + kCheck);
    const Secret random{random_bytes(32)};
    text += base64url(random.reveal());
    text += checksum(text);
    return Secret{std::move(text)};
}

std::optional<TokenKind> token_kind(std::string_view text) {
    constexpr std::string_view kKinds = "rpiswce";
    if (text.size() != kPrefix + kRandom + kCheck || text.substr(0, 4) != "ddk_" || text[5] != '_' ||
        kKinds.find(text[4]) == std::string_view::npos) {
        return std::nullopt;
    }
    if (!from_base64url(text.substr(kPrefix, kRandom))) return std::nullopt;
    if (checksum(text.substr(0, kPrefix + kRandom)) != text.substr(kPrefix + kRandom)) return std::nullopt;
    return static_cast<TokenKind>(text[4]);
}

bool is_token(std::string_view text, TokenKind kind) {
    return token_kind(text) == kind;
}

std::string token_hash(std::string_view token) {
    return blake2b_256(token);
}

}  // namespace drydock::crypto
