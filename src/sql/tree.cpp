#include "sql/tree.h"

#include <algorithm>
#include <array>
#include <string>

#include "sql/collector.h"
#include "sql/names.h"
#include "sql/parser.h"
#include "sql/statement.h"

namespace drydock::sql {
namespace {

constexpr std::array<std::string_view, 17> kKindNames{
    "table",
    "index",
    "view",
    "materialized view",
    "sequence",
    "type",
    "function",
    "procedure",
    "schema",
    "extension",
    "trigger",
    "policy",
    "constraint",
    "column",
    "role",
    "database",
    "other",
};
static_assert(kKindNames.size() == static_cast<std::size_t>(ObjectKind::other) + 1);

Analysis analyse_here(std::string_view statement) {
    Analysis analysis;
    Parsed parsed = parse(statement);
    analysis.parsed = parsed.tree != nullptr;
    analysis.problem = std::move(parsed.problem);
    if (analysis.parsed) Collector(analysis).walk(parsed.tree->base);
    return analysis;
}

void set_name(OutsideTarget& target, const PgQuery__RangeVar* range) {
    if (range == nullptr) return;
    target.schema = view(range->schemaname);
    target.name = view(range->relname);
}

void set_table(OutsideTarget& target, const PgQuery__RangeVar* range) {
    if (range == nullptr) return;
    target.table_schema = view(range->schemaname);
    target.table = view(range->relname);
}

OutsideTarget named(std::string_view verb, const char* name, bool if_exists = false) {
    OutsideTarget target;
    target.verb = verb;
    target.name = view(name);
    target.if_exists = if_exists;
    return target;
}

OutsideTarget create_index(const PgQuery__IndexStmt& statement) {
    OutsideTarget target = named("create index", statement.idxname, statement.if_not_exists);
    set_table(target, statement.relation);
    // An index is made in the schema of its table.
    target.schema = target.table_schema;
    return target;
}

OutsideTarget drop_index(const PgQuery__DropStmt& statement) {
    OutsideTarget target = named("drop index", nullptr, statement.missing_ok);
    if (statement.n_objects == 0 || statement.objects[0]->node_case != PG_QUERY__NODE__NODE_LIST) return target;
    const auto* list = statement.objects[0]->list;
    const QualifiedName name = qualified(items(list->n_items, list->items));
    target.schema = name.schema;
    target.name = name.name;
    return target;
}

OutsideTarget reindex(const PgQuery__ReindexStmt& statement) {
    if (statement.kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_INDEX) {
        OutsideTarget target = named("reindex index", nullptr);
        set_name(target, statement.relation);
        return target;
    }
    if (statement.kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_TABLE) {
        OutsideTarget target = named("reindex table", nullptr);
        set_table(target, statement.relation);
        return target;
    }
    return named("other", statement.name);
}

OutsideTarget detach(const PgQuery__AlterTableStmt& statement) {
    for (const auto* node : items(statement.n_cmds, statement.cmds)) {
        if (node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
        const PgQuery__AlterTableCmd& command = *node->alter_table_cmd;
        if (command.def == nullptr || command.def->node_case != PG_QUERY__NODE__NODE_PARTITION_CMD) continue;
        OutsideTarget target = named("detach", nullptr, statement.missing_ok);
        set_table(target, statement.relation);
        set_name(target, command.def->partition_cmd->name);
        return target;
    }
    return named("other", nullptr);
}

OutsideTarget vacuum(const PgQuery__VacuumStmt& statement) {
    OutsideTarget target = named("vacuum", nullptr);
    if (statement.n_rels > 0 && statement.rels[0]->node_case == PG_QUERY__NODE__NODE_VACUUM_RELATION) {
        set_table(target, statement.rels[0]->vacuum_relation->relation);
    }
    return target;
}

OutsideTarget add_enum_value(const PgQuery__AlterEnumStmt& statement) {
    const QualifiedName name = qualified(items(statement.n_type_name, statement.type_name));
    OutsideTarget target = named("add enum value", nullptr, statement.skip_if_new_val_exists);
    target.schema = name.schema;
    target.name = name.name;
    target.value = view(statement.new_val);
    return target;
}

OutsideTarget target_of(const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            return create_index(*node.index_stmt);
        case PG_QUERY__NODE__NODE_DROP_STMT:
            return drop_index(*node.drop_stmt);
        case PG_QUERY__NODE__NODE_REINDEX_STMT:
            return reindex(*node.reindex_stmt);
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            return detach(*node.alter_table_stmt);
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
            return vacuum(*node.vacuum_stmt);
        case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
            return add_enum_value(*node.alter_enum_stmt);
        case PG_QUERY__NODE__NODE_CREATEDB_STMT:
            return named("create database", node.createdb_stmt->dbname);
        case PG_QUERY__NODE__NODE_DROPDB_STMT:
            return named("drop database", node.dropdb_stmt->dbname, node.dropdb_stmt->missing_ok);
        case PG_QUERY__NODE__NODE_CREATE_TABLE_SPACE_STMT:
            return named("create tablespace", node.create_table_space_stmt->tablespacename);
        case PG_QUERY__NODE__NODE_DROP_TABLE_SPACE_STMT:
            return named(
                "drop tablespace", node.drop_table_space_stmt->tablespacename, node.drop_table_space_stmt->missing_ok
            );
        case PG_QUERY__NODE__NODE_CREATE_SUBSCRIPTION_STMT:
            return named("create subscription", node.create_subscription_stmt->subname);
        case PG_QUERY__NODE__NODE_DROP_SUBSCRIPTION_STMT:
            return named(
                "drop subscription", node.drop_subscription_stmt->subname, node.drop_subscription_stmt->missing_ok
            );
        case PG_QUERY__NODE__NODE_ALTER_SYSTEM_STMT:
            return named("alter system", nullptr);
        default:
            return named("other", nullptr);
    }
}

}  // namespace

std::string_view name(ObjectKind kind) {
    return kKindNames[static_cast<std::size_t>(kind)];
}

Analysis analyse(std::string_view statement) {
    return std::move(analyse(std::vector{statement}).front());
}

std::vector<Analysis> analyse(const std::vector<std::string_view>& statements) {
    std::vector<Analysis> found(statements.size());
    const std::string problem = on_big_stack([&statements, &found] {
        std::transform(statements.begin(), statements.end(), found.begin(), analyse_here);
    });
    if (problem.empty()) return found;
    for (auto& analysis : found) analysis.problem = problem;
    return found;
}

std::optional<OutsideTarget> outside_target(std::string_view statement) {
    const Kind kind = kind_of(statement);
    if (kind.shape != Shape::outside_only && kind.command != "ALTER TYPE") return std::nullopt;
    std::optional<OutsideTarget> target;
    if (kind.shape == Shape::outside_only) target = named("other", nullptr);
    on_big_stack([statement, &target] {
        const Parsed parsed = parse(statement);
        if (!parsed.tree || parsed.tree->n_stmts != 1 || parsed.tree->stmts[0]->stmt == nullptr) return;
        const PgQuery__Node& node = *parsed.tree->stmts[0]->stmt;
        const bool adds_value =
            node.node_case == PG_QUERY__NODE__NODE_ALTER_ENUM_STMT && view(node.alter_enum_stmt->old_val).empty();
        if (target || adds_value) target = target_of(node);
    });
    return target;
}

}  // namespace drydock::sql
