#include <algorithm>
#include <array>

#include <pg_query/pg_query.pb-c.h>

#include "base/text.h"
#include "effects/tree.h"

namespace drydock::effects {

namespace {

// Subcommands of which only the kind matters; the others are read below.
struct Plain {
    PgQuery__AlterTableType type;
    Work work;
};
constexpr std::array kPlain = {
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault, Work::set_default},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull, Work::drop_not_null},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull, Work::set_not_null},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression, Work::drop_expression},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics, Work::set_statistics},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions, Work::set_column_options},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions, Work::set_column_options},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage, Work::set_storage},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression, Work::set_compression},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn, Work::drop_column},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint, Work::validate_constraint},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint, Work::drop_constraint},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner, Work::change_owner},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn, Work::cluster_mark},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster, Work::cluster_mark},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged, Work::set_persistence},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged, Work::set_persistence},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod, Work::set_access_method},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace, Work::set_tablespace},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser, Work::switch_trigger},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRule, Work::switch_rule},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysRule, Work::switch_rule},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaRule, Work::switch_rule},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRule, Work::switch_rule},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_AddOf, Work::of_type},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DropOf, Work::of_type},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity, Work::replica_identity},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity, Work::row_security},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity, Work::row_security},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity, Work::row_security},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity, Work::row_security},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity, Work::add_identity},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity, Work::set_identity},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity, Work::drop_identity},
    Plain{PG_QUERY__ALTER_TABLE_TYPE__AT_AlterConstraint, Work::alter_constraint},
};

// Options that SHARE UPDATE EXCLUSIVE is enough for; any other needs ACCESS EXCLUSIVE.
constexpr auto kWeakOptions = std::to_array<std::string_view>({
    "deduplicate_items",
    "fillfactor",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "vacuum_index_cleanup",
    "vacuum_max_eager_freeze_failure_rate",
    "vacuum_truncate",
});

bool all_weak(const PgQuery__Node* list) {
    if (list == nullptr || list->node_case != PG_QUERY__NODE__NODE_LIST) return false;
    for (std::size_t i = 0; i < list->list->n_items; ++i) {
        const PgQuery__Node* item = list->list->items[i];
        if (item->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) return false;
        const std::string_view option = item->def_elem->defname;
        if (!option.starts_with("autovacuum_") && !std::ranges::binary_search(kWeakOptions, option)) return false;
    }
    return true;
}

const PgQuery__RangeVar* relation_in(const PgQuery__Node* node) {
    if (node == nullptr) return nullptr;
    if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) return node->range_var;
    return node->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD ? node->partition_cmd->name : nullptr;
}

Work work_with_partner(const PgQuery__AlterTableCmd& command) {
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
            return Work::inherit;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit:
            return Work::no_inherit;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
            return Work::attach_partition;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize:
            return Work::detach_finalize;
        default:
            return command.def->partition_cmd->concurrent != 0 ? Work::detach_concurrently : Work::detach_partition;
    }
}

// USING that names a column, perhaps cast: no more than a change of type by itself would do.
bool computes(const PgQuery__Node* expression) {
    while (expression != nullptr && expression->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
        expression = expression->type_cast->arg;
    }
    return expression != nullptr && expression->node_case != PG_QUERY__NODE__NODE_COLUMN_REF;
}

}  // namespace

