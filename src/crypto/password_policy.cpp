#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "crypto/password.h"

namespace drydock::crypto {
namespace {

constexpr std::size_t kMinLength = 12;
constexpr std::size_t kMaxLength = 256;

// What people choose when a password must be long: these, with digits and signs around them.
constexpr std::array<std::string_view, 42> kCommon{
    "password",       "passwort",      "passw0rd",      "p@ssword",     "p@ssw0rd",       "passwordpassword",
    "letmein",        "letmeinplease", "welcome",       "willkommen",   "changeme",       "changemenow",
    "changemeplease", "trustno",       "qwerty",        "qwertyuiop",   "qwertyuiopasdf", "qwertz",
    "qwertzuiop",     "asdfghjkl",     "zxcvbnm",       "iloveyou",     "iloveyousomuch", "administrator",
    "admin",          "adminadmin",    "adminpassword", "rootpassword", "database",       "databasepassword",
    "postgres",       "postgresql",    "mongodb",       "redis",        "drydock",        "drydockpassword",
    "drydockadmin",   "secret",        "supersecret",   "mypassword",   "yourpassword",   "correcthorsebatterystaple"
};
// Two hand's breadths of a keyboard and of the alphabet: a password that is a piece of one of them.
constexpr std::array<std::string_view, 6> kRows{
    "01234567890123456789012345678901234567890123456789",
    "98765432109876543210987654321098765432109876543210",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcbazyxwvutsrqponmlkjihgfedcba",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
    "qwertyuiopasdfghjklzxcvbnm1234567890"
};

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// Without what is put around a word to please a rule: "Password123!!" is "password".
std::string_view core(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; };
    while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
    while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
    return text;
}

bool is_repeated(std::string_view text) {
    for (std::size_t unit = 1; unit <= text.size() / 3; ++unit) {
        bool repeated = true;
        for (std::size_t at = unit; at < text.size() && repeated; ++at) repeated = text[at] == text[at - unit];
        if (repeated) return true;
    }
    return false;
}

bool is_guessable(std::string_view text) {
    for (const auto row : kRows) {
        if (row.find(text) != std::string_view::npos) return true;
    }
    for (const auto common : kCommon) {
        if (core(text) == common || text == common) return true;
    }
    return is_repeated(text) || std::set<char>(text.begin(), text.end()).size() < 5;
}

Error refused(std::string message) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = std::move(message),
        .hint = "A few words that don't belong together make a good one; a password manager a better."
    };
}

}  // namespace

Result<> check_password_policy(std::string_view password, std::string_view email) {
    if (first_invalid_utf8(password)) return refused("the password is not valid UTF-8");
    if (std::ranges::any_of(password, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
        return refused("the password has control characters, which can't be typed again");
    }
    const auto length = characters(password);
    if (length < kMinLength) {
        return refused(fmt::format("the password has {} characters, and needs at least {}", length, kMinLength));
    }
    if (length > kMaxLength) return refused(fmt::format("the password is longer than {} characters", kMaxLength));
    const auto lower = to_lower(password);
    const auto name = to_lower(email.substr(0, email.find('@')));
    if (!email.empty() && (lower.find(to_lower(email)) != std::string::npos ||
                           (!name.empty() && (core(lower) == core(name) || lower == name)))) {
        return refused("the password is the email address, which others know");
    }
    if (is_guessable(lower)) return refused("the password is one of those that are tried first");
    return {};
}

}  // namespace drydock::crypto
