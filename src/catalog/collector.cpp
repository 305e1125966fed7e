#include "catalog/collector.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/aspects.h"
#include "catalog/query_text.h"

namespace drydock::catalog {
namespace {

std::uint32_t oid_at(const pg::Rows& rows, int row, int column) {
    return static_cast<std::uint32_t>(rows.integer(row, column));
}

Key key_at(const pg::Rows& rows, int row, int first) {
    return {
        .catalog = oid_at(rows, row, first),
        .oid = oid_at(rows, row, first + 1),
        .part = static_cast<std::int32_t>(rows.integer(row, first + 2))
    };
}

// A database in SQL_ASCII holds whatever bytes somebody put there.
std::string as_utf8(std::string_view text) {
    std::string result;
    while (const auto bad = first_invalid_utf8(text)) {
        result.append(text.substr(0, *bad)).append("\xEF\xBF\xBD");
        text.remove_prefix(*bad + 1);
    }
    return result.append(text);
}

void make_utf8(Object& object) {
    for (auto* const part : {&object.schema, &object.parent, &object.name}) *part = as_utf8(*part);
    for (auto& value : object.aspects) value.value = as_utf8(value.value);
}

// A newer minor version keeps notes of its own among a column's options (pg_attver=3).
bool is_internal(std::string_view option) {
    return option.starts_with("pg_attver=");
}

bool is_secret(std::string_view name) {
    constexpr std::string_view kSecret[] = {"passw", "secret", "token", "credential", "private"};
    const auto lower = to_lower(name);
    return std::ranges::any_of(kSecret, [&](auto word) { return lower.find(word) != std::string::npos; });
}

std::optional<std::string> options_text(std::vector<std::string> options) {
    std::erase_if(options, is_internal);
    if (options.empty()) return std::nullopt;
    for (auto& option : options) {
        const auto equals = option.find('=');
        if (equals != std::string::npos && is_secret(option.substr(0, equals)))
            option.replace(equals + 1, std::string::npos, kHidden);
    }
    std::ranges::sort(options);
    return to_list(options);
}

std::optional<std::string> value_of(const AspectTraits& traits, std::string_view text) {
    if (traits.form == Form::text || traits.form == Form::untold) return std::string{text};
    auto elements = array_elements(text);
    if (traits.name == aspect::options || traits.name == aspect::fdw_options || traits.name == aspect::toast_options)
        return options_text(std::move(elements));
    if (traits.form == Form::set) std::ranges::sort(elements);
    return to_list(elements);
}

// Kinds whose definition the server deparses, and gives none of what has been dropped since the snapshot was taken.
bool is_deparsed(Kind kind) {
    constexpr Kind kDeparsed[] = {
        Kind::function,
        Kind::procedure,
        Kind::view,
        Kind::materialized_view,
        Kind::index,
        Kind::constraint,
        Kind::statistics,
        Kind::rule,
        Kind::trigger
    };
    return std::ranges::find(kDeparsed, kind) != std::end(kDeparsed);
}

void set(Object& object, std::string_view name, std::string value) {
    const auto place = std::ranges::lower_bound(object.aspects, name, {}, &Aspect::name);
    object.aspects.insert(place, {.name = name, .value = std::move(value)});
}

}  // namespace

// What the columns of a result are.
struct Collector::Columns {
    struct AspectColumn {
        const AspectTraits* traits = nullptr;
        int column = 0;
    };
    std::map<std::string_view, int> identity;
    std::vector<AspectColumn> aspects;  // by name, so that an object's are too

    int find(std::string_view name) const {
        const auto found = identity.find(name);
        return found == identity.end() ? -1 : found->second;
    }
};

Result<Collector::Columns> Collector::columns_of(const pg::Rows& rows) {
    Columns columns;
    for (int i = 0; i < rows.columns(); ++i) {
        const auto name = rows.column_name(i);
        if (name.starts_with('_')) {
            columns.identity.emplace(name, i);
            continue;
        }
        const auto* const traits = aspect_named(name);
        if (!traits)
            return Error{.code = ErrorCode::internal, .message = fmt::format("a query gives no aspect \"{}\"", name)};
        columns.aspects.push_back({.traits = traits, .column = i});
    }
    std::ranges::sort(columns.aspects, {}, [](const auto& column) { return column.traits->name; });
    return columns;
}

void Collector::take_members(const pg::Rows& rows) {
    for (int row = 0; row < rows.size(); ++row) {
        members_.try_emplace(
            Key{.catalog = oid_at(rows, row, 0), .oid = oid_at(rows, row, 1)},
            Member{
                .extension = std::string{rows.text(row, 2)},
                .extension_oid = oid_at(rows, row, 3),
                .privileges = rows.optional_text(row, 4)
            }
        );
    }
}

void Collector::take_comments(const pg::Rows& rows) {
    for (int row = 0; row < rows.size(); ++row) comments_.try_emplace(key_at(rows, row, 0), rows.text(row, 3));
}

void Collector::take_security_labels(const pg::Rows& rows) {
    for (int row = 0; row < rows.size(); ++row) {
        auto labels = array_elements(rows.text(row, 3));
        std::ranges::sort(labels);
        labels_.try_emplace(key_at(rows, row, 0), to_list(labels));
    }
}

// One row of a result, by the names of its columns.
class Collector::Row {
public:
    Row(const pg::Rows& rows, int row, const Columns& columns) : rows_(rows), row_(row), columns_(columns) {}

