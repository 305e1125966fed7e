#include "redis/codec.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>

namespace drydock::redis {
namespace {

using Kind = Value::Kind;

Error bad(std::string_view what) {
    return Error{
        .code = ErrorCode::unavailable,
        .message = fmt::format("the server does not speak Redis' protocol: {}", what),
        .hint = "Check that host and port are those of a Redis server, and whether it wants TLS."
    };
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
    return value;
}

std::optional<double> real_number(std::string_view text) {
    if (text == "inf") return std::numeric_limits<double>::infinity();
    if (text == "-inf") return -std::numeric_limits<double>::infinity();
    if (text == "nan" || text == "-nan") return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || end != text.data() + text.size()) return {};
    if (error == std::errc::result_out_of_range) return text.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
    return value;
}

bool is_big_number(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Value of_text(Kind kind, std::string_view text) {
    return Value{.kind = kind, .text = std::string{text}};
}

}  // namespace

void Parser::feed(std::string_view bytes) {
    // What has been read goes, once it is the larger part.
    if (at_ > buffer_.size() / 2) {
        buffer_.erase(0, at_);
        scanned_ -= std::min(scanned_, at_);
        at_ = 0;
    }
    buffer_ += bytes;
}

std::optional<std::string_view> Parser::take_line() {
    const auto from = std::max(at_, scanned_);
    const auto end = buffer_.find("\r\n", from);
    if (end == std::string::npos) {
        // The last byte may be the first half of an end.
        scanned_ = std::max(from, buffer_.empty() ? 0 : buffer_.size() - 1);
        return {};
    }
    const auto line = std::string_view{buffer_}.substr(at_, end - at_);
    at_ = end + 2;
    scanned_ = at_;
    return line;
}

Result<> Parser::charge(std::size_t bytes) {
    charged_ += bytes;
    if (charged_ <= limits_.bytes) return {};
    return Error{
        .code = ErrorCode::failed,
        .message = fmt::format("the server's answer is larger than {} bytes", limits_.bytes),
        .hint = "Ask for less at once."
    };
}

Result<std::optional<Value>> Parser::next() {
    for (;;) {
        std::optional<Value> done;
        if (bulk_) {
            DRYDOCK_TRY(done, read_bulk());
            if (!done) return done;
        } else {
            const auto line = take_line();
            const auto pending = line ? line->size() : buffer_.size() - at_;
            if (pending > limits_.line) return bad("a line does not end");
            if (!line) return std::optional<Value>{};
            DRYDOCK_TRY(done, read_header(*line));
        }
        if (auto whole = close_lists(std::move(done))) {
            charged_ = 0;
            return whole;
        }
    }
}

// The value that begins with this line, if it ends with it too.
Result<std::optional<Value>> Parser::read_header(std::string_view line) {
    if (line.empty()) return bad("an empty line");
    DRYDOCK_TRY_VOID(charge(sizeof(Value) + line.size()));
    const char type = line.front();
    const auto rest = line.substr(1);
    switch (type) {
        case '+':
            return std::optional{of_text(Kind::simple, rest)};
        case '-':
            return std::optional{of_text(Kind::error, rest)};
        case '_':
            if (!rest.empty()) return bad("a null with a value");
            return std::optional{Value{}};
        case ':': {
            const auto number = whole_number(rest);
            if (!number) return bad("an integer that is none");
            return std::optional{Value{.kind = Kind::integer, .integer = *number}};
        }
        case ',': {
            const auto number = real_number(rest);
            if (!number) return bad("a number that is none");
            return std::optional{Value{.kind = Kind::number, .number = *number}};
        }
        case '#':
            if (rest != "t" && rest != "f") return bad("a boolean that is none");
            return std::optional{Value{.kind = Kind::boolean, .truth = rest == "t"}};
        case '(':
            if (!is_big_number(rest)) return bad("a big number that is none");
            return std::optional{of_text(Kind::big_number, rest)};
        case '$':
        case '*':
            if (rest == "-1") return std::optional{Value{}};  // RESP2's null
            if (type == '*') return begin_list(type, rest);
            DRYDOCK_TRY_VOID(begin_bulk(Kind::bulk, rest));
            return std::optional<Value>{};
        case '=':
            DRYDOCK_TRY_VOID(begin_bulk(Kind::verbatim, rest));
            return std::optional<Value>{};
        case '!':
            DRYDOCK_TRY_VOID(begin_bulk(Kind::error, rest));
            return std::optional<Value>{};
        case '%':
        case '~':
        case '>':
        case '|':
            return begin_list(type, rest);
        default:
            return bad("an unknown kind of answer");
    }
}

Result<> Parser::begin_bulk(Kind kind, std::string_view digits) {
    const auto size = whole_number(digits);
    if (!size || *size < 0) return bad("a length that is none");
    if (kind == Kind::verbatim && *size < 4) return bad("a text without its format");
    DRYDOCK_TRY_VOID(charge(static_cast<std::size_t>(*size)));
    bulk_ = Bulk{kind, static_cast<std::size_t>(*size)};
    return {};
}

Result<std::optional<Value>> Parser::read_bulk() {
    const auto [kind, size] = *bulk_;
    if (buffer_.size() - at_ < size + 2) return std::optional<Value>{};
    std::string_view bytes = std::string_view{buffer_}.substr(at_, size);
    if (std::string_view{buffer_}.substr(at_ + size, 2) != "\r\n") return bad("bytes without their end");
    at_ += size + 2;
    bulk_.reset();
    Value value{.kind = kind};
    if (kind == Kind::verbatim) {
        if (bytes[3] != ':') return bad("a text without its format");
        value.format = bytes.substr(0, 3);
        bytes.remove_prefix(4);
    }
    value.text = bytes;
    return std::optional{std::move(value)};
}

Result<std::optional<Value>> Parser::begin_list(char type, std::string_view digits) {
    const auto count = whole_number(digits);
    if (!count || *count < 0) return bad("a length that is none");
    const bool pairs = type == '%' || type == '|';
    const auto left = static_cast<std::uint64_t>(*count) * (pairs ? 2U : 1U);
    // Refused before a byte of it has come, and no room is made on the server's word alone.
    if (left > limits_.bytes / sizeof(Value)) return charge(limits_.bytes + 1).error();
    if (open_.size() >= limits_.depth) return bad("lists within lists without end");
    const auto kind = type == '*' ? Kind::array : type == '~' ? Kind::set : type == '>' ? Kind::push : Kind::map;
    open_.push_back({.value = Value{.kind = kind}, .left = static_cast<std::size_t>(left), .attribute = type == '|'});
    return std::optional<Value>{};
}

// Puts a value into the list that waits for it, and so on outwards. Gives what stands on its own.
std::optional<Value> Parser::close_lists(std::optional<Value> done) {
    for (;;) {
        if (done) {
            if (open_.empty()) return done;
            auto& list = open_.back();
            list.value.items.push_back(*std::move(done));
            --list.left;
            done.reset();
        }
        if (open_.empty() || open_.back().left > 0) return {};
        // What an attribute belongs to comes after it.
        if (!open_.back().attribute) done = std::move(open_.back().value);
        open_.pop_back();
        if (!done) return {};
    }
}

void encode_command(std::span<const std::string> argv, std::string& into) {
    // In one piece, so that a secret among them leaves no copies behind as the text grows.
    std::size_t size = into.size() + 32;
    for (const auto& argument : argv) size += argument.size() + 32;
    if (into.capacity() < size) into.reserve(std::max(size, into.size() * 2));
    fmt::format_to(std::back_inserter(into), "*{}\r\n", argv.size());
    for (const auto& argument : argv) {
        fmt::format_to(std::back_inserter(into), "${}\r\n", argument.size());
        into += argument;
        into += "\r\n";
    }
}

}  // namespace drydock::redis
