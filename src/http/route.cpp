#include "http/route.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"

namespace drydock::http {
namespace {

const boost::json::value* member(const boost::json::object& object, std::string_view name) {
    return object.if_contains(name);
}

std::string_view view(const boost::json::string& text) {
    return {text.data(), text.size()};
}

// The places below a schema whose text is an object's id; `*` stands for every item.
void id_places(const Schema& schema, const std::string& at, std::vector<std::pair<std::string, std::string>>& out) {
    if (schema.object_kind && !schema.object_kind->empty()) out.emplace_back(at, *schema.object_kind);
    for (const auto& field : schema.fields)
        if (field.presence != Presence::output && field.presence != Presence::maybe_output)
            id_places(field.schema, at + "/" + field.name, out);
    if (schema.item) id_places(*schema.item, at + "/*", out);
}

}  // namespace

std::string_view Call::path_text(std::string_view name) const {
    const auto* const found = member(path, name);
    return found && found->is_string() ? view(found->get_string()) : std::string_view{};
}

std::optional<std::string_view> Call::text(std::string_view name) const {
    const auto* const found = member(query, name);
    if (!found || !found->is_string()) return std::nullopt;
    return view(found->get_string());
}

std::optional<std::int64_t> Call::integer(std::string_view name) const {
    const auto* const found = member(query, name);
    if (!found || !found->is_int64()) return std::nullopt;
    return found->get_int64();
}

std::optional<bool> Call::boolean(std::string_view name) const {
    const auto* const found = member(query, name);
    if (!found || !found->is_bool()) return std::nullopt;
    return found->get_bool();
}

std::size_t Call::limit() const {
    return static_cast<std::size_t>(integer("limit").value_or(50));
}
std::string_view Call::cursor() const {
    return text("cursor").value_or("");
}
std::string_view Call::sort() const {
    return text("sort").value_or("");
}

std::string_view Call::field(std::string_view name) const {
    if (!body.is_object()) return {};
    const auto* const found = member(body.get_object(), name);
    return found && found->is_string() ? view(found->get_string()) : std::string_view{};
}

Reply Reply::page(boost::json::array items, std::string next_cursor) {
    Reply reply(boost::json::value(std::move(items)));
    reply.next_cursor = std::move(next_cursor);
    return reply;
}

Reply Reply::of(Problem problem) {
    Reply reply;
    reply.problem = std::move(problem);
    return reply;
}

Reply changed_meanwhile(std::string current_version) {
    auto reply = Reply::of(problem_of_status(
        412, "Somebody has changed this meanwhile.", "Read it again, and decide whether your change still fits."
    ));
    reply.version = std::move(current_version);
    return reply;
}

std::string_view name(RateClass rate) {
    constexpr std::array<std::string_view, 5> kNames{"read", "write", "login", "expensive", "none"};
    return kNames[static_cast<std::size_t>(rate)];
}

Answer one(Schema schema, unsigned status) {
    return {.status = status, .schema = std::move(schema)};
}
Answer many(Schema item) {
    return {.schema = std::move(item), .list = true};
}
Answer nothing() {
    return {.status = 204};
}
Answer stream(std::string media, Schema item) {
    return {.schema = std::move(item), .media = std::move(media)};
}
Answer file(std::string media) {
    return {.media = std::move(media)};
}

std::vector<PathParameter> path_parameters(const Route& route) {
    std::vector<PathParameter> out;
    for (const auto segment : split(route.path, '/')) {
        if (!segment.starts_with('{') || !segment.ends_with('}')) continue;
        const auto inside = segment.substr(1, segment.size() - 2);
        const auto colon = inside.find(':');
        out.push_back({
            std::string{inside.substr(0, colon)},
            std::string{colon == std::string_view::npos ? std::string_view{} : inside.substr(colon + 1)},
        });
    }
    return out;
}

std::string plain_path(const Route& route) {
    std::string out;
    for (const auto segment : split(route.path, '/')) {
        if (segment.empty()) continue;
        out += '/';
        if (segment.starts_with('{') && segment.find(':') != std::string_view::npos)
            out += fmt::format("{}}}", segment.substr(0, segment.find(':')));
        else
            out += segment;
    }
    return out.empty() ? "/" : out;
}

Schema schema_of(const PathParameter& parameter, const Route& route) {
    auto schema = parameter.type == "int" ? integer().range(0, INT64_MAX) : text(FieldClass::plain).length(1, 200);
    if (parameter.type == "uuid") schema = text(FieldClass::plain).uuid();
    if (parameter.type == "slug") schema = schema.matches(kSlug).length(1, 63);
    for (const auto& [name, kind] : route.path_objects)
        if (name == parameter.name) schema = schema.id_of(kind);
    return schema;
}

std::vector<Field> query_parameters(const Route& route) {
    auto out = route.query;
    if (!route.answer.list) return out;
    if (!route.sorts.empty()) {
        std::vector<std::string> choices;
        for (const auto& sort : route.sorts) {
            const std::string_view key{sort};
            const bool down = key.starts_with('-');
            const std::string up{down ? key.substr(1) : key};
            choices.push_back(down ? "-" + up : up);
            choices.push_back(down ? up : "-" + up);
        }
        out.push_back({
            "sort",
            text(FieldClass::plain)
                .one_of(choices)
                .fallback(boost::json::value(route.sorts.front()))
                .describe("The order; with a minus, the other way round."),
        });
    }
    out.push_back({
        "cursor",
        text(FieldClass::plain).length(1, 2000).describe("Where to go on: `next_cursor` of the page before."),
    });
    out.push_back({"limit", integer().range(1, 200).fallback(50).describe("How many at most.")});
    return out;
}

std::vector<std::pair<std::string, std::string>> object_places(const Route& route) {
    auto out = route.path_objects;
    for (const auto& field : route.query) id_places(field.schema, field.name, out);
    if (route.request) id_places(*route.request, "", out);
    return out;
}

std::optional<Schema> answer_schema(const Route& route) {
    if (!route.answer.schema || !route.answer.list) return route.answer.schema;
    const auto& item = *route.answer.schema;
    return object(
        (item.name.empty() ? route.operation : item.name) + "_page",
        "A page of a list.",
        {
            {"items", list(item), Presence::output},
            {
                "next_cursor",
                text(FieldClass::plain).nullable().describe("For the next page; null on the last one."),
                Presence::output,
            },
        }
    );
}

}  // namespace drydock::http
