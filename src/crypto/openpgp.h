#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

// As much of OpenPGP (RFC 4880) as sealing by SQL takes: pgcrypto encrypts to our public key, we open.
namespace drydock::crypto {

struct OpenPgpKeyPair {
    std::string public_key{};  // an armoured block, for the setting sealing_public_key
    Secret private_key{};      // bytes for open_openpgp; the caller seals them
    std::string key_id{};      // 16 capital hexadecimal digits, as platform.seal_text writes before a sealed value
};

// RSA of 3072 bits. Takes a good part of a second. `user_id` is what programs show: "drydock sealing key".
Result<OpenPgpKeyPair> generate_openpgp(std::string_view user_id, std::chrono::system_clock::time_point when);

// What pgp_pub_encrypt wrote with AES and without compression; not armoured. Errors: invalid_argument when it is no
// such message, not_found when it is for another key, conflict for whatever does not decrypt: which step failed is
// not told, as that would help to guess.
Result<Secret> open_openpgp(std::string_view message, const Secret& private_key);

// For which key it is (16 capital hexadecimal digits), without opening it.
Result<std::string> openpgp_key_id(std::string_view message);

// The text form of bytes (RFC 4880, 6.2), with its checksum, which pgcrypto demands.
std::string openpgp_armor(std::string_view kind, std::string_view bytes);

}  // namespace drydock::crypto
