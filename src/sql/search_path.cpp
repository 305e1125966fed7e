#include "sql/search_path.h"

#include "base/text.h"
#include "sql/statement.h"

namespace drydock::sql {
namespace {

// A name or a literal as the server reads it; empty for what is neither.
std::string value_of(std::string_view token) {
    if (token.size() < 2) return to_lower(token);
    const char quote = token.front();
    if (quote != '"' && quote != '\'') return to_lower(token);
    std::string text;
    for (std::size_t i = 1; i + 1 < token.size(); ++i) {
        text += token[i];
        if (token[i] == quote && token[i + 1] == quote) ++i;
    }
    return text;
}

}  // namespace

std::optional<std::string> search_path_of(std::string_view statement) {
    Words words{statement};
    if (words.take("RESET"))
        return words.at("search_path") || words.at("ALL") ? std::optional{std::string{}} : std::nullopt;
    if (words.take("DISCARD")) return words.at("ALL") ? std::optional{std::string{}} : std::nullopt;
    if (!words.take("SET")) return std::nullopt;
    if (!words.take("SESSION")) words.take("LOCAL");
    const bool schema = words.at("SCHEMA");  // SET SCHEMA 'a' is the standard's spelling
    if (!schema && !words.at("search_path")) return std::nullopt;
    words.next();
    if (!schema && !words.take("TO") && words.word() == "=") words.next();
    if (words.ended() || words.at("DEFAULT")) return std::string{};
    auto value = value_of(words.word());
    // SET search_path = 'a, b' is one name with a comma in it, and not what was meant; it names no schema.
    return value == "$user" ? std::string{} : value;
}

}  // namespace drydock::sql
