#include <algorithm>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/proof.h"
#include "effects/query.h"
#include "effects/tree.h"
#include "sql/parser.h"

// ALTER TABLE where the catalog is known: what facts.cpp leaves open is decided.
namespace drydock::effects {

namespace {

using What = ObjectChange::What;
}  // namespace

// PostgreSQL takes the subcommands in passes, not in the order in which they stand.
int pass_of(const PgQuery__AlterTableCmd& command) {
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
            return 0;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            return 1;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            return 2;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
            return 3;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            return 4;
        default:
            return 5;
    }
}

std::vector<Id> TreeReader::targets(Id id, bool only) const {
    std::vector<Id> out{id};
    if (only) return out;
    for (const Id child : memory_.world->descendants(id)) out.push_back(child);
    return out;
}

bool TreeReader::alter_exact(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command) {
    const bool is_table = statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE ||
                          statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE;
    const Name name = name_of(statement.relation);
    const Relation* table = memory_.world->find(name.schema, name.name);
    if (table == nullptr) {
        if (statement.missing_ok != 0) effect_.no_op = true;
        return statement.missing_ok != 0;
    }
    const Id id = table->id;
    const bool only = statement.relation->inh == 0;
    if (statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX &&
        command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition) {
        attach_index_exact(id, name_of(command.def->partition_cmd->name));
        return true;
    }
    if (table->kind == RelationKind::index && command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace) {
        return alter_plain_exact(id, command);
    }
    if (!is_table || table->kind == RelationKind::view || table->kind == RelationKind::sequence) return false;
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
            drop_column_exact(id, command, only);
            return true;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            if (command.def == nullptr || command.def->column_def->type_name == nullptr) return false;
            change_type_exact(id, command.name, *command.def->column_def, only);
            return true;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull:
            set_not_null_exact(id, command.name, only);
            return true;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
            for (const Id target : targets(id, only)) {
                for (Column& column : memory_.world->edit(target).columns) {
                    if (column.name != command.name) continue;
                    if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull) {
                        column.not_null = false;
                    } else {
                        column.default_value = command.def == nullptr ? "" : sql::text_of(*command.def);
                    }
                }
            }
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            if (command.def == nullptr) return false;
            return add_constraint_exact(id, *command.def->constraint, {}, only);
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint:
            validate_exact(id, command.name, only);
            return true;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
            drop_constraint_exact(id, command, only);
            return true;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition:
            return attach_exact(id, command);
        default:
            return alter_plain_exact(id, command);
    }
}

// Subcommands of which only a part depends on the catalog.
bool TreeReader::alter_plain_exact(Id id, const PgQuery__AlterTableCmd& command) {
    const World& world = *memory_.world;
    const auto index_named = [&](std::string_view index) -> const Relation* {
        const Relation* found = world.find(world.at(id).schema, index);
        return found != nullptr && found->table == id ? found : nullptr;
    };
    const auto same = [&](Work work) {
        add({.work = work, .relation = {.schema = world.at(id).schema, .name = world.at(id).name}});
        return true;
    };
    switch (command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
            for (const Id child : world.descendants(id)) {
                const std::vector<std::string>& triggers = world.at(child).triggers;
                if (std::ranges::find(triggers, command.name) == triggers.end()) continue;
                exact_->touch(child, fact(Work::switch_trigger).lock, "the trigger of each partition is switched");
            }
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
            if (const Relation* index = index_named(command.name)) {
                exact_->touch(index->id, LockMode::share_update_exclusive, "named as the order to cluster by", true);
            }
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity:
            if (command.def == nullptr || command.def->node_case != PG_QUERY__NODE__NODE_REPLICA_IDENTITY_STMT)
                return false;
            if (const Relation* index = index_named(command.def->replica_identity_stmt->name)) {
                exact_->touch(index->id, LockMode::share, "named as the replica identity", true);
            }
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
            if (const Column* column = world.at(id).column(command.name)) {
                if (!column->not_null)
                    exact_->refuse("55000", fmt::format("column {} has to be NOT NULL first", column->name));
                if (!column->identity.empty())
                    exact_->refuse("55000", fmt::format("column {} is an identity already", column->name));
                if (!column->default_value.empty())
                    exact_->refuse("55000", fmt::format("column {} has a default already", column->name));
            }
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
            for (const Id sequence : std::vector<Id>{world.at(id).sequences}) {
                if (world.at(sequence).owner_column != command.name) continue;
                if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity) {
                    exact_->touch(sequence, LockMode::share_row_exclusive, "the sequence of the identity column");
                } else {
                    exact_->drop_relation(sequence, true, false);
                }
            }
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged: {
            const bool unlogged = command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged;
            if (world.at(id).unlogged == unlogged) return same(Work::set_exclusive_options);
            if (unlogged) refuse_unlogged(id);
            memory_.world->edit(id).unlogged = unlogged;
            return false;
        }
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace: {
            const std::string_view wanted = command.name;
            if (wanted == (world.at(id).tablespace.empty() ? "pg_default" : world.at(id).tablespace)) {
                return same(Work::set_exclusive_options);
            }
            add(
                {.work = Work::set_tablespace_moved,
                 .relation = {.schema = world.at(id).schema, .name = world.at(id).name}}
            );
            return true;
        }
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
            needs(since::kSetCompression);
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize:
            needs(since::kDetachConcurrently);
            return false;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod: {
            needs(since::kSetAccessMethod);
            const std::string_view wanted = command.name;
            const std::string& now = world.at(id).access_method;
            if (wanted == (now.empty() ? "heap" : now)) return same(Work::set_exclusive_options);
            return same(Work::set_access_method_changed);
        }
        default:
            return false;
    }
}

