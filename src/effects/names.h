#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace drydock::effects {

struct Name {
    std::string schema{};  // as written
    std::string name{};

    std::string text() const { return schema.empty() ? name : schema + "." + name; }
    friend bool operator==(const Name&, const Name&) = default;
};

// A name as SQL needs it written.
std::string quoted(std::string_view name);
// "app.\"Big\"" and "a.b.c" into their parts, without the quotes.
std::vector<std::string> parts_of(std::string_view dotted);
Name name_in(std::string_view dotted);  // the last two parts
// The names between the first parentheses of a text, and how many bytes were read: "(a, \"B\") …".
std::vector<std::string> names_between_parentheses(std::string_view text, std::size_t& end);
// A name in an expression's text, wherever it stands as a word of its own.
void replace_word(std::string& text, std::string_view from, std::string_view to);
// "app.mood" of "app.mood[]".
std::string_view element_type(std::string_view type);

}  // namespace drydock::effects
