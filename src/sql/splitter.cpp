#include "sql/splitter.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace drydock::sql {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Advice {
    std::string_view command;
    std::string_view hint;
};
constexpr std::array<Advice, 19> kAdvice{{
    {"\\i", "put the text of that file here, or make it a migration of its own"},
    {"\\ir", "put the text of that file here, or make it a migration of its own"},
    {"\\include", "put the text of that file here, or make it a migration of its own"},
    {"\\include_relative", "put the text of that file here, or make it a migration of its own"},
    {"\\c", "a migration runs in the database it is applied to: leave the line out"},
    {"\\connect", "a migration runs in the database it is applied to: leave the line out"},
    {"\\set", "leave the line out: an error always stops the run; write values where the variables stand"},
    {"\\unset", "leave the line out: psql's variables are not known here"},
    {"\\echo", "leave the line out, or write RAISE NOTICE in a DO block"},
    {"\\qecho", "leave the line out, or write RAISE NOTICE in a DO block"},
    {"\\warn", "leave the line out, or write RAISE WARNING in a DO block"},
    {"\\copy", "write COPY … FROM STDIN with the data below it and a line \"\\.\" at its end"},
    {"\\if", "write the condition in a DO block"},
    {"\\elif", "write the condition in a DO block"},
    {"\\else", "write the condition in a DO block"},
    {"\\endif", "write the condition in a DO block"},
    {"\\g", "end the statement with a semicolon"},
    {"\\gexec", "run the statements from a DO block with EXECUTE"},
    {"\\.", "it ends the data of a COPY … FROM STDIN, and there is none above it"},
}};

std::string_view hint_for(std::string_view command) {
    const auto* found = std::find_if(kAdvice.begin(), kAdvice.end(), [command](const Advice& entry) {
        return entry.command == command;
    });
    return found == kAdvice.end() ? "leave the line out, or write SQL that does the same" : found->hint;
}

// Whether the line that starts here is "\." alone, and where the next one starts (0: it is not).
std::size_t behind_end_mark(std::string_view text, std::size_t line) {
    std::size_t i = line + 2;
    if (text.substr(line, 2) != "\\.") return 0;
    if (i < text.size() && text[i] == '\r') ++i;
    if (i == text.size()) return i;
    return text[i] == '\n' ? i + 1 : 0;
}

}  // namespace

Splitter::Splitter(std::string_view text)
    : text_(text), lexer_(text, text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0) {}

char Splitter::symbol(const Token& token) const {
    return token.kind == TokenKind::punctuation && token.range.end - token.range.begin == 1 ? text_[token.range.begin]
                                                                                            : '\0';
}

Splitter::Step Splitter::next() {
    if (copy_follows_) return copy_data();
    const Token before = token();
    do {
        lexer_.next();
        if (token().unterminated) return unterminated();
        if (token().kind == TokenKind::meta_command) {
            if (meta_command() == Step::trouble) return Step::trouble;
        } else if (!is_blank(token().kind)) {
            if (token().kind == TokenKind::end) return end_of_text();
            if (symbol(token()) != ';' || parentheses_ > 0 || routine_ == Routine::body) break;
            if (open_) return finish();
        }
    } while (true);
    if (!open_) statement_.begin = token().range.begin;
    open_ = true;
    statement_.end = token().range.end;
    if (at_psql_variable()) {
        return fail(
            token().range.begin,
            "a psql variable: the server does not know it",
            "write the value here; psql's variables are not known"
        );
    }
    count(before);
    return Step::token;
}

Splitter::Step Splitter::end_of_text() {
    if (!open_) return Step::end;
    if (routine_ == Routine::body) {
        return fail(body_begin_, "this BEGIN ATOMIC body has no END", "end it with END; behind its last statement");
    }
    return finish();
}

void Splitter::count(const Token& before) {
    switch (symbol(token())) {
        case '(':
            ++parentheses_;
            break;
        case ')':
            parentheses_ -= parentheses_ > 0 ? 1 : 0;
            break;
        case '[':
            ++brackets_;
            break;
        case ']':
            brackets_ -= brackets_ > 0 ? 1 : 0;
            break;
        default:
            break;
    }
    if (routine_ != Routine::none) follow_routine(before);
}

