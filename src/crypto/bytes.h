#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::crypto {

// Bytes are kept in std::string and std::string_view, as the rest of drydock does. Keys live in KeyBytes.

// Cryptographically strong, from the kernel.
std::string random_bytes(std::size_t count);
// A number below `bound`, each as likely as any other.
std::uint32_t random_below(std::uint32_t bound);

// Takes as long for equal texts as for different ones of the same length. The length itself is no secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// BLAKE2b (RFC 7693) with 32 bytes of output; keyed where a key of 16 to 64 bytes is given.
std::string blake2b_256(std::string_view message, std::string_view key = {});
std::string sha256(std::string_view message);
std::string hmac_sha256(std::string_view key, std::string_view message);

// The 16 bytes of a UUID, and its text in small letters.
std::optional<std::string> uuid_bytes(std::string_view text);
std::string uuid_text(std::string_view bytes);

// Fields one after another, each with its length before it (four bytes, the highest first), so that no two lists of
// fields give the same bytes.
class Fields {
public:
    Fields& text(std::string_view field);
    Fields& number(std::uint64_t value);  // a field of eight bytes, the highest first
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

}  // namespace drydock::crypto
