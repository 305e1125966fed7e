#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace drydock {

// Bytes as text. What reads is strict (no white space, no wrong padding, no left-over bits), so that a value has one
// text only; nothing is what it says of a text that is none.
std::string hex(std::string_view bytes);        // small letters
std::string base64(std::string_view bytes);     // RFC 4648 section 4, with padding
std::string base64url(std::string_view bytes);  // RFC 4648 section 5, without padding
std::optional<std::string> from_hex(std::string_view text);
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

// RFC 3986: everything but its unreserved characters, and those that may stay as they are in this part of an address.
std::string percent_encoded(std::string_view text, std::string_view also_plain = {});
std::optional<std::string> percent_decoded(std::string_view text);

// 8-4-4-4-12 hexadecimal digits, small or capital.
bool is_uuid(std::string_view text);

}  // namespace drydock
