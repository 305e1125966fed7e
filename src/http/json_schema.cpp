#include <algorithm>
#include <set>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "http/schema.h"

namespace drydock::http {
namespace {

namespace json = boost::json;

std::string_view format_name(Format format) {
    switch (format) {
        case Format::none:
            return "";
        case Format::uuid:
            return "uuid";
        case Format::date_time:
            return "date-time";
        case Format::date:
            return "date";
        case Format::email:
            return "email";
        case Format::uri:
            return "uri";
    }
    return "";
}

std::string_view type_name(Type type) {
    switch (type) {
        case Type::text:
            return "string";
        case Type::integer:
            return "integer";
        case Type::number:
            return "number";
        case Type::boolean:
            return "boolean";
        case Type::list:
            return "array";
        case Type::object:
        case Type::map:
            return "object";
        case Type::any:
            return "";
    }
    return "";
}

void add_bounds(const Schema& schema, json::object& out, std::string_view least, std::string_view most) {
    if (schema.least && (*schema.least != 0 || schema.type == Type::integer || schema.type == Type::number))
        out[least] = *schema.least;
    if (schema.most) out[most] = *schema.most;
}

void add_text(const Schema& schema, json::object& out) {
    if (schema.format != Format::none) out["format"] = format_name(schema.format);
    if (!schema.choices.empty()) {
        json::array choices;
        for (const auto& choice : schema.choices) choices.emplace_back(choice);
        if (schema.is_nullable) choices.emplace_back(nullptr);
        out["enum"] = std::move(choices);
    }
    add_bounds(schema, out, "minLength", "maxLength");
    if (schema.pattern) out["pattern"] = schema.pattern->expression;
    if (schema.mark == FieldClass::secret) out["writeOnly"] = true;
    out["x-field-class"] = name(schema.mark);
}

json::object object_schema(const Schema& schema, json::object& components) {
    json::object properties;
    json::array required;
    for (const auto& field : schema.fields) {
        auto part = json_schema(field.schema, components);
        if (field.presence == Presence::output || field.presence == Presence::maybe_output) part["readOnly"] = true;
        if (field.presence == Presence::input || field.presence == Presence::required_input) part["writeOnly"] = true;
        properties[field.name] = std::move(part);
        if (field.presence == Presence::required || field.presence == Presence::output ||
            field.presence == Presence::required_input)
            required.emplace_back(field.name);
    }
    json::object out{{"type", "object"}};
    if (!schema.description.empty()) out["description"] = schema.description;
    out["properties"] = std::move(properties);
    if (!required.empty()) out["required"] = std::move(required);
    out["additionalProperties"] = false;
    if (schema.example_value) out["examples"] = json::array{*schema.example_value};
    return out;
}

void check_at(const Schema& schema, const std::string& where, bool only_out, std::vector<std::string>& wrong) {
    if (schema.least && schema.most && *schema.least > *schema.most)
        wrong.push_back(fmt::format("{}: the least ({}) is over the most ({})", where, *schema.least, *schema.most));
    if (schema.mark == FieldClass::secret && only_out)
        wrong.push_back(fmt::format("{}: a secret can't be an output", where));
    for (const auto& value : {schema.fallback_value, schema.example_value})
        if (value)
            for (const auto& [pointer, message] : violations(schema, *value, Direction::request))
                if (!message.starts_with("is set by the server"))
                    wrong.push_back(fmt::format("{}: its default or example {} {}", where, pointer, message));
    if ((schema.type == Type::list || schema.type == Type::map) != (schema.item != nullptr))
        wrong.push_back(fmt::format("{}: a list or a map says what is in it", where));
    if (schema.item) check_at(*schema.item, where + "[]", only_out, wrong);
    if (schema.type != Type::object) return;
    if (schema.name.empty()) wrong.push_back(fmt::format("{}: an object needs a name", where));
    std::set<std::string_view> seen;
    for (const auto& field : schema.fields) {
        const auto place = fmt::format("{}.{}", where, field.name);
        if (!kIdentifier.matches(field.name)) wrong.push_back(fmt::format("{}: a field's name is snake_case", place));
        if (!seen.insert(field.name).second) wrong.push_back(fmt::format("{}: stands there twice", place));
        if (field.presence == Presence::required && field.schema.fallback_value)
            wrong.push_back(fmt::format("{}: is required and has a default", place));
        const bool out = field.presence == Presence::output || field.presence == Presence::maybe_output;
        check_at(field.schema, place, only_out || out, wrong);
    }
}

}  // namespace

json::object json_schema(const Schema& schema, json::object& components) {
    json::object out;
    if (schema.type == Type::object) {
        // The name is taken before the fields are looked at, so that the order is that of the first mention.
        if (!components.contains(schema.name)) {
            components[schema.name] = nullptr;
            auto made = object_schema(schema, components);
            components[schema.name] = std::move(made);
        }
        json::object reference{{"$ref", "#/components/schemas/" + schema.name}};
        if (!schema.is_nullable) return reference;
        out["anyOf"] = json::array{std::move(reference), json::object{{"type", "null"}}};
        return out;
    }
    if (const auto type = type_name(schema.type); !type.empty()) {
        if (schema.is_nullable)
            out["type"] = json::array{type, "null"};
        else
            out["type"] = type;
    }
    if (!schema.description.empty()) out["description"] = schema.description;
    switch (schema.type) {
        case Type::text:
            add_text(schema, out);
            break;
        case Type::integer:
            out["format"] = "int64";
            add_bounds(schema, out, "minimum", "maximum");
            break;
        case Type::number:
            add_bounds(schema, out, "minimum", "maximum");
            break;
        case Type::list:
            out["items"] = json_schema(*schema.item, components);
            add_bounds(schema, out, "minItems", "maxItems");
            if (schema.is_unique) out["uniqueItems"] = true;
            break;
        case Type::map:
            out["additionalProperties"] = json_schema(*schema.item, components);
            add_bounds(schema, out, "minProperties", "maxProperties");
            break;
        case Type::any:
            out["x-field-class"] = name(schema.mark);
            break;
        default:
            break;
    }
    if (schema.fallback_value) out["default"] = *schema.fallback_value;
    if (schema.example_value) out["examples"] = json::array{*schema.example_value};
    return out;
}

std::vector<std::string> check(const Schema& schema, std::string_view where) {
    std::vector<std::string> wrong;
    check_at(schema, std::string{where}, false, wrong);
    return wrong;
}

}  // namespace drydock::http
