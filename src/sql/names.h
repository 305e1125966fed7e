#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <pg_query/pg_query.pb-c.h>

#include "sql/tree.h"

// Included by the files that read libpg_query's tree, by nothing else.
namespace drydock::sql {

// A repeated field as a range: items(statement.n_objects, statement.objects).
inline std::span<PgQuery__Node* const> items(std::size_t count, PgQuery__Node* const* nodes) {
    return {nodes, count};
}

inline std::string_view view(const char* text) {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

// schema.table.name, as far as given: of a list of strings, from its end.
struct QualifiedName {
    std::string_view schema;  // what stands before `name`
    std::string_view name;
    std::string_view outer;  // what stands before `schema`
};

inline QualifiedName qualified(std::span<PgQuery__Node* const> nodes) {
    std::vector<std::string_view> parts;
    for (const auto* node : nodes) {
        if (node->node_case == PG_QUERY__NODE__NODE_STRING) parts.push_back(view(node->string->sval));
    }
    QualifiedName result;
    const std::size_t count = parts.size();
    if (count > 0) result.name = parts[count - 1];
    if (count > 1) result.schema = parts[count - 2];
    if (count > 2) result.outer = parts[count - 3];
    return result;
}

inline ObjectKind kind_of(PgQuery__ObjectType type) {
    switch (type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
            return ObjectKind::table;
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            return ObjectKind::view;
        case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
            return ObjectKind::materialized_view;
        case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
            return ObjectKind::index;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            return ObjectKind::sequence;
        case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
            return ObjectKind::type;
        case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
        case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
            return ObjectKind::function;
        case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
            return ObjectKind::procedure;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
            return ObjectKind::schema;
        case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
            return ObjectKind::extension;
        case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
            return ObjectKind::trigger;
        case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
            return ObjectKind::policy;
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
        case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT:
            return ObjectKind::constraint;
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
        case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
            return ObjectKind::column;
        case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE:
            return ObjectKind::role;
        case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
            return ObjectKind::database;
        default:
            return ObjectKind::other;
    }
}

}  // namespace drydock::sql
