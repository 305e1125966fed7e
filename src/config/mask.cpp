#include <algorithm>

#include "base/text.h"
#include "config/settings.h"

namespace drydock::config {
namespace {

constexpr std::string_view kStars = "********";
constexpr auto npos = std::string_view::npos;

// Where "user:password" of a URL ends; npos when it has none. A password that should have been percent-encoded and
// holds '/', '?' or '@' is still a password: rather too much is hidden than too little.
std::size_t user_info_end(std::string_view rest) {
    const auto before_query = rest.substr(0, rest.find('?'));
    if (const auto at = before_query.rfind('@'); at != npos) return at;
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    const auto colon = authority.rfind(':');
    if (colon == npos) return npos;
    const auto port = authority.substr(colon + 1);
    if (port.find_first_not_of("0123456789") == npos) return npos;
    return rest.rfind('@');
}

std::string mask_user_info(std::string_view text) {
    const auto scheme = text.find("://");
    if (scheme == npos) return std::string{text};
    const auto begin = scheme + 3;
    const auto end = user_info_end(text.substr(begin));
    if (end == npos) return std::string{text};
    const auto colon = text.substr(begin, end).find(':');
    if (colon == npos) return std::string{text};
    return std::string{text.substr(0, begin + colon + 1)} + std::string{kStars} + std::string{text.substr(begin + end)};
}

// The end of a value that starts at `at`: 'quoted with \' or \\' or bare up to white space or '&'.
std::size_t value_end(std::string_view text, std::size_t at) {
    if (at < text.size() && text[at] == '\'') {
        for (++at; at < text.size() && text[at] != '\''; ++at) {
            if (text[at] == '\\') ++at;
        }
        return std::min(at + 1, text.size());
    }
    while (at < text.size() && text[at] != ' ' && text[at] != '\t' && text[at] != '&') {
        at += text[at] == '\\' ? 2U : 1U;
    }
    return std::min(at, text.size());
}

std::string mask_parameters(std::string text) {
    const auto lower = to_lower(text);
    std::string result;
    std::size_t from = 0;
    for (auto at = lower.find("password"); at != npos; at = lower.find("password", std::max(from, at + 1))) {
        auto value = lower.find_first_not_of(" \t", at + 8);
        if (value == npos || lower[value] != '=') continue;
        value = std::min(lower.find_first_not_of(" \t", value + 1), text.size());
        result += text.substr(from, value - from);
        result += kStars;
        from = value_end(text, value);
    }
    return result + text.substr(from);
}

}  // namespace

std::string masked(std::string_view text) {
    return mask_parameters(mask_user_info(text));
}

std::string shown(const Setting& setting, std::string_view text) {
    if (!setting.secret || text.empty()) return masked(text);
    const bool address = text.find("://") != npos || text.find('=') != npos;
    return address && setting.key.ends_with("_url") ? masked(text) : std::string{kStars};
}

}  // namespace drydock::config
