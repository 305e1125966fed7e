#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "http/route.h"

namespace drydock::http {
namespace {

constexpr std::size_t kMostParameters = 100;

}  // namespace

std::optional<std::string> decode_percent(std::string_view text, bool plus_is_space) {
    std::string spaced{text};
    if (plus_is_space) std::ranges::replace(spaced, '+', ' ');
    auto out = percent_decoded(spaced);
    if (out && (out->find('\0') != std::string::npos || first_invalid_utf8(*out))) return std::nullopt;
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
