#include "sql/lexer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace drydock::sql {
namespace {

// What a byte can be. Bits, because digits continue a name, and some operator characters stand alone too.
enum Class : std::uint8_t { blank = 1, name_start = 2, name_part = 4, digit = 8, operator_part = 16 };

constexpr std::array<std::uint8_t, 256> classes() {
    std::array<std::uint8_t, 256> table{};
    const auto mark = [&table](std::string_view bytes, unsigned bits) {
        for (const char c : bytes) {
            auto& entry = table[static_cast<unsigned char>(c)];
            entry = static_cast<std::uint8_t>(entry | bits);
        }
    };
    mark(" \t\n\r\f\v", blank);
    mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", name_start | name_part);
    mark("0123456789", digit | name_part);
    mark("$", name_part);
    mark("~!@#^&|`?+-*/%<>=", operator_part);
    for (std::size_t c = 0x80; c < table.size(); ++c) table[c] = name_start | name_part;
    return table;
}
constexpr auto kClasses = classes();

bool is(char c, unsigned bits) {
    return (kClasses[static_cast<unsigned char>(c)] & bits) != 0;
}

bool line_end(char c) {
    return c == '\n' || c == '\r';
}

// The end of the run of bytes of these classes.
std::size_t run(std::string_view text, std::size_t at, unsigned bits) {
    while (at < text.size() && is(text[at], bits)) ++at;
    return at;
}

std::size_t digits(std::string_view text, std::size_t at) {
    while (at < text.size() && (is(text[at], digit) || text[at] == '_')) ++at;
    return at;
}

// An operator ends before a comment, and a long one does not end in + or - unless it holds a character that the
// SQL standard's operators do not have. So `=-1` is two tokens and `@-1` one operator. The server takes no operator of
// 64 bytes or more, so looking further than this finds none and only costs time.
constexpr std::size_t kLongestOperator = 128;

std::size_t operator_end(std::string_view text, std::size_t begin) {
    std::size_t end = begin;
    while (end < text.size() && end - begin < kLongestOperator && is(text[end], operator_part)) {
        const char after = end + 1 < text.size() ? text[end + 1] : '\0';
        if ((text[end] == '-' && after == '-') || (text[end] == '/' && after == '*')) break;
        ++end;
    }
    if (end - begin > 1 && text.substr(begin, end - begin - 1).find_first_of("~!@#^&|`?%") == std::string_view::npos) {
        while (end - begin > 1 && (text[end - 1] == '+' || text[end - 1] == '-')) --end;
    }
    return end;
}

}  // namespace

void Lexer::seek(std::size_t offset) {
    at_ = offset;
    joins_ = Joins::no;
}

std::size_t Lexer::find(char c, std::size_t from) const {
    if (from >= text_.size()) return std::string_view::npos;
    const void* hit = std::memchr(text_.data() + from, c, text_.size() - from);
    return hit == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(hit) - text_.data());
}

const Token& Lexer::take(TokenKind kind, std::size_t end) {
    token_.kind = kind;
    token_.range.begin = at_;
    token_.range.end = end;
    token_.unterminated = false;
    at_ = end;
    return token_;
}

const Token& Lexer::take_rest(TokenKind kind) {
    take(kind, text_.size());
    token_.unterminated = true;
    return token_;
}

const Token& Lexer::next() {
    if (at_ >= text_.size()) return take(TokenKind::end, text_.size());
    const char c = text_[at_];
    if (is(c, blank)) return space();
    if (c == '-' && peek(1) == '-') return line_comment();
    if (joins_ != Joins::no) {
        const Joins rule = joins_;
        joins_ = Joins::no;
        if (c == '\'' && line_break_) return string(0, TokenKind::string_part, rule);
    }
    if (c == '/' && peek(1) == '*') return block_comment();
    if (is(c, name_start)) return word();
    if (c == '\'') return string(0, TokenKind::string, Joins::plain);
    if (c == '"') return quoted_identifier(0);
    if (is(c, digit) || (c == '.' && is(peek(1), digit))) return number();
    if (c == '$') return dollar();
    if (c == '\\') return rest_of_line();
    return operator_or_punctuation();
}

const Token& Lexer::space() {
    const std::size_t end = run(text_, at_, blank);
    if (joins_ != Joins::no && !line_break_) {
        line_break_ = text_.substr(at_, end - at_).find_first_of("\n\r") != std::string_view::npos;
    }
    return take(TokenKind::space, end);
}

const Token& Lexer::line_comment() {
    std::size_t end = std::min(find('\n', at_), text_.size());
    // A lone carriage return ends a line, too.
    if (const void* cr = std::memchr(text_.data() + at_, '\r', end - at_)) {
        end = static_cast<std::size_t>(static_cast<const char*>(cr) - text_.data());
    }
    return take(TokenKind::line_comment, end);
}

const Token& Lexer::block_comment() {
    std::size_t depth = 1;
    for (std::size_t i = at_ + 2; i + 1 < text_.size(); ++i) {
        if (text_[i] == '*' && text_[i + 1] == '/') {
            ++i;
            if (--depth == 0) return take(TokenKind::block_comment, i + 1);
        } else if (text_[i] == '/' && text_[i + 1] == '*') {
            ++i;
            ++depth;
        }
    }
    return take_rest(TokenKind::block_comment);
}

