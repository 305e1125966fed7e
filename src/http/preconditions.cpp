#include "http/preconditions.h"

#include "base/text.h"

namespace drydock::http {

std::string etag_of(std::string_view version) {
    std::string out{"\""};
    out += version;
    out += '"';
    return out;
}

std::optional<std::string> parse_if_match(std::string_view header) {
    const auto text = trim(header);
    if (text == "*") return std::string{"*"};
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') return std::nullopt;
    const auto inside = text.substr(1, text.size() - 2);
    if (inside.find('"') != std::string_view::npos) return std::nullopt;
    return std::string{inside};
}

bool matches_any(std::string_view header, std::string_view version) {
    if (trim(header) == "*") return true;
    const auto wanted = etag_of(version);
    for (const auto part : split(header, ',')) {
        auto tag = trim(part);
        // A cache on the way may have made it weak; for reading that is the same (RFC 9110, 13.1.2).
        if (tag.starts_with("W/")) tag.remove_prefix(2);
        if (tag == wanted) return true;
    }
    return false;
}

}  // namespace drydock::http
