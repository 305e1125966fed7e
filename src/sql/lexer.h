#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sql/script.h"

namespace drydock::sql {

enum class TokenKind : std::uint8_t {
    space,
    line_comment,       // "-- …" up to, not with, the end of the line
    block_comment,      // nested ones inside
    identifier,         // a keyword or a name as written
    quoted_identifier,  // "…" and U&"…"
    string,             // '…', E'…', B'…', X'…', N'…', U&'…'
    string_part,        // a further '…' on a later line, which the server joins to the string before it
    dollar_string,      // $$…$$, $tag$…$tag$
    number,
    parameter,      // $1
    operator_name,  // any run of operator characters, cut as the server cuts it
    punctuation,    // , ; ( ) [ ] . .. : :: :=
    meta_command,   // a backslash outside quotes, with the rest of its line: psql's, never the server's
    other,          // what can't start a token: { } $ and control characters
    end,
};

struct Token {
    TokenKind kind = TokenKind::end;
    Range range{};
    bool unterminated = false;  // a quote or comment that reaches the end of the text without its own end
};

// PostgreSQL's lexical rules (standard_conforming_strings = on, which every server has had as its default since 9.1)
// over a text of any size. The tokens follow each other without gaps, white space and comments included, so together
// they are the text. Never fails, never recurses, allocates nothing. Where versions differ the newest rule holds:
// 0x1F, 1_000 and a number with letters behind it are one token.
//
// psql's variables are not tokens of the server. `:name` is punctuation and an identifier here, `:'name'` and
// `:"name"` are punctuation and a string or quoted identifier; who wants to tell them from an array slice must count
// the brackets (Script::read does).
class Lexer {
public:
    explicit Lexer(std::string_view text, std::size_t begin = 0) : text_(text), at_(begin) {}

    // The next token, which is also token() until the call after. A reference, because copying what was just written
    // costs more than lexing it.
    const Token& next();
    const Token& token() const { return token_; }
    // Goes on from another place, for what is no SQL: the data of a COPY.
    void seek(std::size_t offset);

private:
    // How the string before may go on after a line break: not at all, or by its own rule ('' is a quote but in B''
    // and X'', a backslash escapes in E'' alone).
    enum class Joins : std::uint8_t { no, plain, escapes, bits };

    const Token& space();
    const Token& line_comment();
    const Token& block_comment();
    const Token& word();
    const Token& string(std::size_t prefix, TokenKind kind, Joins rule);
    const Token& quoted_identifier(std::size_t prefix);
    const Token& dollar();
    const Token& number();
    const Token& operator_or_punctuation();
    const Token& rest_of_line();
    const Token& take(TokenKind kind, std::size_t end);
    const Token& take_rest(TokenKind kind);
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    std::size_t find(char c, std::size_t from) const;

    std::string_view text_;
    std::size_t at_ = 0;
    Token token_;
    Joins joins_ = Joins::no;
    bool line_break_ = false;  // since the string that may go on
};

inline bool is_blank(TokenKind kind) {
    return kind <= TokenKind::block_comment;
}
inline std::string_view text_of(std::string_view text, const Token& token) {
    return text.substr(token.range.begin, token.range.end - token.range.begin);
}

// The text of a string constant as the server reads it: '…', E'…' (its common escapes), U&'…' (left as written) and
// dollar quotes.
std::string string_value(std::string_view token);

}  // namespace drydock::sql