const Token& Lexer::word() {
    const char following = peek(1);
    if (following == '\'') {
        switch (text_[at_]) {
            case 'e':
            case 'E':
                return string(1, TokenKind::string, Joins::escapes);
            case 'b':
            case 'B':
            case 'x':
            case 'X':
                return string(1, TokenKind::string, Joins::bits);
            case 'n':
            case 'N':
                return string(1, TokenKind::string, Joins::plain);
            default:
                break;
        }
    }
    if (following == '&' && (text_[at_] == 'u' || text_[at_] == 'U')) {
        if (peek(2) == '\'') return string(2, TokenKind::string, Joins::plain);
        if (peek(2) == '"') return quoted_identifier(2);
    }
    return take(TokenKind::identifier, run(text_, at_ + 1, name_part));
}

const Token& Lexer::string(std::size_t prefix, TokenKind kind, Joins rule) {
    std::size_t i = at_ + prefix + 1;
    std::size_t escape = rule == Joins::escapes ? find('\\', i) : std::string_view::npos;
    for (std::size_t quote = find('\'', i);; quote = quote < i ? find('\'', i) : quote) {
        if (escape < quote) {
            i = escape + 2;
            escape = find('\\', i);
            continue;
        }
        if (quote == std::string_view::npos) return take_rest(kind);
        if (rule != Joins::bits && quote + 1 < text_.size() && text_[quote + 1] == '\'') {
            i = quote + 2;
            continue;
        }
        joins_ = rule;
        line_break_ = false;
        return take(kind, quote + 1);
    }
}

const Token& Lexer::quoted_identifier(std::size_t prefix) {
    for (std::size_t i = at_ + prefix + 1;;) {
        const std::size_t quote = find('"', i);
        if (quote == std::string_view::npos) return take_rest(TokenKind::quoted_identifier);
        if (quote + 1 >= text_.size() || text_[quote + 1] != '"') {
            return take(TokenKind::quoted_identifier, quote + 1);
        }
        i = quote + 2;
    }
}

const Token& Lexer::dollar() {
    if (is(peek(1), digit)) return take(TokenKind::parameter, run(text_, at_ + 1, digit));
    std::size_t tag_end = at_ + 1;
    if (is(peek(1), name_start)) {
        while (tag_end < text_.size() && text_[tag_end] != '$' && is(text_[tag_end], name_part)) ++tag_end;
    }
    if (tag_end >= text_.size() || text_[tag_end] != '$') return take(TokenKind::other, at_ + 1);
    const std::string_view tag = text_.substr(at_, tag_end + 1 - at_);
    for (std::size_t i = find('$', tag_end + 1); i != std::string_view::npos; i = find('$', i + 1)) {
        if (text_.substr(i, tag.size()) == tag) return take(TokenKind::dollar_string, i + tag.size());
    }
    return take_rest(TokenKind::dollar_string);
}

const Token& Lexer::number() {
    std::size_t i = digits(text_, at_);
    // 1..10 is a range of two integers, not "1." and ".10".
    if (i < text_.size() && text_[i] == '.' && (i + 1 >= text_.size() || text_[i + 1] != '.')) i = digits(text_, i + 1);
    if (i < text_.size() && (text_[i] == 'e' || text_[i] == 'E')) {
        const std::size_t sign = i + 1 < text_.size() && (text_[i + 1] == '+' || text_[i + 1] == '-') ? 1 : 0;
        if (i + 1 + sign < text_.size() && is(text_[i + 1 + sign], digit)) i = digits(text_, i + 1 + sign);
    }
    while (i < text_.size() && text_[i] != '$' && is(text_[i], name_part)) ++i;
    return take(TokenKind::number, i);
}

const Token& Lexer::operator_or_punctuation() {
    if (is(text_[at_], operator_part)) return take(TokenKind::operator_name, operator_end(text_, at_));
    switch (text_[at_]) {
        case ':':
            return take(TokenKind::punctuation, at_ + (peek(1) == ':' || peek(1) == '=' ? 2 : 1));
        case '.':
            return take(TokenKind::punctuation, at_ + (peek(1) == '.' ? 2 : 1));
        case ',':
        case ';':
        case '(':
        case ')':
        case '[':
        case ']':
            return take(TokenKind::punctuation, at_ + 1);
        default:
            return take(TokenKind::other, at_ + 1);
    }
}

const Token& Lexer::rest_of_line() {
    std::size_t end = at_;
    while (end < text_.size() && !line_end(text_[end])) ++end;
    return take(TokenKind::meta_command, end);
}

std::string string_value(std::string_view token) {
    if (token.empty()) return {};
    if (token.front() == '$') {
        const std::size_t tag = token.find('$', 1) + 1;
        return std::string(token.substr(tag, token.size() - 2 * tag));
    }
    const bool escapes = token.front() == 'e' || token.front() == 'E';
    const std::size_t quote = token.find('\'');
    if (quote == std::string_view::npos || token.size() < quote + 2) return {};
    const std::string_view body = token.substr(quote + 1, token.size() - quote - 2);
    std::string value;
    value.reserve(body.size());
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] == '\'') ++i;
        if (escapes && body[i] == '\\' && i + 1 < body.size()) {
            constexpr std::string_view kLetters = "bfnrt";
            const std::size_t letter = kLetters.find(body[++i]);
            value += letter == std::string_view::npos ? body[i] : "\b\f\n\r\t"[letter];
        } else if (i < body.size()) {
            value += body[i];
        }
    }
    return value;
}

}  // namespace drydock::sql