// In a body every statement ends with a semicolon, so the END that closes it stands behind one, or behind ATOMIC.
// The END of a CASE, a label or a column of that name never does.
void Splitter::follow_routine(const Token& before) {
    const bool routine = at("FUNCTION") || at("PROCEDURE");
    switch (routine_) {
        case Routine::nothing:
            routine_ = at("CREATE") ? Routine::create : Routine::none;
            break;
        case Routine::create:
            routine_ = routine ? Routine::header : at("OR") ? Routine::create_or : Routine::none;
            break;
        case Routine::create_or:
            routine_ = at("REPLACE") ? Routine::create_or_replace : Routine::none;
            break;
        case Routine::create_or_replace:
            routine_ = routine ? Routine::header : Routine::none;
            break;
        case Routine::header:
            if (parentheses_ == 0 && at("ATOMIC") && is_keyword(text_, before, "BEGIN")) {
                routine_ = Routine::body;
                body_begin_ = before.range.begin;
            }
            break;
        case Routine::body:
            if (parentheses_ == 0 && at("END") && (symbol(before) == ';' || is_keyword(text_, before, "ATOMIC"))) {
                routine_ = Routine::none;
            }
            break;
        case Routine::none:
            break;
    }
}

Splitter::Step Splitter::finish() {
    range_ = statement_;
    kind_ = kind_of(text_.substr(range_.begin, range_.end - range_.begin));
    copy_follows_ = kind_.shape == Shape::copy_in;
    open_ = false;
    parentheses_ = 0;
    brackets_ = 0;
    routine_ = Routine::nothing;
    return Step::statement;
}

Splitter::Step Splitter::copy_data() {
    copy_follows_ = false;
    Token rest = lexer_.next();
    std::size_t line = std::string_view::npos;
    for (; is_blank(rest.kind) && rest.kind != TokenKind::block_comment; rest = lexer_.next()) {
        if (rest.kind != TokenKind::space) continue;
        line = text_.substr(0, rest.range.end).find_first_of("\r\n", rest.range.begin);
        if (line != std::string_view::npos) break;
    }
    if (line == std::string_view::npos) {
        if (rest.kind != TokenKind::end) {
            return fail(
                rest.range.begin,
                "something stands behind COPY … FROM STDIN on its line",
                "its data begins on the line below: put the rest behind the data"
            );
        }
        line = text_.size();
    }
    line += text_.substr(line).starts_with("\r\n") ? 2 : 1;
    const std::size_t begin = line;
    while (line < text_.size()) {
        if (const std::size_t behind = behind_end_mark(text_, line); behind != 0) {
            range_ = {begin, line};
            lexer_.seek(behind);
            return Step::copy_data;
        }
        const std::size_t mark = text_.find("\n\\.", line);
        if (mark == std::string_view::npos) break;
        line = mark + 1;
    }
    return fail(
        range_.begin,
        "the data of this COPY … FROM STDIN has no end",
        "end it with a line that holds \"\\.\" and nothing else"
    );
}

Splitter::Step Splitter::fail(std::size_t offset, std::string message, std::string hint) {
    trouble_ = {.offset = offset, .message = std::move(message), .hint = std::move(hint)};
    return Step::trouble;
}

Splitter::Step Splitter::unterminated() {
    const std::size_t begin = token().range.begin;
    switch (token().kind) {
        case TokenKind::block_comment:
            return fail(begin, "this comment has no end", "close it with */; comments nest, so each /* needs its own");
        case TokenKind::quoted_identifier:
            return fail(begin, "this quoted name has no end", "close it with \"; a \" within a name is written \"\"");
        case TokenKind::dollar_string: {
            const std::string_view tag = word().substr(0, word().find('$', 1) + 1);
            return fail(begin, fmt::format("this {} quote has no end", tag), fmt::format("close it with {}", tag));
        }
        default:
            return fail(begin, "this string has no end", "close it with '; a ' within a string is written ''");
    }
}

// pg_dump puts its text between \restrict and \unrestrict lines so that psql runs no command from within: nothing
// that a server would need.
Splitter::Step Splitter::meta_command() {
    const std::string_view command = word().substr(0, word().find_first_of(" \t\f\v;'\"", 1));
    if (!open_ && (command == "\\restrict" || command == "\\unrestrict")) return Step::token;
    return fail(
        token().range.begin,
        fmt::format("{} is a command of psql, not SQL", command.substr(0, 40)),
        std::string(hint_for(command))
    );
}

// :'name' and :"name" are SQL only in an array slice.
bool Splitter::at_psql_variable() const {
    if (symbol(token()) != ':' || brackets_ > 0 || token().range.end >= text_.size()) return false;
    const char after = text_[token().range.end];
    return after == '\'' || after == '"';
}

}  // namespace drydock::sql
