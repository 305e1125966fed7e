#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "app/ask_pgtest.h"
#include "http/route.h"

// Requests made from the description of a route.
namespace drydock::app {

// The id of an object of a kind that the test means.
using IdOf = std::function<std::string(std::string_view kind)>;

inline constexpr std::string_view kMissing = "00000000-0000-4000-8000-0000000000ff";

// A value that its schema allows: what is required, and no more.
inline json::value sample(const http::Schema& schema, const IdOf& id_of);

inline std::string sample_text(const http::Schema& schema, const IdOf& id_of) {
    if (schema.object_kind && !schema.object_kind->empty()) return id_of(*schema.object_kind);
    if (!schema.choices.empty()) return schema.choices.back();  // of roles, the one that all may give
    switch (schema.format) {
        case http::Format::uuid:
            return std::string{kMissing};
        case http::Format::date_time:
            return "2030-01-02T03:04:05Z";
        case http::Format::date:
            return "2030-01-02";
        case http::Format::email:
            return "somebody@sample.example";
        case http::Format::uri:
            return "https://sample.example/x";
        case http::Format::none:
            break;
    }
    if (schema.pattern == &http::kHostName) return "127.0.0.1";
    std::string text = "sample";
    const auto least = static_cast<std::size_t>(schema.least.value_or(0));
    while (text.size() < least) text += 'e';
    if (schema.most) text.resize(std::min(text.size(), static_cast<std::size_t>(*schema.most)));
    return text;
}

inline json::value sample(const http::Schema& schema, const IdOf& id_of) {
    if (schema.example_value) return *schema.example_value;
    switch (schema.type) {
        case http::Type::text:
            return json::value(sample_text(schema, id_of));
        case http::Type::integer:
        case http::Type::number:
            return schema.least.value_or(1);
        case http::Type::boolean:
            return false;
        case http::Type::list: {
            json::array items;
            for (std::int64_t i = 0; i < schema.least.value_or(0); ++i) items.push_back(sample(*schema.item, id_of));
            return items;
        }
        case http::Type::map:
        case http::Type::any:
            return json::object{};
        case http::Type::object:
            break;
    }
    json::object object;
    for (const auto& field : schema.fields) {
        using enum http::Presence;
        if (field.presence == required || field.presence == required_input)
            object[field.name] = sample(field.schema, id_of);
    }
    return object;
}

// A request of the route, as its description wants it, about the objects that `id_of` names. Changes are made on
// whatever version there is.
inline Ask request_of(const http::Route& route, const IdOf& id_of, std::string token = {}) {
    Ask ask{.method = route.method, .token = std::move(token)};
    for (const auto segment : split(route.path, '/')) {
        if (segment.empty()) continue;
        ask.target += '/';
        if (!segment.starts_with('{')) {
            ask.target += segment;
            continue;
        }
        for (const auto& parameter : http::path_parameters(route)) {
            if (segment.substr(1).substr(0, segment.find_first_of(":}") - 1) != parameter.name) continue;
            const auto value = sample(http::schema_of(parameter, route), id_of);
            ask.target += value.is_string() ? std::string{value.as_string()} : json::serialize(value);
        }
    }
    std::string query;
    for (const auto& field : http::query_parameters(route)) {
        if (field.presence != http::Presence::required) continue;
        const auto value = sample(field.schema, id_of);
        query += fmt::format(
            "{}{}={}",
            query.empty() ? '?' : '&',
            field.name,
            value.is_string() ? std::string{value.as_string()} : json::serialize(value)
        );
    }
    ask.target += query;
    if (route.request) ask.body = sample(*route.request, id_of);
    if (route.versioned && http::changes(route.method)) ask.headers.emplace_back("If-Match", "*");
    return ask;
}

// Puts a value where a pointer ("/a/*/b") says, and makes what must stand around it.
inline void put(
    json::value& into, const http::Schema& schema, std::string_view pointer, json::value value, const IdOf& id_of
) {
    if (pointer.empty()) {
        into = std::move(value);
        return;
    }
    const auto end = pointer.find('/', 1);
    const auto part = pointer.substr(1, end == std::string_view::npos ? end : end - 1);
    const auto rest = end == std::string_view::npos ? std::string_view{} : pointer.substr(end);
    if (part == "*" && schema.type == http::Type::map) {
        put(into.as_object()["sample"], *schema.item, rest, std::move(value), id_of);
        return;
    }
    if (part == "*") {
        auto& list = into.as_array();
        if (list.empty()) list.push_back(sample(*schema.item, id_of));
        put(list[0], *schema.item, rest, std::move(value), id_of);
        return;
    }
    for (const auto& field : schema.fields) {
        if (field.name != part) continue;
        auto& object = into.as_object();
        if (!object.contains(part)) object[part] = sample(field.schema, id_of);
        put(object[part], field.schema, rest, std::move(value), id_of);
    }
}

// The same request with this id in one of the places that `http::object_places` names.
inline void name_object(
    Ask& ask, const http::Route& route, std::string_view place, std::string_view id, const IdOf& id_of
) {
    if (place.starts_with('/')) {
        if (!ask.body) ask.body = json::object{};
        put(*ask.body, *route.request, place, json::value(id), id_of);
        return;
    }
    for (const auto& object : route.path_objects) {
        if (object.first != place) continue;
        const IdOf named = [&](std::string_view asked) {
            return asked == object.second ? std::string{id} : id_of(asked);
        };
        ask.target = request_of(route, named).target;
        return;
    }
    const auto name = place.substr(0, place.find('/'));
    ask.target += fmt::format("{}{}={}", ask.target.find('?') == std::string::npos ? '?' : '&', name, id);
}

}  // namespace drydock::app
