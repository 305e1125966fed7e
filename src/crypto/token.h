#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace drydock::crypto {

// What an opaque token is for. A token of one kind never passes for another: its hash covers the kind.
enum class TokenKind : char {
    refresh = 'r',
    api = 'p',
    invite = 'i',
    setup = 's',
    reset = 'w',
    session = 'c',  // cookie
    stream = 'e',   // ticket of an event stream
};

// "ddk_<kind>_", 43 characters of base64url (32 random bytes), 6 of their CRC-32: so that a scanner of
// repositories and logs can tell a token from chance, and a mistyped one needs no query.
Secret new_token(TokenKind kind);

// Whether it has the form of a token of this kind and its checksum is right.
bool is_token(std::string_view text, TokenKind kind);
std::optional<TokenKind> token_kind(std::string_view text);

// What is stored and looked up: BLAKE2b-256 of the whole text, 32 bytes. There is nothing to slow down: nobody tries
// 2^256 tokens.
std::string token_hash(std::string_view token);

}  // namespace drydock::crypto