    bool has(std::string_view name) const { return columns_.find(name) >= 0; }
    std::string_view text(std::string_view name) const {
        const int column = columns_.find(name);
        return column < 0 ? std::string_view{} : rows_.text(row_, column);
    }
    std::int64_t number(std::string_view name) const {
        const int column = columns_.find(name);
        return column < 0 ? 0 : rows_.integer(row_, column);
    }
    std::optional<std::string> value(const Columns::AspectColumn& aspect) const {
        if (rows_.is_null(row_, aspect.column)) return std::nullopt;
        return value_of(*aspect.traits, rows_.text(row_, aspect.column));
    }
    const std::vector<Columns::AspectColumn>& aspects() const { return columns_.aspects; }

    Object object(Kind kind) const {
        Object object;
        object.kind = has("_kind") ? kind_named(text("_kind")).value_or(kind) : kind;
        object.schema = text("_schema");
        object.parent = text("_parent");
        object.name = text("_name");
        object.identity = {
            .catalog = static_cast<std::uint32_t>(number("_catalog")),
            .oid = static_cast<std::uint32_t>(number("_oid")),
            .part = static_cast<std::int32_t>(number("_part")),
            .storage = static_cast<std::uint32_t>(number("_storage"))
        };
        return object;
    }

private:
    const pg::Rows& rows_;
    int row_;
    const Columns& columns_;
};

const Collector::Member* Collector::member(const Object& object) const {
    if (!object.parent.empty()) return nullptr;
    const auto found = members_.find(Key{.catalog = object.identity.catalog, .oid = object.identity.oid});
    return found != members_.end() ? &found->second : nullptr;
}

// Whether these are the privileges that the object has had from the start.
bool Collector::is_usual(const Row& row, Kind kind, const Member* member, const std::string& privileges) {
    const auto usual = member && member->privileges ? std::string_view{*member->privileges} : row.text("_acl_default");
    if (usual.empty() && kind != Kind::column) return false;
    return privileges == value_of(*aspect_named(aspect::acl), usual);
}

void Collector::take_aspects(Object& object, const Row& row, const Member* member, bool only_privileges) {
    object.aspects.reserve(row.aspects().size() / 3);
    for (const auto& column : row.aspects()) {
        const bool is_acl = column.traits->name == aspect::acl;
        if (only_privileges && !is_acl) continue;
        auto value = row.value(column);
        if (!value || (is_acl && is_usual(row, object.kind, member, *value))) continue;
        object.aspects.push_back({.name = column.traits->name, .value = *std::move(value)});
    }
}

Result<> Collector::take_object(const Row& row, Kind kind) {
    auto object = row.object(kind);
    const auto* const member = this->member(object);
    const bool builtin = row.text("_builtin") == "t";
    if (member) member_relations_.emplace(object.schema, object.name);
    take_aspects(object, row, member, member || builtin);
    if (!is_wanted(object)) return {};
    if (member || builtin) {
        // Nothing is told of what nobody changed.
        if (object.aspects.empty()) return {};
        set(object, aspect::member_of, member ? member->extension : "pg_catalog");
    } else if (is_deparsed(object.kind) && !object.find(aspect::definition)) {
        return Error{
            .code = ErrorCode::conflict, .message = label(object) + " was dropped while the catalog was being read"
        };
    } else {
        add_notes(object);
    }
    if (any_bytes_) make_utf8(object);
    objects_.push_back(std::move(object));
    return {};
}

Result<> Collector::take_objects(const pg::Rows& rows, Kind kind) {
    DRYDOCK_TRY(const Columns columns, columns_of(rows));
    for (int row = 0; row < rows.size(); ++row) DRYDOCK_TRY_VOID(take_object({rows, row, columns}, kind));
    return {};
}

bool Collector::is_wanted(const Object& object) const {
    if (!object.parent.empty() && member_relations_.contains({object.schema, object.parent})) return false;
    const auto excluded = [&](std::string_view schema) {
        return std::ranges::find(options_.without_schemas, schema) != options_.without_schemas.end();
    };
    if (object.kind == Kind::schema) return !excluded(object.name);
    if (object.kind == Kind::default_privilege) return !excluded(object.get(aspect::schema));
    return !excluded(object.schema);
}

void Collector::add_notes(Object& object) const {
    const Key key{.catalog = object.identity.catalog, .oid = object.identity.oid, .part = object.identity.part};
    if (const auto found = comments_.find(key); found != comments_.end()) set(object, aspect::comment, found->second);
    if (const auto found = labels_.find(key); found != labels_.end())
        set(object, aspect::security_labels, found->second);
}

void Collector::take_stand_ins(const pg::Rows& rows) {
    for (int row = 0; row < rows.size(); ++row) {
        const Key from{.catalog = oid_at(rows, row, 0), .oid = oid_at(rows, row, 1)};
        stand_ins_.try_emplace(from, key_at(rows, row, 2));
    }
}

void Collector::take_dependencies(const pg::Rows& rows) {
    edges_.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row) edges_.emplace_back(key_at(rows, row, 0), key_at(rows, row, 3));
}

