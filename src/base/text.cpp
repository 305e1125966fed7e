#include "base/text.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace drydock {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Optimal string alignment distance: edits, and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

}  // namespace

std::string_view trim(std::string_view text) {
    const auto begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string to_lower(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

bool iequals(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates) {
    std::optional<std::string> best;
    std::size_t nearest = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : candidates) {
        const auto d = distance(word, candidate);
        if (d >= nearest) continue;
        nearest = d;
        best = candidate;
    }
    return best;
}

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t i = 0;
    while (i < text.size()) {
        const unsigned char lead = byte(i);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                                   : (lead & 0xF0U) == 0xE0U      ? 3
                                   : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                                  : 0;
        if (length == 0 || i + length > text.size()) return i;
        const unsigned char second = byte(i + 1);
        if (lead == 0xE0 && second < 0xA0) return i;
        if (lead == 0xED && second > 0x9F) return i;
        if (lead == 0xF0 && second < 0x90) return i;
        if (lead == 0xF4 && second > 0x8F) return i;
        for (std::size_t k = 1; k < length; ++k) {
            if ((byte(i + k) & 0xC0U) != 0x80U) return i;
        }
        i += length;
    }
    return std::nullopt;
}

std::string human_duration(std::chrono::nanoseconds time) {
    const double ms = static_cast<double>(time.count()) / 1e6;
    if (ms < 1) return "<1 ms";
    if (ms < 1000) return fmt::format("{:.0f} ms", ms);
    if (ms < 60'000) return fmt::format("{:.1f} s", ms / 1000);
    const auto seconds = static_cast<std::int64_t>(ms / 1000);
    if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
    return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

std::string human_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double value = static_cast<double>(bytes);
    std::string_view unit;
    for (const std::string_view next : {"KiB", "MiB", "GiB", "TiB", "PiB"}) {
        if (value < 1024) break;
        value /= 1024;
        unit = next;
    }
    return fmt::format("{:.1f} {}", value, unit);
}

std::string human_count(std::int64_t count) {
    auto text = std::to_string(count);
    const std::size_t digits_from = count < 0 ? 1 : 0;
    for (std::size_t i = text.size(); i > digits_from + 3;) {
        i -= 3;
        text.insert(i, 1, ',');
    }
    return text;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    text = trim(text);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || !(value >= 0 && value <= 1e12)) return std::nullopt;  // not a number is neither
    const auto unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
    double factor = 0;
    if (unit.empty() || unit == "ms") factor = 1;
    if (unit == "s") factor = 1000;
    if (unit == "min" || unit == "m") factor = 60'000;
    if (unit == "h") factor = 3'600'000;
    if (unit == "d") factor = 86'400'000;
    if (factor == 0) return std::nullopt;
    return std::chrono::milliseconds{static_cast<std::int64_t>(value * factor)};
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
    text = trim(text);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || !(value >= 0 && value <= 1e15)) return std::nullopt;
    const auto unit = to_lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
    double factor = 0;
    if (unit.empty() || unit == "b") factor = 1;
    if (unit == "kb" || unit == "kib") factor = 1024;
    if (unit == "mb" || unit == "mib") factor = 1024.0 * 1024;
    if (unit == "gb" || unit == "gib") factor = 1024.0 * 1024 * 1024;
    if (unit == "tb" || unit == "tib") factor = 1024.0 * 1024 * 1024 * 1024;
    if (factor == 0 || value * factor > 9e18) return std::nullopt;
    return static_cast<std::int64_t>(value * factor);
}

}  // namespace drydock
