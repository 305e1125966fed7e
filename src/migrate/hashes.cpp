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

// Most files are canonical as they are.
bool is_canonical(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF") || !text.ends_with('\n') || text.find('\r') != std::string_view::npos)
        return false;
    const auto last = text.find_last_not_of(" \t\n");
    return last != std::string_view::npos && last + 2 == text.size();
}

}  // namespace

Hashes hashes_of(std::string_view text) {
    auto raw = sha256_hex(text);
    auto canonical_hash = is_canonical(text) ? raw : sha256_hex(canonical(text));
    return {std::move(raw), std::move(canonical_hash), sql::semantic_hash(text)};
}

Change compare(const Hashes& ran, const Hashes& today) {
    if (ran.raw == today.raw) return Change::none;
    if (ran.canonical == today.canonical) return Change::line_ends;
    return ran.semantic == today.semantic ? Change::comments : Change::code;
}

}  // namespace drydock::migrate
