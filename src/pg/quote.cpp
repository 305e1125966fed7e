#include <string>
#include <string_view>

#include "pg/connection.h"

namespace drydock::pg {

std::string quote_identifier(std::string_view name) {
    std::string quoted;
    quoted.reserve(name.size() + 2);
    quoted += '"';
    for (const char c : name) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    quoted += '"';
    return quoted;
}

std::string quote_literal(std::string_view text) {
    std::string quoted;
    quoted.reserve(text.size() + 3);
    quoted += "E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += c;
        quoted += c;
    }
    quoted += '\'';
    return quoted;
}

}  // namespace drydock::pg
