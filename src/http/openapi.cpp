#include "http/openapi.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace drydock::http {
namespace {

namespace json = boost::json;

using Ordered = std::map<std::pair<std::string, Method>, const Route*>;

Ordered ordered(std::span<const Route> routes) {
    Ordered out;
    for (const auto& route : routes) out[{plain_path(route), route.method}] = &route;
    return out;
}

json::object reference(std::string_view kind, std::string_view name) {
    return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

json::object problem_schema() {
    const auto plain = FieldClass::plain;
    const auto violation = object(
        "violation",
        "What is wrong with a part of a request.",
        {
            {"pointer",
             text(plain).describe("An RFC 6901 pointer into the body, or a parameter's name."),
             Presence::output},
            {"message", text(plain), Presence::output},
        }
    );
    const auto problem = object(
        "problem",
        "A failure (RFC 9457).",
        {
            {"type", text(plain).describe("A name for the kind of failure."), Presence::output},
            {"title", text(plain), Presence::output},
            {"status", integer(), Presence::output},
            {"code", text(plain).describe("For programs: stable."), Presence::output},
            {"detail", text(plain).describe("What is wrong, for people."), Presence::output},
            {"hint", text(plain).describe("What to do, for people."), Presence::maybe_output},
            {"request_id", text(plain).describe("What to quote to the operator."), Presence::output},
            {"errors", list(violation), Presence::maybe_output},
        }
    );
    json::object components;
    static_cast<void>(json_schema(problem, components));
    return components;
}

json::object parameter(std::string_view where, const Field& field, json::object& components) {
    auto schema = json_schema(field.schema, components);
    json::object out{{"name", field.name}, {"in", where}};
    if (where == "path" || field.presence == Presence::required) out["required"] = true;
    if (const auto* const description = schema.if_contains("description")) {
        out["description"] = *description;
        schema.erase("description");
    }
    if (field.schema.type == Type::list) {
        out["style"] = "form";
        out["explode"] = false;
    }
    out["schema"] = std::move(schema);
    return out;
}

// The statuses that a call may fail with, by what it declares.
std::set<unsigned> failures(const Route& route) {
    std::set<unsigned> out{500, 503};
    const bool parameters = !path_parameters(route).empty() || !query_parameters(route).empty();
    if (parameters || route.request) out.insert(400);
    if (!query_parameters(route).empty()) out.insert({414, 431});
    if (route.request) out.insert({413, 415});
    // Who signs in is nobody yet, and may be refused as somebody known is: for what they say, or for whose page asks.
    if (route.access.kind() != Access::Kind::anyone || changes(route.method)) out.insert({401, 403});
    // Also the organization that it is about may be none that the caller sees.
    if (!route.never_blocks) out.insert(404);
    if (changes(route.method) || route.asks_elsewhere) out.insert({409, 422});
    if (route.versioned && changes(route.method)) out.insert({412, 428});
    if (route.rate != RateClass::none) out.insert(429);
    return out;
}

class Document {
public:
    Document(std::span<const Route> routes, const ApiInfo& info) : routes_(routes), info_(info) {}

    json::object make() {
        json::object paths;
        std::set<std::string> tags;
        for (const auto& [key, route] : ordered(routes_)) {
            const auto& path = key.first;
            if (!paths.contains(path)) paths[path] = json::object{};
            std::string method{name(route->method)};
            std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
            paths[path].get_object()[method] = operation(*route);
            tags.insert(route->tag);
        }
        json::object out{{"openapi", "3.1.0"}};
        json::object about{{"title", info_.title}, {"version", info_.version}};
        if (!info_.description.empty()) about["description"] = info_.description;
        if (!info_.license.empty())
            about["license"] = json::object{{"name", info_.license}, {"identifier", info_.license}};
        out["info"] = std::move(about);
        out["servers"] = json::array{json::object{{"url", "/"}, {"description", "The server that gave this."}}};
        out["jsonSchemaDialect"] = "https://json-schema.org/draft/2020-12/schema";
        json::array tag_list;
        for (const auto& tag : tags) {
            json::object entry{{"name", tag}};
            if (const auto text = about_tag(tag); !text.empty()) entry["description"] = text;
            tag_list.push_back(std::move(entry));
        }
        out["tags"] = std::move(tag_list);
        out["paths"] = std::move(paths);
        out["components"] = components();
        return out;
    }

private:
    std::string_view about_tag(std::string_view tag) const {
        for (const auto& [name, description] : info_.tags)
            if (name == tag) return description;
        return {};
    }

    json::object operation(const Route& route) {
        json::object out{
            {"operationId", route.operation}, {"tags", json::array{route.tag}}, {"summary", route.summary}
        };
        if (!route.description.empty()) out["description"] = route.description;
        if (route.access.kind() == Access::Kind::anyone)
            out["security"] = json::array{};
        else
            out["security"] =
                json::array{json::object{{"bearer", json::array{}}}, json::object{{"session", json::array{}}}};
        if (route.access.kind() == Access::Kind::permission) out["x-permission"] = route.access.permission_name();
        if (route.needs_step_up) out["x-needs-step-up"] = true;
        if (route.token_is_proof) out["x-token-is-proof"] = true;
        out["x-rate-class"] = name(route.rate);
        if (auto list = parameters(route); !list.empty()) out["parameters"] = std::move(list);
        if (route.request)
            out["requestBody"] =
                json::object{{"required", true}, {"content", content("application/json", *route.request)}};
        out["responses"] = responses(route);
        return out;
    }

    json::array parameters(const Route& route) {
        json::array out;
        for (const auto& part : path_parameters(route))
            out.push_back(parameter("path", {part.name, schema_of(part, route), Presence::required}, schemas_));
        for (const auto& field : query_parameters(route)) out.push_back(parameter("query", field, schemas_));
        if (route.creates) out.push_back(reference("parameters", "idempotency_key"));
        if (route.versioned)
            out.push_back(reference("parameters", changes(route.method) ? "if_match" : "if_none_match"));
        return out;
    }

    json::object content(std::string_view media, const Schema& schema) {
        auto described = json_schema(schema, schemas_);
        if (media != "text/event-stream") return {{media, json::object{{"schema", std::move(described)}}}};
        // An event of the stream, whose data is what the route describes.
        json::object data{
            {"type", "string"}, {"contentMediaType", "application/json"}, {"contentSchema", std::move(described)}
        };
        const json::object text{{"type", "string"}};
        json::object event{
            {"type", "object"},
            {"properties", json::object{{"id", text}, {"event", text}, {"data", std::move(data)}}},
            {"required", json::array{"data"}},
        };
        return {{media, json::object{{"schema", std::move(event)}}}};
    }

    json::object responses(const Route& route) {
        json::object out;
        json::object good{{"description", std::string{reason(route.answer.status)}}};
        json::object headers{{"X-Request-Id", reference("headers", "request_id")}};
        if (route.versioned) headers["ETag"] = reference("headers", "etag");
        good["headers"] = std::move(headers);
        if (const auto schema = answer_schema(route))
            good["content"] = content(route.answer.media, *schema);
        else if (route.answer.status != 204)
            good["content"] = json::object{{route.answer.media, json::object{}}};
        out[std::to_string(route.answer.status)] = std::move(good);
        if (route.versioned && !changes(route.method)) out["304"] = json::object{{"description", "Not Modified"}};
        for (const auto status : failures(route)) {
            out[std::to_string(status)] = reference("responses", fmt::format("problem_{}", status));
            failures_.insert(status);
        }
        return out;
    }

    json::object components() {
        for (auto& [key, schema] : problem_schema()) schemas_[key] = schema;
        std::map<std::string, json::value> sorted;
        for (const auto& [key, schema] : schemas_) sorted.emplace(key, schema);
        json::object schemas;
        for (auto& [key, schema] : sorted) schemas[key] = std::move(schema);
        json::object problems;
        for (const auto status : failures_)
            problems[fmt::format("problem_{}", status)] = json::object{
                {"description", std::string{reason(status)}},
                {"content",
                 json::object{{"application/problem+json", json::object{{"schema", reference("schemas", "problem")}}}}},
            };
        // Without a pattern any text is one.
        const auto header =
            [](std::string_view name, std::string_view description, bool required, std::string_view pattern) {
                json::object out{{"name", name}, {"in", "header"}, {"description", description}};
                if (required) out["required"] = true;
                json::object schema{{"type", "string"}};
                if (!pattern.empty()) schema["pattern"] = pattern;
                out["schema"] = std::move(schema);
                return out;
            };
        const auto answered = [](std::string_view description) {
            return json::object{{"description", description}, {"schema", json::object{{"type", "string"}}}};
        };
        return {
            {"schemas", std::move(schemas)},
            {"responses", std::move(problems)},
            {"parameters",
             json::object{
                 {"idempotency_key",
                  header(
                      "Idempotency-Key",
                      "The same key with the same request gets the first one's answer; 409 while it runs, and where "
                      "nobody knows whether it was done.",
                      false,
                      "^[!-~]{1,200}$"
                  )},
                 {"if_match", header("If-Match", "The ETag that the change is made on.", true, R"(^(\*|"[!#-~]+")$)")},
                 {"if_none_match", header("If-None-Match", "ETags that are at hand already: 304 for these.", false, "")
                 },
             }},
            {"headers",
             json::object{
                 {"request_id", answered("Names this request in the server's log.")},
                 {"etag", answered("The version of what is answered, for If-Match.")},
             }},
            {"securitySchemes",
             json::object{
                 {"bearer", json::object{{"type", "http"}, {"scheme", "bearer"}}},
                 {"session",
                  json::object{
                      {"type", "apiKey"},
                      {"in", "cookie"},
                      {"name", info_.session_cookie},
                      {"description", "Changes also need the header X-Drydock-Csrf, or a same-origin request."},
                  }},
             }},
        };
    }

    std::span<const Route> routes_;
    const ApiInfo& info_;
    json::object schemas_;
    std::set<unsigned> failures_;
};

// "text (uuid), 1 to 63 characters": for people.
std::string in_words(const Schema& schema) {
    std::string out;
    switch (schema.type) {
        case Type::text: {
            constexpr const char* kFormats[] = {"text", "UUID", "time", "day", "e-mail address", "URI"};
            out = kFormats[static_cast<std::size_t>(schema.format)];
            break;
        }
        case Type::integer:
            out = "whole number";
            break;
        case Type::number:
            out = "number";
            break;
        case Type::boolean:
            out = "true or false";
            break;
        case Type::object:
            out = fmt::format("[{}](#{})", schema.name, schema.name);
            break;
        case Type::list:
            out = fmt::format("list of {}", in_words(*schema.item));
            break;
        case Type::map:
            out = fmt::format("map to {}", in_words(*schema.item));
            break;
        case Type::any:
            out = "JSON";
            break;
    }
    if (schema.least && schema.most) out += fmt::format(", {} to {}", *schema.least, *schema.most);
    for (std::size_t i = 0; i < schema.choices.size(); ++i)
        out += fmt::format("{}`{}`", i == 0 ? ": " : ", ", schema.choices[i]);
    if (schema.is_nullable) out += ", or null";
    if (schema.mark == FieldClass::secret) out += "; secret, never answered";
    return out;
}

std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out;
}

void collect_objects(const Schema& schema, std::map<std::string, const Schema*>& out) {
    if (schema.type == Type::object) out.emplace(schema.name, &schema);
    for (const auto& field : schema.fields) collect_objects(field.schema, out);
    if (schema.item) collect_objects(*schema.item, out);
}

std::string_view when(Presence presence) {
    switch (presence) {
        case Presence::optional:
            return "optional";
        case Presence::required:
            return "required";
        case Presence::output:
            return "answer only";
        case Presence::maybe_output:
            return "answer only, not always";
        case Presence::input:
            return "request only";
        case Presence::required_input:
            return "request only, required";
    }
    return "";
}

std::string field_rows(std::span<const Field> fields) {
    std::string out = "| field | what | when | |\n|---|---|---|---|\n";
    for (const auto& field : fields) {
        auto note = field.schema.description;
        if (field.schema.fallback_value)
            note +=
                fmt::format("{}Default: `{}`.", note.empty() ? "" : " ", json::serialize(*field.schema.fallback_value));
        out += fmt::format(
            "| `{}` | {} | {} | {} |\n", field.name, cell(in_words(field.schema)), when(field.presence), cell(note)
        );
    }
    return out;
}

std::string call_section(const Route& route) {
    auto out = fmt::format("### `{} {}`\n\n{}", name(route.method), plain_path(route), route.summary);
    if (!route.description.empty()) out += "\n\n" + route.description;
    out += "\n\n";
    switch (route.access.kind()) {
        case Access::Kind::anyone:
            out += "For anyone.";
            break;
        case Access::Kind::signed_in:
            out += "For everybody who is signed in.";
            break;
        case Access::Kind::permission:
            out += fmt::format("Needs `{}`.", route.access.permission_name());
            break;
    }
    if (route.needs_step_up)
        out += route.token_is_proof ? " Needs a fresh proof of who asks, unless an API token does."
                                    : " Needs a fresh proof of who asks.";
    if (route.creates) out += " Takes an `Idempotency-Key`.";
    if (route.versioned) out += changes(route.method) ? " Demands `If-Match`." : " Gives an `ETag`.";
    if (route.request) out += fmt::format(" Takes {}.", in_words(*route.request));
    if (route.answer.schema)
        out += fmt::format(
            " Answers {} with {}{}.",
            route.answer.status,
            route.answer.list ? "a page of " : "",
            in_words(*route.answer.schema)
        );
    else
        out += fmt::format(" Answers {}.", route.answer.status);
    out += "\n\n";
    if (const auto query = query_parameters(route); !query.empty()) out += field_rows(query) + "\n";
    return out;
}

}  // namespace

json::object openapi(std::span<const Route> routes, const ApiInfo& info) {
    return Document{routes, info}.make();
}

std::string markdown(std::span<const Route> routes, const ApiInfo& info) {
    std::map<std::string, std::vector<const Route*>> by_tag;
    std::map<std::string, const Schema*> objects;
    for (const auto& [key, route] : ordered(routes)) {
        by_tag[route->tag].push_back(route);
        if (route->request) collect_objects(*route->request, objects);
        if (route->answer.schema) collect_objects(*route->answer.schema, objects);
    }
    auto out = fmt::format("# {}\n\n", info.title);
    if (!info.description.empty()) out += info.description + "\n\n";
    for (const auto& [tag, calls] : by_tag) {
        out += fmt::format("## {}\n\n", tag);
        for (const auto* const route : calls) out += call_section(*route);
    }
    out += "## Objects\n\n";
    for (const auto& [name, schema] : objects) {
        out += fmt::format("### {}\n\n", name);
        if (!schema->description.empty()) out += schema->description + "\n\n";
        out += field_rows(schema->fields) + "\n";
    }
    while (out.ends_with("\n\n")) out.pop_back();
    return out;
}

}  // namespace drydock::http
