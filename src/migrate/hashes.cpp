#include "migrate/hashes.h"

#include "base/hash.h"
#include "sql/script.h"

namespace drydock::migrate {
namespace {

std::string canonical(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::string result;
    result.reserve(text.size() + 1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            result += text[i];
        } else if (i + 1 >= text.size() || text[i + 1] != '\n') {
            result += '\n';
        }
    }
    result.resize(result.find_last_not_of(" \t\n") + 1);
    result += '\n';
    return result;
}

}  // namespace

Hashes hashes_of(std::string_view text) {
    return {sha256_hex(text), sha256_hex(canonical(text)), sql::semantic_hash(text)};
}

Change compare(const Hashes& ran, const Hashes& today) {
    if (ran.raw == today.raw) return Change::none;
    if (ran.canonical == today.canonical) return Change::line_ends;
    return ran.semantic == today.semantic ? Change::comments : Change::code;
}

}  // namespace drydock::migrate