Snapshot Collector::finish(int server_version) {
    std::ranges::sort(objects_, [](const Object& a, const Object& b) { return compare_keys(a, b) < 0; });
    Snapshot snapshot{.server_version = server_version, .objects = std::move(objects_), .dependencies = {}};
    if (options_.dependencies) snapshot.dependencies = dependencies(snapshot.objects);
    return snapshot;
}

Key Collector::resolve(Key key) const {
    // A chain is three long at most: the array of a table's row type.
    for (int i = 0; i < 4; ++i) {
        const Key whole{.catalog = key.catalog, .oid = key.oid};
        const auto next = stand_ins_.find(whole);
        if (next == stand_ins_.end()) break;
        // The column of a table whose row type's column was meant.
        const auto part = key.part;
        key = next->second;
        if (key.part == 0) key.part = part;
    }
    return key;
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> Collector::dependencies(const std::vector<Object>& objects) const {
    std::unordered_map<Key, std::uint32_t, KeyHash> places;
    places.reserve(objects.size());
    for (std::uint32_t i = 0; i < objects.size(); ++i) {
        const auto& identity = objects[i].identity;
        places.try_emplace(Key{.catalog = identity.catalog, .oid = identity.oid, .part = identity.part}, i);
    }
    const auto at = [&](const Key& key) -> std::optional<std::uint32_t> {
        const auto found = places.find(key);
        return found == places.end() ? std::nullopt : std::optional{found->second};
    };
    const auto extension_catalog = [&] {
        const auto found = std::ranges::find(objects, Kind::extension, &Object::kind);
        return found == objects.end() ? 0U : found->identity.catalog;
    }();
    const auto place_of = [&](const Key& key) {
        if (const auto itself = at(key)) return itself;
        const auto stand_in = resolve(key);
        if (const auto place = at(stand_in)) return place;
        const Key whole{.catalog = stand_in.catalog, .oid = stand_in.oid};
        if (const auto place = at(whole)) return place;
        const auto member = members_.find(whole);
        if (member == members_.end()) return std::optional<std::uint32_t>{};
        return at({.catalog = extension_catalog, .oid = member->second.extension_oid});
    };

    std::vector<std::pair<std::uint32_t, std::uint32_t>> result;
    const auto add = [&](std::optional<std::uint32_t> first, std::optional<std::uint32_t> second) {
        if (first && second && *first != *second) result.emplace_back(*first, *second);
    };
    for (const auto& [from, to] : edges_) add(place_of(from), place_of(to));
    for (std::uint32_t i = 0; i < objects.size(); ++i) {
        if (objects[i].kind != Kind::column) continue;
        add(i, place_of({.catalog = objects[i].identity.catalog, .oid = objects[i].identity.oid}));
    }
    std::ranges::sort(result);
    const auto repeated = std::ranges::unique(result);
    result.erase(repeated.begin(), repeated.end());
    return result;
}

}  // namespace drydock::catalog
