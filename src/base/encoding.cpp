#include "base/encoding.h"

#include <sodium.h>

namespace drydock {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::string_view kCapitals = "0123456789ABCDEF";

int nibble(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The byte that two digits are, or -1.
int byte_of(std::string_view digits) {
    if (digits.size() != 2) return -1;
    const int high = nibble(digits[0]);
    const int low = nibble(digits[1]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// libsodium's takes the same time for all bytes of one length: these may be keys.
std::string encoded(std::string_view bytes, int variant) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    ::sodium_bin2base64(
        text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), variant
    );
    text.pop_back();  // the terminating zero
    return text;
}

std::optional<std::string> decoded(std::string_view text, int variant) {
    std::string bytes((text.size() / 4 * 3) + 3, '\0');
    std::size_t size = 0;
    const char* end = nullptr;
    const int failed = ::sodium_base642bin(
        reinterpret_cast<unsigned char*>(bytes.data()),
        bytes.size(),
        text.data(),
        text.size(),
        nullptr,
        &size,
        &end,
        variant
    );
    if (failed != 0 || end != text.data() + text.size()) {
        ::sodium_memzero(bytes.data(), bytes.size());
        return std::nullopt;
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace

std::string hex(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

std::string base64(std::string_view bytes) {
    return encoded(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::string base64url(std::string_view bytes) {
    return encoded(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int byte = byte_of(text.substr(at, 2));
        if (byte < 0) return std::nullopt;
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::optional<std::string> from_base64(std::string_view text) {
    return decoded(text, sodium_base64_VARIANT_ORIGINAL);
}

std::optional<std::string> from_base64url(std::string_view text) {
    return decoded(text, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

std::string percent_encoded(std::string_view text, std::string_view also_plain) {
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view{"-._~"}.find(c) != std::string_view::npos ||
                           also_plain.find(c) != std::string_view::npos;
        if (plain) {
            result += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result += {'%', kCapitals[byte >> 4U], kCapitals[byte & 15U]};
    }
    return result;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            result += text[at];
            continue;
        }
        const int byte = byte_of(text.substr(at + 1, 2));
        if (byte < 0) return std::nullopt;
        result += static_cast<char>(byte);
        at += 2;
    }
    return result;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
        if (dash ? text[at] != '-' : nibble(text[at]) < 0) return false;
    }
    return true;
}

}  // namespace drydock