// SET UNLOGGED while a logged table has a foreign key to it.
void TreeReader::refuse_unlogged(Id id) {
    for (const Incoming& key : memory_.world->at(id).referenced_by) {
        if (key.table == id || memory_.world->at(key.table).unlogged) continue;
        exact_->refuse(
            "42P16",
            fmt::format(
                "the foreign key {} of {}, which is logged, leads to it",
                key.constraint,
                memory_.world->at(key.table).text()
            )
        );
    }
}

void TreeReader::drop_column_exact(Id id, const PgQuery__AlterTableCmd& command, bool only) {
    const World& world = *memory_.world;
    const bool cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    const std::string column = command.name;
    const Relation table = world.at(id);
    exact_->touch(id, LockMode::access_exclusive, fact(Work::drop_column).why, true);
    if (table.column(column) == nullptr && !table.open_ended) {
        if (command.missing_ok != 0) {
            effect_.no_op = true;
        } else {
            exact_->refuse("42703", fmt::format("{} has no column {}", table.text(), column));
        }
        return;
    }
    if (const Column* known = table.column(column); known != nullptr && known->inherited) {
        return exact_->refuse(
            "42P16", fmt::format("column {} of {} is inherited: it goes with that of the parent", column, table.text())
        );
    }
    for (const Column& other : table.columns) {
        if (other.generated.empty() || cascade || world.major() < kGeneratedColumnRefusesDrop) continue;
        if (!names_in_expression(other.default_value).columns.contains(column)) continue;
        return exact_->refuse(
            "2BP01", fmt::format("the generated column {} is computed from column {}", other.name, column)
        );
    }
    std::size_t end = 0;
    const std::vector<std::string> key = names_between_parentheses(table.partition_key, end);
    if (std::ranges::find(key, column) != key.end()) {
        return exact_->refuse(
            "42P16", fmt::format("column {} is part of the partition key of {}", column, table.text())
        );
    }
    for (const Id target : targets(id, only)) {
        const Relation& one = world.at(target);
        const Column* known = one.column(column);
        if (target != id) {
            if (known == nullptr || !known->inherited) continue;
            exact_->touch(target, LockMode::access_exclusive, "inherits the column");
        }
        exact_->drop_column(target, column, cascade);
    }
    if (table.has_rows() || table.partitioned) {
        if (!table.created_here) exact_->lose(fmt::format("column {}.{}.{}", table.schema, table.name, column));
    }
    exact_->change(
        {.what = What::dropped,
         .kind = catalog::Kind::column,
         .schema = table.schema,
         .parent = table.name,
         .name = column}
    );
}

void TreeReader::set_not_null_exact(Id id, std::string_view column, bool only) {
    if (memory_.world->at(id).column(column) == nullptr && !memory_.world->at(id).open_ended) {
        return exact_->refuse("42703", fmt::format("{} has no column {}", memory_.world->at(id).text(), column));
    }
    bool reads = false;
    for (const Id target : targets(id, only)) {
        const Relation& table = memory_.world->at(target);
        const Column* known = table.column(column);
        if (known == nullptr && !table.open_ended) continue;
        if (known != nullptr && known->not_null) {
            exact_->touch(target, LockMode::access_exclusive, "it is NOT NULL already", target == id);
            continue;
        }
        const bool proved = proves_not_null(table, column);
        exact_->touch(
            target,
            LockMode::access_exclusive,
            proved ? fmt::format("a validated CHECK proves that {} has no nulls", column)
                   : fmt::format("every row is read for nulls in {}", column),
            target == id
        );
        if (!proved) {
            exact_->verify(target, fmt::format("every row is read for nulls in {}", column));
            reads = reads || !table.partitioned;
        }
        for (Column& one : memory_.world->edit(target).columns) {
            if (one.name == column) one.not_null = true;
        }
    }
    if (!reads) return;
    const std::string table = memory_.world->at(id).text();
    exact_->may_fail(
        id,
        "23502",
        fmt::format("rows of {} in which {} is null", table, column),
        fmt::format("select 1 from {}{} where {} is null limit 1", only ? "only " : "", table, quoted(column))
    );
}

}  // namespace drydock::effects
