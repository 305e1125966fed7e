#include <algorithm>

#include "base/text.h"
#include "http/route.h"

namespace drydock::http {
namespace {

constexpr std::size_t kMostParameters = 100;

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex(text[i + 1]);
            const int low = hex(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0') return std::nullopt;
        out += c;
    }
    if (first_invalid_utf8(out)) return std::nullopt;
    return out;
}

std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> out;
    if (query.empty()) return out;
    for (const auto part : split(query, '&')) {
        if (part.empty()) continue;
        if (out.size() == kMostParameters) return std::nullopt;
        const auto sign = part.find('=');
        auto name = decode_percent(part.substr(0, sign), true);
        auto value = decode_percent(sign == std::string_view::npos ? std::string_view{} : part.substr(sign + 1), true);
        if (!name || !value) return std::nullopt;
        out.emplace_back(*std::move(name), *std::move(value));
    }
    return out;
}

}  // namespace drydock::http
