#include "catalog/ddl_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace drydock::catalog::ddl {
namespace {

// Every keyword that is not an unreserved one, of PostgreSQL 13 to 18: what quote_ident puts into quotes.
constexpr std::array kKeywords = std::to_array<std::string_view>(
    {"all",
     "analyse",
     "analyze",
     "and",
     "any",
     "array",
     "as",
     "asc",
     "asymmetric",
     "authorization",
     "between",
     "bigint",
     "binary",
     "bit",
     "boolean",
     "both",
     "case",
     "cast",
     "char",
     "character",
     "check",
     "coalesce",
     "collate",
     "collation",
     "column",
     "concurrently",
     "constraint",
     "create",
     "cross",
     "current_catalog",
     "current_date",
     "current_role",
     "current_schema",
     "current_time",
     "current_timestamp",
     "current_user",
     "dec",
     "decimal",
     "default",
     "deferrable",
     "desc",
     "distinct",
     "do",
     "else",
     "end",
     "except",
     "exists",
     "extract",
     "false",
     "fetch",
     "float",
     "for",
     "foreign",
     "freeze",
     "from",
     "full",
     "grant",
     "greatest",
     "group",
     "grouping",
     "having",
     "ilike",
     "in",
     "initially",
     "inner",
     "inout",
     "int",
     "integer",
     "intersect",
     "interval",
     "into",
     "is",
     "isnull",
     "join",
     "json",
     "json_array",
     "json_arrayagg",
     "json_exists",
     "json_object",
     "json_objectagg",
     "json_query",
     "json_scalar",
     "json_serialize",
     "json_table",
     "json_value",
     "lateral",
     "leading",
     "least",
     "left",
     "like",
     "limit",
     "localtime",
     "localtimestamp",
     "merge_action",
     "national",
     "natural",
     "nchar",
     "none",
     "normalize",
     "not",
     "notnull",
     "null",
     "nullif",
     "numeric",
     "offset",
     "on",
     "only",
     "or",
     "order",
     "out",
     "outer",
     "overlaps",
     "overlay",
     "placing",
     "position",
     "precision",
     "primary",
     "real",
     "references",
     "returning",
     "right",
     "row",
     "select",
     "session_user",
     "setof",
     "similar",
     "smallint",
     "some",
     "substring",
     "symmetric",
     "system_user",
     "table",
     "tablesample",
     "then",
     "time",
     "timestamp",
     "to",
     "trailing",
     "treat",
     "trim",
     "true",
     "union",
     "unique",
     "user",
     "using",
     "values",
     "varchar",
     "variadic",
     "verbose",
     "when",
     "where",
     "window",
     "with",
     "xmlattributes",
     "xmlconcat",
     "xmlelement",
     "xmlexists",
     "xmlforest",
     "xmlnamespaces",
     "xmlparse",
     "xmlpi",
     "xmlroot",
     "xmlserialize",
     "xmltable"}
);

bool is_plain(std::string_view name) {
    if (name.empty() || !((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_')) return false;
    const bool safe = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    return safe && !std::binary_search(kKeywords.begin(), kKeywords.end(), name);
}

// Where the argument types begin: at the parenthesis that closes with the last character.
std::size_t arguments_at(std::string_view name) {
    if (!name.ends_with(')')) return name.size();
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = name.size(); i-- > 0;) {
        if (name[i] == '"') quoted = !quoted;
        if (quoted) continue;
        if (name[i] == ')') ++depth;
        if (name[i] == '(' && --depth == 0) return i;
    }
    return name.size();
}

}  // namespace

std::string ident(std::string_view name) {
    return is_plain(name) ? std::string{name} : pg::quote_identifier(name);
}

std::string literal(std::string_view text) {
    if (text.find('\\') != std::string_view::npos) return pg::quote_literal(text);
    return pg::quote_literal(text).substr(1);
}

std::string_view routine_name(std::string_view name) {
    return name.substr(0, arguments_at(name));
}
std::string_view routine_arguments(std::string_view name) {
    return name.substr(arguments_at(name));
}

std::string qualified(const Object& object) {
    const auto schema = object.schema.empty() ? std::string{} : ident(object.schema) + ".";
    switch (object.kind) {
        case Kind::function:
        case Kind::procedure:
        case Kind::aggregate:
            return fmt::format("{}{}{}", schema, ident(routine_name(object.name)), routine_arguments(object.name));
        case Kind::op:
            return fmt::format("{}{} {}", schema, routine_name(object.name), routine_arguments(object.name));
        case Kind::operator_family:
        case Kind::operator_class: {
            const auto at = object.name.rfind(" using ");
            const std::string_view name = object.name;
            return fmt::format("{}{}{}", schema, ident(name.substr(0, at)), name.substr(std::min(at, name.size())));
        }
        default:
            return schema + ident(object.name);
    }
}

std::string parent_of(const Object& object) {
    return (object.schema.empty() ? std::string{} : ident(object.schema) + ".") + ident(object.parent);
}

bool is_relation(Kind kind) {
    return kind == Kind::table || kind == Kind::foreign_table || kind == Kind::view ||
           kind == Kind::materialized_view || kind == Kind::composite_type;
}

const Object* parent(const Snapshot& snapshot, const Object& object) {
    if (object.parent.empty()) return nullptr;
    static constexpr std::array kinds{
        Kind::table, Kind::foreign_table, Kind::view, Kind::materialized_view, Kind::composite_type, Kind::domain
    };
    for (const auto kind : kinds) {
        // A domain has constraints and nothing else, and a type may be called as a table's index, never as a table.
        if (kind == Kind::domain && object.kind != Kind::constraint) continue;
        if (const auto* const found = snapshot.find(kind, object.schema, "", object.parent)) return found;
    }
    return nullptr;
}

std::string_view keyword(Kind kind) {
    switch (kind) {
        case Kind::database:
            return "DATABASE";
        case Kind::schema:
            return "SCHEMA";
        case Kind::extension:
            return "EXTENSION";
        case Kind::language:
            return "LANGUAGE";
        case Kind::access_method:
            return "ACCESS METHOD";
        case Kind::default_privilege:
            return "DEFAULT PRIVILEGES";
        case Kind::type:
        case Kind::enumeration:
        case Kind::composite_type:
        case Kind::range_type:
            return "TYPE";
        case Kind::domain:
            return "DOMAIN";
        case Kind::collation:
            return "COLLATION";
        case Kind::conversion:
            return "CONVERSION";
        case Kind::function:
            return "FUNCTION";
        case Kind::procedure:
            return "PROCEDURE";
        case Kind::aggregate:
            return "AGGREGATE";
        case Kind::op:
            return "OPERATOR";
        case Kind::operator_family:
            return "OPERATOR FAMILY";
        case Kind::operator_class:
            return "OPERATOR CLASS";
        case Kind::cast:
            return "CAST";
        case Kind::transform:
            return "TRANSFORM";
        case Kind::text_search_parser:
            return "TEXT SEARCH PARSER";
        case Kind::text_search_template:
            return "TEXT SEARCH TEMPLATE";
        case Kind::text_search_dictionary:
            return "TEXT SEARCH DICTIONARY";
        case Kind::text_search_configuration:
            return "TEXT SEARCH CONFIGURATION";
        case Kind::foreign_data_wrapper:
            return "FOREIGN DATA WRAPPER";
        case Kind::foreign_server:
            return "SERVER";
        case Kind::user_mapping:
            return "USER MAPPING";
        case Kind::sequence:
            return "SEQUENCE";
        case Kind::table:
            return "TABLE";
        case Kind::foreign_table:
            return "FOREIGN TABLE";
        case Kind::view:
            return "VIEW";
        case Kind::materialized_view:
            return "MATERIALIZED VIEW";
        case Kind::column:
            return "COLUMN";
        case Kind::constraint:
            return "CONSTRAINT";
        case Kind::index:
            return "INDEX";
        case Kind::statistics:
            return "STATISTICS";
        case Kind::rule:
            return "RULE";
        case Kind::trigger:
            return "TRIGGER";
        case Kind::policy:
            return "POLICY";
        case Kind::event_trigger:
            return "EVENT TRIGGER";
        case Kind::publication:
            return "PUBLICATION";
        case Kind::subscription:
            return "SUBSCRIPTION";
    }
    return {};
}

std::string target(const Snapshot& snapshot, const Object& object) {
    switch (object.kind) {
        case Kind::column:
            return fmt::format("COLUMN {}.{}", parent_of(object), ident(object.name));
        case Kind::constraint: {
            const auto* const on = parent(snapshot, object);
            const bool domain = on && on->kind == Kind::domain;
            return fmt::format("CONSTRAINT {} ON {}{}", ident(object.name), domain ? "DOMAIN " : "", parent_of(object));
        }
        case Kind::rule:
        case Kind::trigger:
        case Kind::policy:
            return fmt::format("{} {} ON {}", keyword(object.kind), ident(object.name), parent_of(object));
        // Their names say what they are between, as SQL does.
        case Kind::cast:
            return fmt::format("CAST ({})", object.name);
        case Kind::transform:
            return fmt::format("TRANSFORM {}", object.name);
        case Kind::user_mapping: {
            // Its name has no quotes, but its CREATE has.
            const auto create = object.get(aspect::definition).substr(std::string_view{"CREATE "}.size());
            return std::string{create.substr(0, create.find(" OPTIONS ("))};
        }
        default:
            break;
    }
    return fmt::format("{} {}", keyword(object.kind), qualified(object));
}

std::string alter_parent(const Snapshot& snapshot, const Object& object) {
    const auto* const on = parent(snapshot, object);
    return fmt::format("{} {}", keyword(on ? on->kind : Kind::table), parent_of(object));
}

std::vector<std::string> lines(const std::string* value) {
    return value ? items(*value) : std::vector<std::string>{};
}

std::vector<Setting> settings(const std::string* value) {
    std::vector<Setting> result;
    for (const auto& line : lines(value)) {
        const auto at = line.find('=');
        result.push_back({line.substr(0, at), at == std::string::npos ? "" : line.substr(at + 1)});
    }
    return result;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    return fmt::format("{}", fmt::join(parts, separator));
}

}  // namespace drydock::catalog::ddl
