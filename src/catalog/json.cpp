#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "catalog/aspects.h"
#include "catalog/snapshot.h"

namespace drydock::catalog {
namespace {

namespace json = boost::json;

constexpr std::string_view kFormat = "drydock.catalog";
constexpr std::int64_t kVersion = 1;

Error not_a_snapshot(std::string problem) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = "not a catalog snapshot: " + std::move(problem),
        .hint = "write one with `drydock migrate snapshot --output FILE`"
    };
}

json::object object_to_json(const Object& object) {
    json::object result{{"kind", name(object.kind)}};
    if (!object.schema.empty()) result["schema"] = object.schema;
    if (!object.parent.empty()) result["parent"] = object.parent;
    result["name"] = object.name;
    json::object aspects;
    for (const auto& aspect : object.aspects) aspects[aspect.name] = aspect.value;
    result["aspects"] = std::move(aspects);
    return result;
}

json::object head_to_json(const Snapshot& snapshot) {
    return {
        {"format", kFormat},
        {"version", kVersion},
        {"server_version", snapshot.server_version},
        {"hash", snapshot.hash()},
    };
}

json::array dependencies_to_json(const Snapshot& snapshot) {
    json::array pairs;
    pairs.reserve(snapshot.dependencies.size());
    for (const auto& [first, second] : snapshot.dependencies) pairs.push_back(json::array{first, second});
    return pairs;
}

// A member that must be a text where it is there.
Result<std::string> text_of(const json::object& object, std::string_view member, std::string_view where) {
    const auto* const value = object.if_contains(member);
    if (!value) return std::string{};
    if (!value->is_string()) return not_a_snapshot(fmt::format("\"{}\" of {} is not a text", member, where));
    return std::string{value->as_string()};
}

Result<std::vector<Aspect>> aspects_of(const json::object& object, std::string_view where) {
    std::vector<Aspect> result;
    const auto* const aspects = object.if_contains("aspects");
    if (!aspects || !aspects->is_object()) return not_a_snapshot(fmt::format("{} has no \"aspects\"", where));
    for (const auto& [key, value] : aspects->get_object()) {
        const auto* const traits = aspect_named(key);
        if (!traits || !value.is_string()) {
            return not_a_snapshot(fmt::format("{} has an aspect \"{}\" that is not known", where, std::string_view{key})
            );
        }
        result.push_back({.name = traits->name, .value = std::string{value.get_string()}});
    }
    std::ranges::sort(result, {}, &Aspect::name);
    return result;
}

Result<Object> object_from_json(const json::value& value, std::size_t index) {
    const auto where = fmt::format("object {}", index);
    if (!value.is_object()) return not_a_snapshot(where + " is no JSON object");
    const auto& members = value.get_object();
    Object object;
    DRYDOCK_TRY(const std::string kind, text_of(members, "kind", where));
    const auto known = kind_named(kind);
    if (!known) return not_a_snapshot(fmt::format("{} is of the kind \"{}\", which is not known", where, kind));
    object.kind = *known;
    DRYDOCK_TRY(object.schema, text_of(members, "schema", where));
    DRYDOCK_TRY(object.parent, text_of(members, "parent", where));
    DRYDOCK_TRY(object.name, text_of(members, "name", where));
    DRYDOCK_TRY(object.aspects, aspects_of(members, where));
    return object;
}

Result<> check_head(const json::object& head) {
    const auto* const format = head.if_contains("format");
    if (!format || !format->is_string() || format->get_string() != kFormat)
        return not_a_snapshot(fmt::format("it does not say \"format\": \"{}\"", kFormat));
    const auto* const version = head.if_contains("version");
    if (!version || !version->is_int64() || version->get_int64() != kVersion) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("a catalog snapshot of a version other than {}", kVersion),
            .hint = "read it with the drydock that wrote it, or write it anew with this one"
        };
    }
    return {};
}

Result<std::uint32_t> place_of(const json::value& value, std::size_t objects) {
    if (!value.is_int64() || value.get_int64() < 0 || static_cast<std::size_t>(value.get_int64()) >= objects)
        return not_a_snapshot("a dependency names an object that is not there");
    return static_cast<std::uint32_t>(value.get_int64());
}

Result<> read_dependencies(const json::object& head, Snapshot& snapshot) {
    const auto* const pairs = head.if_contains("dependencies");
    if (!pairs) return {};
    if (!pairs->is_array()) return not_a_snapshot("\"dependencies\" is no list");
    for (const auto& pair : pairs->get_array()) {
        if (!pair.is_array() || pair.get_array().size() != 2)
            return not_a_snapshot("a dependency is no pair of numbers");
        DRYDOCK_TRY(const auto first, place_of(pair.get_array()[0], snapshot.objects.size()));
        DRYDOCK_TRY(const auto second, place_of(pair.get_array()[1], snapshot.objects.size()));
        snapshot.dependencies.emplace_back(first, second);
    }
    return {};
}

}  // namespace

json::value to_json(const Snapshot& snapshot) {
    auto head = head_to_json(snapshot);
    json::array objects;
    objects.reserve(snapshot.objects.size());
    for (const auto& object : snapshot.objects) objects.push_back(object_to_json(object));
    head["objects"] = std::move(objects);
    if (!snapshot.dependencies.empty()) head["dependencies"] = dependencies_to_json(snapshot);
    return head;
}

std::string to_json_text(const Snapshot& snapshot) {
    auto text = json::serialize(head_to_json(snapshot));
    text.pop_back();
    text += ",\n\"objects\": [";
    for (const auto& object : snapshot.objects) {
        text += &object == &snapshot.objects.front() ? "\n" : ",\n";
        text += json::serialize(object_to_json(object));
    }
    text += "\n]";
    if (!snapshot.dependencies.empty())
        text += ",\n\"dependencies\": " + json::serialize(dependencies_to_json(snapshot));
    return text + "}\n";
}

Result<Snapshot> from_json(std::string_view text) {
    boost::system::error_code failed;
    const auto parsed = json::parse(text, failed);
    if (failed) return not_a_snapshot("it is no JSON (" + failed.message() + ")");
    if (!parsed.is_object()) return not_a_snapshot("it is no JSON object");
    const auto& head = parsed.get_object();
    DRYDOCK_TRY_VOID(check_head(head));
    Snapshot snapshot;
    if (const auto* const version = head.if_contains("server_version")) {
        if (!version->is_int64() || version->get_int64() < 0 || version->get_int64() > 9'999'999)
            return not_a_snapshot("\"server_version\" is no version");
        snapshot.server_version = static_cast<int>(version->get_int64());
    }
    const auto* const objects = head.if_contains("objects");
    if (!objects || !objects->is_array()) return not_a_snapshot("it has no list of \"objects\"");
    for (const auto& value : objects->get_array()) {
        DRYDOCK_TRY(Object object, object_from_json(value, snapshot.objects.size()));
        if (!snapshot.objects.empty() && compare_keys(snapshot.objects.back(), object) >= 0)
            return not_a_snapshot(fmt::format("{} is out of order", label(object)));
        snapshot.objects.push_back(std::move(object));
    }
    DRYDOCK_TRY_VOID(read_dependencies(head, snapshot));
    return snapshot;
}

}  // namespace drydock::catalog
