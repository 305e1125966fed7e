#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include "http/schema.h"

namespace drydock::http {
namespace {

namespace json = boost::json;

std::string escaped(std::string_view key) {
    std::string out;
    for (const char c : key) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

// Builds the value and, which Boost's own parser does not, sees when an object says a key twice: which of the two is
// meant is read differently by different programs, and that is a way around checks.
struct Builder {
    static constexpr std::size_t max_object_size = json::string::max_size();
    static constexpr std::size_t max_array_size = json::string::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();
    using Error = json::error_code;
    using Text = json::string_view;

    struct Level {
        bool is_object = false;
        std::vector<std::string> keys;
        std::size_t index = 0;
    };

    json::value_stack stack;
    std::vector<Level> levels;
    std::string key;
    bool twice = false;
    std::string twice_at;

    bool on_document_begin(Error&) {
        stack.reset();
        return true;
    }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) {
        levels.push_back({.is_object = true});
        return true;
    }
    bool on_object_end(std::size_t n, Error&) {
        find_twins();
        levels.pop_back();
        stack.push_object(n);
        return counted();
    }
    bool on_array_begin(Error&) {
        levels.push_back({});
        return true;
    }
    bool on_array_end(std::size_t n, Error&) {
        levels.pop_back();
        stack.push_array(n);
        return counted();
    }
    bool on_key_part(Text part, std::size_t, Error&) {
        key.append(part.data(), part.size());
        stack.push_chars(part);
        return true;
    }
    bool on_key(Text part, std::size_t, Error&) {
        key.append(part.data(), part.size());
        levels.back().keys.push_back(std::exchange(key, {}));
        stack.push_key(part);
        return true;
    }
    bool on_string_part(Text part, std::size_t, Error&) {
        stack.push_chars(part);
        return true;
    }
    bool on_string(Text part, std::size_t, Error&) {
        stack.push_string(part);
        return counted();
    }
    bool on_number_part(Text, Error&) { return true; }
    bool on_int64(std::int64_t value, Text, Error&) {
        stack.push_int64(value);
        return counted();
    }
    bool on_uint64(std::uint64_t value, Text, Error&) {
        stack.push_uint64(value);
        return counted();
    }
    bool on_double(double value, Text, Error&) {
        stack.push_double(value);
        return counted();
    }
    bool on_bool(bool value, Error&) {
        stack.push_bool(value);
        return counted();
    }
    bool on_null(Error&) {
        stack.push_null();
        return counted();
    }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }

private:
    bool counted() {
        if (!levels.empty()) ++levels.back().index;
        return true;
    }
    void find_twins() {
        auto sorted = levels.back().keys;
        std::ranges::sort(sorted);
        const auto twin = std::ranges::adjacent_find(sorted);
        if (twin == sorted.end() || std::exchange(twice, true)) return;
        for (std::size_t i = 0; i + 1 < levels.size(); ++i) {
            twice_at += '/';
            twice_at += levels[i].is_object ? escaped(levels[i].keys.back()) : std::to_string(levels[i].index);
        }
        twice_at += '/' + escaped(*twin);
    }
};

}  // namespace

Result<json::value> parse_json(std::string_view text, const JsonLimits& limits, std::vector<Violation>& wrong) {
    const auto refuse = [&](std::string pointer, std::string message) {
        wrong.push_back({std::move(pointer), message});
        return Error{.code = ErrorCode::invalid_argument, .message = "The body is not the JSON that is wanted."};
    };
    if (std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }))
        return refuse("", "must be JSON, and is empty");
    json::parse_options options;
    options.max_depth = limits.depth;
    json::basic_parser<Builder> parser{options};
    json::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (error == json::error::too_deep) return refuse("", fmt::format("nests deeper than {} levels", limits.depth));
    if (error == json::error::exponent_overflow) return refuse("", "has a number that is out of range");
    if (error) return refuse("", fmt::format("is not valid JSON after byte {}", used));
    if (used != text.size())
        return refuse("", fmt::format("goes on after the end of the JSON value, at byte {}", used));
    auto& builder = parser.handler();
    if (builder.twice) return refuse(builder.twice_at, "stands there twice");
    return builder.stack.release();
}

Result<json::value> read_body(const Schema& schema, std::string_view text, std::vector<Violation>& wrong) {
    DRYDOCK_TRY(auto value, parse_json(text, {}, wrong));
    auto found = violations(schema, value, Direction::request);
    if (!found.empty()) {
        wrong.insert(wrong.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
        return Error{.code = ErrorCode::invalid_argument, .message = "The body is not what this call takes."};
    }
    fill_in(schema, value);
    return value;
}

}  // namespace drydock::http
