#pragma once

#include <string>
#include <string_view>

#include "sql/lexer.h"
#include "sql/script.h"

namespace drydock::sql {

bool is_keyword(std::string_view text, const Token& token, std::string_view upper_case);

// A statement's tokens without white space and comments, one by one. For looking at its leading keywords.
class Words {
public:
    explicit Words(std::string_view text);

    const Token& current() const { return lexer_.token(); }
    std::string_view word() const { return text_of(text_, current()); }
    bool ended() const { return current().kind == TokenKind::end; }
    bool at(std::string_view keyword) const { return is_keyword(text_, current(), keyword); }
    bool at_symbol(char symbol) const;
    bool take(std::string_view keyword);
    bool take_symbol(char symbol);
    void next();
    // A name with its qualifications: a.b.c. False (and no move) when none stands here.
    bool take_name();
    // From "(" to behind its ")".
    void skip_parentheses();

private:
    std::string_view text_;
    Lexer lexer_;
};

struct Kind {
    Shape shape = Shape::ordinary;
    std::string command;
};
// By its tokens alone, so it also knows statements newer than the parser. `statement` has no semicolon.
Kind kind_of(std::string_view statement);

}  // namespace drydock::sql
