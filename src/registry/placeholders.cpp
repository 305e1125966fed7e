#include "registry/placeholders.h"

#include <fmt/format.h>

namespace drydock::registry {
namespace {

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        out += plain ? std::string{c} : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

Error missing(std::string_view name) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("the placeholder ${{{}}} has no value", name),
        .hint = "Set a variable of this name in the environment, or write $${ for the two characters themselves.",
    };
}

}  // namespace

Result<std::string> fill_in(std::string_view text, const Placeholders& placeholders, bool in_address) {
    std::string out;
    const auto whole = text;
    for (;;) {
        const auto at = text.find("${");
        if (at == text.npos) break;
        if (at > 0 && text[at - 1] == '$') {
            out += text.substr(0, at - 1);
            out += "${";
            text.remove_prefix(at + 2);
            continue;
        }
        const auto end = text.find('}', at);
        const auto name = end == text.npos ? std::string_view{} : text.substr(at + 2, end - at - 2);
        if (name.empty()) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = "a placeholder is not ended, or has no name",
                .hint = "Write ${NAME}, or $${ for the two characters themselves.",
            };
        }
        const auto value = placeholders(name);
        if (!value) return missing(name);
        out += text.substr(0, at);
        out += in_address && name.size() + 3 != whole.size() ? encoded(*value) : *value;
        text.remove_prefix(end + 1);
    }
    return out.append(text);
}

}  // namespace drydock::registry
