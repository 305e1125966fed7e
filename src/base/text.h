#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace drydock {

std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);           // ASCII only
bool iequals(std::string_view a, std::string_view b);  // ASCII only

// The candidate nearest to a mistyped word, if it is near enough to be meant (Damerau-Levenshtein).
std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates);

// Where the first byte stands that is not valid UTF-8 (RFC 3629: no overlong forms, no surrogates).
std::optional<std::size_t> first_invalid_utf8(std::string_view text);

// "3 ms", "1.2 s", "4 min 05 s".
std::string human_duration(std::chrono::nanoseconds time);
// "512 B", "4.0 KiB", "1.2 GiB".
std::string human_bytes(std::uint64_t bytes);
// 1234567 -> "1,234,567".
std::string human_count(std::int64_t count);
// "500ms", "3s", "5min", "1h", "2d", or bare digits as milliseconds, as PostgreSQL's own settings read.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// "512kB", "20 MB", "1.5GB", "1TiB", or bare digits as bytes; all in steps of 1024, as PostgreSQL's own settings read.
std::optional<std::int64_t> parse_bytes(std::string_view text);

}  // namespace drydock