void TreeReader::alter_table(const PgQuery__AlterTableStmt& statement) {
    if (statement.relation == nullptr) return;
    std::vector<const PgQuery__AlterTableCmd*> commands;
    for (std::size_t i = 0; i < statement.n_cmds; ++i) {
        if (statement.cmds[i]->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
        commands.push_back(statement.cmds[i]->alter_table_cmd);
    }
    if (exact_) {
        std::ranges::stable_sort(commands, {}, [](const PgQuery__AlterTableCmd* one) { return pass_of(*one); });
    }
    for (const PgQuery__AlterTableCmd* command : commands) alter_command(statement, *command);
}

void TreeReader::alter_command(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command) {
    const Name table = name_of(statement.relation);
    const PgQuery__Node* definition = command.def;
    if (exact_ && alter_exact(statement, command)) return;
    if (command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE && !exact_) add({.work = Work::cascade});
    if (alter_other_kind(statement, command)) return;
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            if (definition != nullptr && !(exact_ && add_column_exact(statement, command))) {
                unless_there_ = command.missing_ok != 0;
                add_column(table, *definition->column_def);
                unless_there_ = false;
            }
            return;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            if (definition != nullptr) change_type(table, command.name, *definition->column_def);
            return;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            if (definition != nullptr) add_constraint(table, *definition->constraint);
            return;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplaceRelOptions:
            return add(
                {.work = all_weak(definition) ? Work::set_options : Work::set_exclusive_options, .relation = table}
            );
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize:
            return add(
                {.work = work_with_partner(command), .relation = table, .partner = name_of(relation_in(definition))}
            );
        default:
            break;
    }
    const auto plain = std::ranges::find(kPlain, command.subtype, &Plain::type);
    const Work work = plain == kPlain.end() ? Work::set_exclusive_options : plain->work;
    std::string subject = command.name;
    if (work == Work::alter_constraint && definition != nullptr) subject = definition->constraint->conname;
    Name partner;
    if (work == Work::validate_constraint || work == Work::drop_constraint)
        partner = memory_.referenced_by(table, subject);
    add(
        {.work = work,
         .relation = table,
         .partner = std::move(partner),
         .subject = std::move(subject),
         .only = statement.relation->inh == 0}
    );
}

// ALTER TABLE's subcommands on what is not a table.
bool TreeReader::alter_other_kind(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command) {
    const Name relation = name_of(statement.relation);
    switch (statement.objtype) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
            alter_index_command(relation, command);
            return true;
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            add({.work = Work::alter_view, .relation = relation});
            return true;
        case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
            add({.work = Work::alter_foreign_table, .relation = relation});
            return true;
        case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE: {
            const bool drops = command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn;
            add(
                {.work = drops ? Work::drop_attribute : Work::alter_composite,
                 .relation = relation,
                 .subject = command.name}
            );
            return true;
        }
        default:
            return false;
    }
}

void TreeReader::alter_index_command(const Name& index, const PgQuery__AlterTableCmd& command) {
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace:
            return add({.work = Work::set_index_tablespace, .relation = index});
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
            return add({.work = Work::attach_index, .relation = index, .partner = name_of(relation_in(command.def))});
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
            return add(
                {.work = all_weak(command.def) ? Work::set_options : Work::set_exclusive_options, .relation = index}
            );
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
            return add({.work = Work::set_options, .relation = index});
        default:
            return add({.work = Work::set_exclusive_options, .relation = index});
    }
}

void TreeReader::change_type(const Name& table, std::string_view column, const PgQuery__ColumnDef& definition) {
    if (computes(definition.raw_default)) {
        return add({.work = Work::change_type_using, .relation = table, .subject = std::string{column}});
    }
    if (definition.type_name == nullptr) return;
    const PgQuery__TypeName& type = *definition.type_name;
    const Name name = name_of(type.names, type.n_names);
    const bool foreign = !name.schema.empty() && name.schema != "pg_catalog";
    const TypeChange change =
        foreign ? change_to("", false, false) : change_to(name.name, type.n_typmods > 0, type.n_array_bounds > 0);
    add(
        {.work = change.rewrites == Certainty::yes ? Work::change_type : Work::change_type_perhaps,
         .relation = table,
         .subject = std::string{column},
         .detail = std::string{change.why}}
    );
}

void TreeReader::add_constraint(const Name& table, const PgQuery__Constraint& constraint) {
    const bool with_index = *constraint.indexname != '\0';
    const bool checked = constraint.skip_validation == 0;
    Step step{.work = Work::add_check, .relation = table, .subject = constraint.conname};
    switch (constraint.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
            step.work = checked ? Work::add_check : Work::add_check_not_valid;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
            step.work = checked ? Work::add_foreign_key : Work::add_foreign_key_not_valid;
            step.partner = name_of(constraint.pktable);
            memory_.add_foreign_key(table, constraint.conname, step.partner);
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            step.work = with_index ? Work::unique_using_index : Work::add_unique;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            step.work = with_index ? Work::primary_key_using_index : Work::add_primary_key;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
            step.work = Work::add_exclusion;
            break;
        default:
            return;
    }
    add(std::move(step));
}

}  // namespace drydock::effects
