#include "crypto/signing.h"

#include <sodium.h>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // an em dash and a blank, as the form has it
constexpr char kEd25519 = 1;

Error wrong(std::string message) {
    return {.code = ErrorCode::invalid_argument, .message = std::move(message)};
}

bool is_note_name(std::string_view name) {
    return !name.empty() && !first_invalid_utf8(name) &&
           std::ranges::none_of(name, [](char c) { return c == '+' || static_cast<unsigned char>(c) <= 0x20; });
}

bool is_note_text(std::string_view text) {
    return !text.empty() && text.back() == '\n' && !first_invalid_utf8(text) &&
           std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; });
}

std::string note_key_hash(std::string_view name, std::string_view public_key) {
    return sha256(fmt::format("{}\n{}{}", name, kEd25519, public_key)).substr(0, 4);
}

}  // namespace

SigningKey::SigningKey(KeyBytes seed)
    : seed_(std::move(seed)),
      secret_(crypto_sign_ed25519_SECRETKEYBYTES),
      public_key_(crypto_sign_ed25519_PUBLICKEYBYTES, '\0') {
    ::crypto_sign_ed25519_seed_keypair(raw(public_key_), secret_.data(), seed_.data());
}

SigningKey SigningKey::generate() {
    return SigningKey{KeyBytes::random(crypto_sign_ed25519_SEEDBYTES)};
}

Result<SigningKey> SigningKey::from_seed(std::string_view seed) {
    if (seed.size() != crypto_sign_ed25519_SEEDBYTES) return wrong("a signing key is 32 bytes long");
    return SigningKey{KeyBytes::copy_of(seed)};
}

std::string SigningKey::sign(std::string_view message) const {
    std::string signature(crypto_sign_ed25519_BYTES, '\0');
    ::crypto_sign_ed25519_detached(raw(signature), nullptr, raw(message), message.size(), secret_.data());
    return signature;
}

bool verify_signature(std::string_view public_key, std::string_view message, std::string_view signature) {
    return public_key.size() == crypto_sign_ed25519_PUBLICKEYBYTES && signature.size() == crypto_sign_ed25519_BYTES &&
           ::crypto_sign_ed25519_verify_detached(raw(signature), raw(message), message.size(), raw(public_key)) == 0;
}

std::string signing_key_id(std::string_view public_key) {
    return hex(sha256(public_key)).substr(0, 16);
}

Result<std::string> sign_note(const SigningKey& key, std::string_view name, std::string_view text) {
    if (!is_note_name(name)) return wrong("the name of a note's signer has no blanks and no plus sign");
    if (!is_note_text(text)) return wrong("a note is text that ends with a line's end");
    const auto signature = note_key_hash(name, key.public_key()) + key.sign(text);
    return fmt::format("{}\n{}{} {}\n", text, kDash, name, base64(signature));
}

Result<std::string> open_note(std::string_view note, std::string_view name, std::string_view public_key) {
    const auto blank = note.rfind("\n\n");
    if (blank == std::string_view::npos || note.back() != '\n') return wrong("this is no signed note");
    const auto text = note.substr(0, blank + 1);
    if (!is_note_text(text)) return wrong("this is no signed note");
    const auto hash = note_key_hash(name, public_key);
    std::optional<bool> is_right;
    for (auto line : split(note.substr(blank + 2), '\n')) {
        if (line.empty()) continue;
        if (line.substr(0, kDash.size()) != kDash) return wrong("a line below the note is no signature");
        line.remove_prefix(kDash.size());
        const auto space = line.find(' ');
        if (space == std::string_view::npos) return wrong("a line below the note is no signature");
        const auto signature = from_base64(line.substr(space + 1));
        if (line.substr(0, space) != name || !signature || signature->substr(0, 4) != hash) continue;
        is_right =
            is_right.value_or(true) && verify_signature(public_key, text, std::string_view{*signature}.substr(4));
    }
    if (is_right && *is_right) return std::string{text};
    if (is_right) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the signature of {} does not fit the note: it was altered", name)
        };
    }
    return Error{
        .code = ErrorCode::not_found, .message = fmt::format("the note bears no signature of {} and this key", name)
    };
}

std::string note_verifier(std::string_view name, std::string_view public_key) {
    return fmt::format(
        "{}+{}+{}", name, hex(note_key_hash(name, public_key)), base64(std::string{kEd25519} + std::string{public_key})
    );
}

}  // namespace drydock::crypto
