#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"
#include "control/version.h"
#include "http/route.h"

// Small steps between JSON and structs, for the files of routes.
namespace drydock::api {

namespace json = boost::json;

inline json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value{} : json::value(text);
}
// A document that the database gave as text.
inline json::value document(std::string_view text) {
    json::error_code error;
    auto value = json::parse(text, error);
    return error ? json::value{} : value;
}

// A field of the body: nothing where it was not sent.
inline const json::value* field(const http::Call& call, std::string_view name) {
    const auto* const object = call.body.if_object();
    return object != nullptr ? object->if_contains(name) : nullptr;
}
inline std::string text_field(const http::Call& call, std::string_view name) {
    return std::string{call.field(name)};
}
inline std::optional<std::string> optional_text(const http::Call& call, std::string_view name) {
    const auto* const value = field(call, name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string{value->as_string()};
}
inline std::optional<std::int64_t> optional_integer(const http::Call& call, std::string_view name) {
    const auto* const value = field(call, name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->as_int64();
}
inline std::optional<bool> optional_boolean(const http::Call& call, std::string_view name) {
    const auto* const value = field(call, name);
    if (value == nullptr || !value->is_bool()) return std::nullopt;
    return value->as_bool();
}
inline std::optional<std::string> query_text(const http::Call& call, std::string_view name) {
    const auto value = call.text(name);
    if (!value) return std::nullopt;
    return std::string{*value};
}

// An object with its version, which becomes its ETag.
inline http::Reply versioned(json::object object, std::string version) {
    http::Reply reply{std::move(object)};
    reply.version = std::move(version);
    return reply;
}

// What a change answers: the object, or 412 when its caller saw an older one.
template <class T, class ToReply>
Result<http::Reply> changed(Result<T> outcome, ToReply to_reply) {
    if (outcome) return to_reply(*outcome);
    if (control::is_changed_meanwhile(outcome.error())) return http::changed_meanwhile(outcome.error().detail);
    return std::move(outcome).error();
}
inline Result<http::Reply> gone(Result<> outcome) {
    if (outcome) return http::Reply{};
    if (control::is_changed_meanwhile(outcome.error())) return http::changed_meanwhile(outcome.error().detail);
    return std::move(outcome).error();
}

}  // namespace drydock::api
