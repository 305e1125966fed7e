#include "crypto/totp.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
// Without 0 and O, 1 and I, L and U: what is read from paper is typed rightly.
constexpr std::string_view kCodeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::int64_t kStep = 30;

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain)
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

}  // namespace

std::string base32(std::string_view bytes) {
    std::string text;
    std::uint32_t kept = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        kept = (kept << 8U) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5) text += kBase32[(kept >> (bits - 5)) & 31U];
        kept &= (1U << bits) - 1U;
    }
    if (bits > 0) text += kBase32[(kept << (5 - bits)) & 31U];
    return text;
}

std::optional<std::string> from_base32(std::string_view text) {
    std::string bytes;
    std::uint32_t kept = 0;
    unsigned bits = 0;
    std::size_t digits = 0;
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    for (char c : text) {
        if (c == ' ' || c == '-') continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        const auto value = kBase32.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        ++digits;
        kept = (kept << 5U) | static_cast<std::uint32_t>(value);
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>((kept >> bits) & 0xFFU);
        kept &= (1U << bits) - 1U;
    }
    const auto rest = digits % 8;
    if (rest == 1 || rest == 3 || rest == 6 || kept != 0) return std::nullopt;
    return bytes;
}

std::string hotp(std::string_view secret, std::uint64_t counter, unsigned digits) {
    std::string message;
    append_number(message, counter, 8);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    if (::HMAC(
            ::EVP_sha1(),
            secret.data(),
            static_cast<int>(secret.size()),
            raw(message),
            message.size(),
            mac.data(),
            &size
        ) == nullptr) {
        std::abort();
    }
    const std::size_t at = mac[size - 1] & 15U;
    const auto number = read_number(view(mac.data() + at, 4)) & 0x7FFFFFFFU;
    std::uint64_t bound = 1;
    for (unsigned digit = 0; digit < digits; ++digit) bound *= 10;
    return fmt::format("{:0{}}", number % bound, digits);
}

Secret new_totp_secret() {
    return Secret{random_bytes(20)};
}

std::int64_t totp_step(std::chrono::system_clock::time_point now) {
    return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() / kStep;
}

std::optional<std::int64_t> verify_totp(
    std::string_view secret,
    std::string_view code,
    std::chrono::system_clock::time_point now,
    std::optional<std::int64_t> after
) {
    const auto current = totp_step(now);
    std::optional<std::int64_t> matched;
    // All three are always computed: the time tells nothing.
    for (auto step = current - 1; step <= current + 1; ++step) {
        const bool same = equal_in_constant_time(hotp(secret, static_cast<std::uint64_t>(step)), code);
        if (same && (!after || step > *after)) matched = step;
    }
    return matched;
}

Secret totp_url(std::string_view secret, std::string_view issuer, std::string_view account) {
    const auto name = percent_encoded(issuer);
    return Secret{fmt::format(
        "otpauth://totp/{}:{}?secret={}&issuer={}&algorithm=SHA1&digits=6&period=30",
        name,
        percent_encoded(account),
        base32(secret),
        name
    )};
}

std::vector<Secret> new_recovery_codes(std::size_t count) {
    std::vector<Secret> codes;
    for (std::size_t n = 0; n < count; ++n) {
        std::string code;
        for (std::size_t at = 0; at < 12; ++at) {
            if (at > 0 && at % 4 == 0) code += '-';
            code += kCodeLetters[random_below(static_cast<std::uint32_t>(kCodeLetters.size()))];
        }
        codes.emplace_back(std::move(code));
    }
    return codes;
}

std::string recovery_code_hash(std::string_view code, std::string_view salt) {
    std::string plain;
    for (char c : code) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) plain += c;
    }
    return blake2b_256(Fields{}.text("drydock recovery code 1").text(salt).text(plain).bytes());
}

}  // namespace drydock::crypto
