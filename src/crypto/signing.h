#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/key_bytes.h"

namespace drydock::crypto {

// Ed25519 (RFC 8032).
class SigningKey {
public:
    static SigningKey generate();
    static Result<SigningKey> from_seed(std::string_view seed);  // 32 bytes

    std::string sign(std::string_view message) const;                // 64 bytes
    const std::string& public_key() const { return public_key_; }    // 32 bytes
    std::string_view reveal_seed() const { return seed_.reveal(); }  // 32 bytes, to be sealed

private:
    SigningKey(KeyBytes seed);
    KeyBytes seed_;
    KeyBytes secret_;
    std::string public_key_;
};

bool verify_signature(std::string_view public_key, std::string_view message, std::string_view signature);

// Names a public key in rows and logs: the first 16 hexadecimal digits of its SHA-256.
std::string signing_key_id(std::string_view public_key);

// Signed notes (c2sp.org/signed-note): a text, a blank line, and lines "— <name> <base64(key hash, signature)>".
// The name is of no blank and no plus sign, "drydock.example.com/audit" say; the text ends with a line's end.
Result<std::string> sign_note(const SigningKey& key, std::string_view name, std::string_view text);
// The text, when a signature of this name and key stands under it and is right.
Result<std::string> open_note(std::string_view note, std::string_view name, std::string_view public_key);
// "<name>+<key hash>+<base64>", as verifiers of such notes want the public key.
std::string note_verifier(std::string_view name, std::string_view public_key);

}  // namespace drydock::crypto
