#include "crypto/strict_json.h"

#include <cstdint>
#include <limits>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

namespace drydock::crypto {
namespace {

namespace json = boost::json;

// Builds a value as Boost.JSON's own parser does, and counts the members of objects: the value keeps one of those
// that bear the same name, so a difference tells.
// The names and signatures are those that basic_parser calls.
// NOLINTBEGIN(readability-*)
struct Builder {
    using string_view = json::string_view;
    static constexpr std::size_t max_object_size = 1000;
    static constexpr std::size_t max_array_size = 1000;
    static constexpr std::size_t max_key_size = 1000;
    static constexpr std::size_t max_string_size = std::size_t{64} * 1024;

    json::value_stack values;
    std::size_t members = 0;

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return true; }
    bool on_object_end(std::size_t n, json::error_code&) {
        members += n;
        values.push_object(n);
        return true;
    }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t n, json::error_code&) {
        values.push_array(n);
        return true;
    }
    bool on_key_part(string_view part, std::size_t, json::error_code&) {
        values.push_chars(part);
        return true;
    }
    bool on_key(string_view part, std::size_t, json::error_code&) {
        values.push_key(part);
        return true;
    }
    bool on_string_part(string_view part, std::size_t, json::error_code&) {
        values.push_chars(part);
        return true;
    }
    bool on_string(string_view part, std::size_t, json::error_code&) {
        values.push_string(part);
        return true;
    }
    bool on_number_part(string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, json::error_code&) {
        values.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view, json::error_code&) {
        values.push_uint64(number);
        return true;
    }
    bool on_double(double number, string_view, json::error_code&) {
        values.push_double(number);
        return true;
    }
    bool on_bool(bool value, json::error_code&) {
        values.push_bool(value);
        return true;
    }
    bool on_null(json::error_code&) {
        values.push_null();
        return true;
    }
    bool on_comment_part(string_view, json::error_code&) { return true; }
    bool on_comment(string_view, json::error_code&) { return true; }
};
// NOLINTEND(readability-*)

std::size_t count_members(const json::value& value) {
    std::size_t members = 0;
    if (const auto* const object = value.if_object()) {
        members = object->size();
        for (const auto& member : *object) {
            if (member.value().is_structured()) members += count_members(member.value());
        }
    } else if (const auto* const array = value.if_array()) {
        for (const auto& element : *array) {
            if (element.is_structured()) members += count_members(element);
        }
    }
    return members;
}

Error refused(std::string_view what, std::string_view why) {
    return {.code = ErrorCode::unauthenticated, .message = fmt::format("{} {}", what, why)};
}

}  // namespace

Result<json::object> read_strictly(std::string_view text, std::string_view what, json::storage_ptr storage) {
    json::parse_options options;
    options.max_depth = 8;
    json::basic_parser<Builder> parser{options};
    parser.handler().values.reset(std::move(storage));
    json::error_code failed;
    const auto read = parser.write_some(false, text.data(), text.size(), failed);
    if (failed || read != text.size() || !parser.done()) return refused(what, "is no JSON that can be read");
    auto value = parser.handler().values.release();
    if (!value.is_object()) return refused(what, "is no JSON object");
    if (count_members(value) != parser.handler().members) return refused(what, "has the same name twice");
    return std::move(value.get_object());
}

}  // namespace drydock::crypto
