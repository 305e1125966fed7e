#include "http/schema.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"

namespace drydock::http {
namespace {

template <class Change>
Schema changed(const Schema& schema, Change change) {
    Schema copy = schema;
    change(copy);
    return copy;
}

Schema of_type(Type type) {
    Schema schema;
    schema.type = type;
    return schema;
}

bool lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}
bool identifier(std::string_view text) {
    return !text.empty() && lower(text[0]) &&
           std::ranges::all_of(text, [](char c) { return lower(c) || digit(c) || c == '_'; });
}
bool host_name(std::string_view text) {
    // An IPv6 address has colons, and nothing that a name has.
    if (text.find(':') != std::string_view::npos)
        return std::ranges::all_of(text, [](char c) {
            return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
        });
    if (text.empty() || text.size() > 253) return false;
    return std::ranges::all_of(split(text, '.'), [](std::string_view label) {
        return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
               std::ranges::all_of(label, [](char c) {
                   return lower(c) || digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
               });
    });
}

}  // namespace

bool is_slug(std::string_view text) {
    if (text.empty() || !lower(text[0]) || text.back() == '-') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '-' ? text[i - 1] == '-' : !lower(text[i]) && !digit(text[i])) return false;
    }
    return true;
}

const Pattern kSlug{
    "^[a-z](-?[a-z0-9])*$",
    "must be lower-case letters, digits and single hyphens, and begin with a letter",
    is_slug,
};
const Pattern kIdentifier{
    "^[a-z][a-z0-9_]*$", "must be lower-case letters, digits and underscores, and begin with a letter", identifier
};
const Pattern kHostName{"^[A-Za-z0-9_.:-]+$", "must be a host name or an IP address", host_name};

std::string_view name(FieldClass mark) {
    constexpr std::array<std::string_view, 4> kNames{"plain", "personal", "bulk", "secret"};
    return kNames[static_cast<std::size_t>(mark)];
}

Schema::Schema() = default;
Schema::Schema(const Schema&) = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(const Schema&) = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

Schema Schema::length(std::size_t least_length, std::size_t most_length) const {
    return range(static_cast<std::int64_t>(least_length), static_cast<std::int64_t>(most_length));
}
Schema Schema::range(std::int64_t from, std::int64_t to) const {
    return changed(*this, [&](Schema& s) { s.least = from, s.most = to; });
}
Schema Schema::items(std::size_t least_count, std::size_t most_count) const {
    return length(least_count, most_count);
}
Schema Schema::one_of(std::vector<std::string> values) const {
    return changed(*this, [&](Schema& s) { s.choices = std::move(values); });
}
Schema Schema::matches(const Pattern& rule) const {
    return changed(*this, [&](Schema& s) { s.pattern = &rule; });
}
Schema Schema::uuid() const {
    return changed(*this, [](Schema& s) { s.format = Format::uuid; });
}
Schema Schema::date_time() const {
    return changed(*this, [](Schema& s) { s.format = Format::date_time; });
}
Schema Schema::date() const {
    return changed(*this, [](Schema& s) { s.format = Format::date; });
}
Schema Schema::email() const {
    return changed(*this, [](Schema& s) { s.format = Format::email; });
}
Schema Schema::uri() const {
    return changed(*this, [](Schema& s) { s.format = Format::uri; });
}
Schema Schema::nullable() const {
    return changed(*this, [](Schema& s) { s.is_nullable = true; });
}
Schema Schema::unique() const {
    return changed(*this, [](Schema& s) { s.is_unique = true; });
}
Schema Schema::id_of(std::string kind) const {
    return changed(*this, [&](Schema& s) { s.object_kind = std::move(kind); });
}
Schema Schema::not_an_object() const {
    return id_of("");
}
Schema Schema::describe(std::string words) const {
    return changed(*this, [&](Schema& s) { s.description = std::move(words); });
}
Schema Schema::example(const boost::json::value& value) const {
    return changed(*this, [&](Schema& s) { s.example_value = std::make_shared<const boost::json::value>(value); });
}
Schema Schema::fallback(const boost::json::value& value) const {
    return changed(*this, [&](Schema& s) { s.fallback_value = std::make_shared<const boost::json::value>(value); });
}

Schema Schema::partial(std::string new_name) const {
    return changed(*this, [&](Schema& s) {
        s.name = std::move(new_name);
        std::erase_if(s.fields, [](const Field& field) {
            return field.presence == Presence::output || field.presence == Presence::maybe_output;
        });
        for (auto& field : s.fields) {
            field.presence = Presence::input;
            field.schema.fallback_value.reset();
        }
    });
}

Schema text(FieldClass mark) {
    auto schema = of_type(Type::text);
    schema.mark = mark;
    return schema;
}
Schema integer() {
    return of_type(Type::integer);
}
Schema number() {
    return of_type(Type::number);
}
Schema boolean() {
    return of_type(Type::boolean);
}
Schema object(std::string name, std::string description, std::vector<Field> fields) {
    auto schema = of_type(Type::object);
    schema.name = std::move(name);
    schema.description = std::move(description);
    schema.fields = std::move(fields);
    return schema;
}
Schema list(Schema item) {
    auto schema = of_type(Type::list);
    schema.item = std::make_shared<const Schema>(std::move(item));
    return schema;
}
Schema map(Schema value) {
    auto schema = of_type(Type::map);
    schema.item = std::make_shared<const Schema>(std::move(value));
    return schema;
}
Schema any(FieldClass mark) {
    auto schema = of_type(Type::any);
    schema.mark = mark;
    return schema;
}

void fill_in(const Schema& schema, boost::json::value& value) {
    if (schema.type == Type::object && value.is_object()) {
        auto& object = value.get_object();
        for (const auto& field : schema.fields) {
            if (auto* const found = object.if_contains(field.name))
                fill_in(field.schema, *found);
            else if (field.schema.fallback_value)
                object.emplace(field.name, *field.schema.fallback_value);
        }
    } else if (schema.type == Type::list && value.is_array()) {
        for (auto& item : value.get_array()) fill_in(*schema.item, item);
    } else if (schema.type == Type::map && value.is_object()) {
        for (auto& [key, item] : value.get_object()) fill_in(*schema.item, item);
    }
}

void collect_ids(const Schema& schema, const boost::json::value& value, std::vector<ObjectId>& ids) {
    const auto collect = [&](const Schema& part, const boost::json::value& found, std::string_view step) {
        const auto before = ids.size();
        collect_ids(part, found, ids);
        for (auto i = before; i < ids.size(); ++i) ids[i].pointer = fmt::format("/{}{}", step, ids[i].pointer);
    };
    if (schema.type == Type::text && value.is_string() && schema.object_kind && !schema.object_kind->empty()) {
        ids.push_back({*schema.object_kind, std::string{value.get_string()}, {}});
    } else if (schema.type == Type::object && value.is_object()) {
        for (const auto& field : schema.fields)
            if (const auto* const found = value.get_object().if_contains(field.name))
                collect(field.schema, *found, field.name);
    } else if (schema.type == Type::list && value.is_array()) {
        for (std::size_t i = 0; i < value.get_array().size(); ++i)
            collect(*schema.item, value.get_array()[i], std::to_string(i));
    } else if (schema.type == Type::map && value.is_object()) {
        for (const auto& [key, found] : value.get_object()) collect(*schema.item, found, {key.data(), key.size()});
    }
}

}  // namespace drydock::http
