#include "sql/collector.h"

namespace drydock::sql {
namespace {

struct Meaning {
    ObjectKind kind;
    Use use;
};

// What the name within a subcommand of ALTER TABLE is, and what becomes of it.
std::optional<Meaning> meaning(PgQuery__AlterTableType type) {
    switch (type) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnGenericOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
            return Meaning{ObjectKind::column, Use::alters};
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
            return Meaning{ObjectKind::column, Use::drops};
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
            return Meaning{ObjectKind::constraint, Use::alters};
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
            return Meaning{ObjectKind::constraint, Use::drops};
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
            return Meaning{ObjectKind::trigger, Use::alters};
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
            return Meaning{ObjectKind::index, Use::reads};
        default:
            return std::nullopt;
    }
}

}  // namespace

void Collector::on(const PgQuery__AlterTableStmt& statement) {
    optional(statement.missing_ok);
    relation(statement.relation, kind_of(statement.objtype), Use::alters);
    for (const auto* node : items(statement.n_cmds, statement.cmds)) {
        if (node->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) command(statement, *node->alter_table_cmd);
    }
}

void Collector::command(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command) {
    optional(command.missing_ok);
    const auto known = meaning(command.subtype);
    if (known && !view(command.name).empty()) part(statement.relation, known->kind, known->use, view(command.name));
    role(command.newowner, Use::reads);
    if (command.def == nullptr) return;
    switch (command.def->node_case) {
        case PG_QUERY__NODE__NODE_COLUMN_DEF:
            if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn) {
                part(statement.relation, ObjectKind::column, Use::creates, view(command.def->column_def->colname));
            }
            one(command.def);
            break;
        case PG_QUERY__NODE__NODE_CONSTRAINT:
            constraint(statement, command);
            break;
        case PG_QUERY__NODE__NODE_PARTITION_CMD:
            relation(command.def->partition_cmd->name, kind_of(statement.objtype), Use::alters);
            if (command.def->partition_cmd->bound != nullptr) walk(command.def->partition_cmd->bound->base);
            break;
        default:
            one(command.def);
            break;
    }
}

void Collector::constraint(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command) {
    const PgQuery__Constraint& constraint = *command.def->constraint;
    const bool added = command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint;
    const std::string_view name = view(constraint.conname);
    if (!name.empty()) {
        part(statement.relation, ObjectKind::constraint, added ? Use::creates : Use::alters, name);
    }
    if (!view(constraint.indexname).empty() && statement.relation != nullptr) {
        add(ObjectKind::index, Use::alters, view(statement.relation->schemaname), view(constraint.indexname));
    }
    one(command.def);
}

}  // namespace drydock::sql
