#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace drydock::crypto {

std::string base32(std::string_view bytes);  // RFC 4648 section 6, without padding
// As people type it: small letters and blanks are fine, padding too.
std::optional<std::string> from_base32(std::string_view text);

// RFC 4226. `secret` is bytes, not base32.
std::string hotp(std::string_view secret, std::uint64_t counter, unsigned digits = 6);

// RFC 6238: SHA-1, steps of 30 s, six digits: what every authenticator app knows.
Secret new_totp_secret();  // 20 bytes
std::int64_t totp_step(std::chrono::system_clock::time_point now);
// The step that the code is of: this one, the one before or the one after. Store it and refuse codes of steps that are
// not later than the one stored; `after` is that stored step.
std::optional<std::int64_t> verify_totp(
    std::string_view secret,
    std::string_view code,
    std::chrono::system_clock::time_point now,
    std::optional<std::int64_t> after = {}
);
// otpauth://totp/..., for a QR code.
Secret totp_url(std::string_view secret, std::string_view issuer, std::string_view account);

// Ten codes like "7KQM-2XRT-9HVC" (58 bits each) for who lost the phone. Shown once, stored hashed.
std::vector<Secret> new_recovery_codes(std::size_t count = 10);
// 32 bytes; the same for "7kqm 2xrt 9hvc". `salt` is the person's id, that the same code of two people differs.
std::string recovery_code_hash(std::string_view code, std::string_view salt);

}  // namespace drydock::crypto
