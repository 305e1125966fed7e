#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pg_query/pg_query.pb-c.h>

#include "base/text.h"
#include "effects/names.h"
#include "effects/proof.h"
#include "effects/query.h"
#include "effects/tree.h"
#include "sql/parser.h"

// ALTER TABLE where the catalog is known: what facts.cpp leaves open is decided.
namespace drydock::effects {

namespace {

using What = ObjectChange::What;

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + quoted(name);
    return text;
}

std::string each(const std::vector<std::string>& names, std::string_view test, std::string_view joined) {
    std::string text;
    for (const std::string& name : names) {
        if (!text.empty()) text += joined;
        text += quoted(name);
        text += test;
    }
    return text;
}

std::vector<std::string> strings(PgQuery__Node* const* nodes, std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.emplace_back(string_of(nodes[i]));
    return out;
}

}  // namespace

// "FOR VALUES …" as the catalog would say it, as far as the proof reads it.
std::string bound_text(const PgQuery__PartitionBoundSpec& bound) {
    if (bound.is_default != 0) return "DEFAULT";
    const auto list = [](PgQuery__Node* const* nodes, std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) text += ", ";
            // MINVALUE and MAXVALUE are columns to the grammar.
            const PgQuery__Node* node = nodes[i];
            std::string value = sql::text_of(*node);
            if (to_lower(value) == "minvalue") value = "MINVALUE";
            if (to_lower(value) == "maxvalue") value = "MAXVALUE";
            text += value;
        }
        return text;
    };
    if (bound.n_lowerdatums > 0) {
        return fmt::format(
            "FOR VALUES FROM ({}) TO ({})",
            list(bound.lowerdatums, bound.n_lowerdatums),
            list(bound.upperdatums, bound.n_upperdatums)
        );
    }
    if (bound.n_listdatums > 0) return fmt::format("FOR VALUES IN ({})", list(bound.listdatums, bound.n_listdatums));
    return fmt::format("FOR VALUES WITH (modulus {}, remainder {})", bound.modulus, bound.remainder);
}

std::string partition_key_text(const PgQuery__PartitionSpec& spec) {
    std::string text;
    for (std::size_t i = 0; i < spec.n_part_params; ++i) {
        if (spec.part_params[i]->node_case != PG_QUERY__NODE__NODE_PARTITION_ELEM) continue;
        const PgQuery__PartitionElem& part = *spec.part_params[i]->partition_elem;
        text += (text.empty() ? "" : ", ") +
                (part.expr == nullptr ? quoted(part.name) : "(" + sql::text_of(*part.expr) + ")");
    }
    const std::string_view strategy = spec.strategy;
    const bool range = strategy == "range" || strategy == "r";
    const bool list = strategy == "list" || strategy == "l";
    return fmt::format("{} ({})", range ? "RANGE" : list ? "LIST" : "HASH", text);
}

std::string index_text(const std::vector<std::string>& columns) {
    return fmt::format("CREATE UNIQUE INDEX i ON t ({})", listed(columns));
}

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

Constraint TreeReader::constraint_from(Id id, const PgQuery__Constraint& given, const std::string& column) const {
    const World& world = *memory_.world;
    using Sort = Constraint::Type;
    Constraint out{.name = given.conname, .not_valid = given.skip_validation != 0};
    out.columns = given.contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN ? strings(given.fk_attrs, given.n_fk_attrs)
                                                                         : strings(given.keys, given.n_keys);
    if (out.columns.empty() && !column.empty()) out.columns.push_back(column);
    std::string_view suffix;
    switch (given.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: {
            out.type = Sort::foreign_key;
            suffix = "fkey";
            const Name to = name_of(given.pktable);
            const Relation* partner = world.find(to.schema, to.name);
            if (partner == nullptr) break;
            out.references = partner->id;
            out.referenced = strings(given.pk_attrs, given.n_pk_attrs);
            if (const Constraint* key = partner->primary_key(); out.referenced.empty() && key != nullptr) {
                out.referenced = key->columns;
            }
            break;
        }
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            out.type = Sort::unique;
            suffix = "key";
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            out.type = Sort::primary_key;
            suffix = "pkey";
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
            out.type = Sort::exclude;
            suffix = "excl";
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
            out.type = Sort::not_null;
            suffix = "not_null";
            break;
        default:
            out.type = Sort::check;
            suffix = "check";
            if (given.raw_expr != nullptr) {
                const QueryNames names = names_in(&given.raw_expr->base);
                out.columns.assign(names.columns.begin(), names.columns.end());
                out.definition = "CHECK (" + sql::text_of(*given.raw_expr) + ")";
            }
    }
    if (out.name.empty()) {
        const bool with_columns = out.type != Sort::primary_key && (out.type != Sort::check || out.columns.size() == 1);
        const std::string parts = with_columns ? fmt::format("{}", fmt::join(out.columns, "_")) : std::string{};
        out.name = memory_.world->free_name(world.at(id), parts, suffix);
    }
    return out;
}

bool TreeReader::add_constraint_exact(Id id, const PgQuery__Constraint& given, const std::string& column, bool only) {
    using Sort = Constraint::Type;
    if (given.nulls_not_distinct != 0) needs(since::kNullsNotDistinct);
    Constraint constraint = constraint_from(id, given, column);
    const Relation& table = memory_.world->at(id);
    if (table.constraint(constraint.name) != nullptr) {
        exact_->refuse("42710", fmt::format("{} has a constraint {} already", table.text(), constraint.name));
        return true;
    }
    if (*given.indexname != '\0') {
        take_over_index(id, std::move(constraint), given);
        return true;
    }
    switch (constraint.type) {
        case Sort::check:
            add_check_exact(id, std::move(constraint), given, only);
            return true;
        case Sort::foreign_key:
            if (constraint.references == kNoId) return false;
            add_key_exact(id, std::move(constraint));
            return true;
        case Sort::not_null:
            add_not_null_exact(id, std::move(constraint), only);
            return true;
        case Sort::unique:
        case Sort::primary_key:
        case Sort::exclude:
            add_index_exact(id, std::move(constraint), given);
            return true;
        default:
            return false;
    }
}

void TreeReader::remember(Id id, Constraint constraint) {
    const Relation& table = memory_.world->at(id);
    exact_->change(
        {.what = What::created,
         .kind = catalog::Kind::constraint,
         .schema = table.schema,
         .parent = table.name,
         .name = constraint.name}
    );
    if (constraint.references != kNoId) {
        memory_.world->edit(constraint.references).referenced_by.push_back({id, constraint.name});
    }
    memory_.world->edit(id).constraints.push_back(std::move(constraint));
}

// Of columns that the same statement adds, so that nothing can be asked before it has run.
bool TreeReader::speaks_of_new(const std::vector<std::string>& columns) const {
    return std::ranges::any_of(columns, [&](const std::string& column) {
        return std::ranges::find(new_columns_, column) != new_columns_.end();
    });
}

void TreeReader::add_check_exact(Id id, Constraint constraint, const PgQuery__Constraint& given, bool only) {
    const bool own = given.is_no_inherit != 0;
    if (only && !own && !memory_.world->at(id).children.empty()) {
        exact_->refuse("42P16", "the constraint must be added to child tables too");
    }
    const Fact& known = fact(constraint.not_valid ? Work::add_check_not_valid : Work::add_check);
    for (const Id target : targets(id, only || own)) {
        exact_->touch(target, known.lock, known.why, target == id);
        if (!constraint.not_valid) exact_->verify(target, known.why);
    }
    if (!constraint.not_valid) {
        const std::string table = memory_.world->at(id).text();
        const std::string expression = given.raw_expr == nullptr ? "" : sql::text_of(*given.raw_expr);
        exact_->may_fail(
            id,
            "23514",
            fmt::format("rows of {} for which ({}) is false", table, expression),
            expression.empty() || speaks_of_new(constraint.columns)
                ? ""
                : fmt::format("select 1 from {} where not ({}) limit 1", table, expression)
        );
    }
    for (const Id target : targets(id, only || own)) {
        Constraint one = constraint;
        one.inherited = target != id;
        remember(target, std::move(one));
    }
}

// ADD CONSTRAINT … NOT NULL, 18 and later.
void TreeReader::add_not_null_exact(Id id, Constraint constraint, bool only) {
    if (!constraint.not_valid && !constraint.columns.empty())
        return set_not_null_exact(id, constraint.columns.front(), only);
    for (const Id target : targets(id, only)) {
        exact_->touch(target, LockMode::access_exclusive, fact(Work::add_check_not_valid).why, target == id);
    }
    remember(id, std::move(constraint));
}

void TreeReader::add_key_exact(Id id, Constraint key, bool checked) {
    checked = checked && !key.not_valid;
    const World& world = *memory_.world;
    if (key.not_valid && world.at(id).partitioned && world.major() < kNotValidKeyOfPartitioned) {
        return exact_->refuse(
            "42809",
            fmt::format(
                "{} is partitioned: before PostgreSQL 18 its foreign keys can't be NOT VALID", world.at(id).text()
            )
        );
    }
    const Fact& known = fact(!checked ? Work::add_foreign_key_not_valid : Work::add_foreign_key);
    const Relation& partner = world.at(key.references);
    if (!partner.open_ended && !exact_->is_unique(partner, key.referenced)) {
        return exact_->refuse("42830", fmt::format("{} has no unique constraint on the columns", partner.text()));
    }
    const auto fill = [&](std::string_view text) { return filled(text, world.at(id).text(), partner.text(), {}); };
    for (const Id target : targets(id, !world.at(id).partitioned)) {
        exact_->touch(target, known.lock, fill(known.why), target == id);
        if (checked) exact_->scan(target, Certainty::yes, fill(known.why));
    }
    exact_->touch(key.references, known.partner_lock, fill(known.partner_why), true);
    for (const Id part : exact_->below(key.references, Descent::partitions)) {
        exact_->touch(part, known.partner_lock, fill(known.partner_why));
    }
    if (checked) {
        for (const Id target : targets(id, !world.at(id).partitioned)) exact_->check_key(target, key.references);
        const std::string table = world.at(id).text();
        std::string matches;
        for (std::size_t i = 0; i < key.columns.size() && i < key.referenced.size(); ++i) {
            if (i > 0) matches += " and ";
            matches += fmt::format("p.{} = f.{}", quoted(key.referenced[i]), quoted(key.columns[i]));
        }
        std::vector<std::string> own;
        for (const std::string& column : key.columns) own.push_back("f." + quoted(column) + " is not null");
        exact_->may_fail(
            id,
            "23503",
            fmt::format("rows of {} whose ({}) is not in {}", table, listed(key.columns), partner.text()),
            fmt::format(
                "select 1 from {} f where {} and not exists (select from {} p where {}) limit 1",
                table,
                fmt::join(own, " and "),
                partner.text(),
                matches
            )
        );
    }
    for (const Id target : targets(id, !world.at(id).partitioned)) {
        Constraint one = key;
        one.inherited = target != id;
        remember(target, std::move(one));
    }
}

// UNIQUE, PRIMARY KEY and EXCLUDE, each with an index of its own.
void TreeReader::add_index_exact(Id id, Constraint constraint, const PgQuery__Constraint& given) {
    using Sort = Constraint::Type;
    const bool primary = constraint.type == Sort::primary_key;
    const Work work = primary                            ? Work::add_primary_key
                      : constraint.type == Sort::exclude ? Work::add_exclusion
                                                         : Work::add_unique;
    const Fact& known = fact(work);
    const Relation root = memory_.world->at(id);
    if (primary && root.primary_key() != nullptr) {
        return exact_->refuse("42P16", fmt::format("{} has a primary key already", root.text()));
    }
    std::size_t end = 0;
    for (const std::string& part : names_between_parentheses(root.partition_key, end)) {
        if (std::ranges::find(constraint.columns, part) != constraint.columns.end()) continue;
        return exact_->refuse(
            "0A000", fmt::format("a unique constraint of {} has to include the partition key {}", root.text(), part)
        );
    }
    const LockMode of_part = memory_.world->major() >= kUniqueLocksPartitions ? known.lock : LockMode::share;
    bool nullable = false;
    for (const Id target : targets(id, !root.partitioned)) {
        const Relation& table = memory_.world->at(target);
        // A partition gets its part of the index as by CREATE INDEX.
        exact_->touch(target, target == id ? known.lock : of_part, known.why, target == id);
        exact_->scan(target, Certainty::yes, known.why);
        if (constraint.type == Sort::exclude) exact_->scan(target, Certainty::yes, known.why);
        for (const std::string& column : constraint.columns) {
            if (!primary || proves_not_null(table, column)) continue;
            nullable = true;
            exact_->touch(target, known.lock, {});
            exact_->verify(target, "nulls are looked for");
        }
    }
    const std::string table = root.text();
    const std::string columns = listed(constraint.columns);
    if (nullable) {
        const std::string nulls = each(constraint.columns, " is null", " or ");
        exact_->may_fail(
            id,
            "23502",
            fmt::format("rows of {} in which {}", table, nulls),
            fmt::format("select 1 from {} where {} limit 1", table, nulls)
        );
    }
    if (constraint.type == Sort::exclude) {
        exact_->may_fail(id, "23P01", fmt::format("rows of {} that exclude each other", table), {});
    } else if (given.nulls_not_distinct != 0) {
        exact_->may_fail(
            id,
            "23505",
            fmt::format("rows of {} with the same ({})", table, columns),
            fmt::format("select 1 from {} group by {} having count(*) > 1 limit 1", table, columns)
        );
    } else {
        exact_->may_fail(
            id,
            "23505",
            fmt::format("rows of {} with the same ({})", table, columns),
            fmt::format(
                "select 1 from {} where {} group by {} having count(*) > 1 limit 1",
                table,
                each(constraint.columns, " is not null", " and "),
                columns
            )
        );
    }
    for (const Id target : targets(id, !root.partitioned)) {
        Constraint one = constraint;
        one.inherited = target != id;
        if (target != id)
            one.name = memory_.world->free_name(
                memory_.world->at(target),
                primary ? "" : fmt::format("{}", fmt::join(one.columns, "_")),
                primary ? "pkey" : "key"
            );
        one.index = memory_.world->add(
            {.kind = RelationKind::index,
             .schema = root.schema,
             .name = one.name,
             .table = target,
             .definition = index_text(constraint.columns),
             .unique = true,
             .backs = one.name}
        );
        exact_->changed(What::created, memory_.world->at(one.index));
        if (primary) {
            for (Column& column : memory_.world->edit(target).columns) {
                if (std::ranges::find(one.columns, column.name) != one.columns.end()) column.not_null = true;
            }
        }
        remember(target, std::move(one));
    }
}

void TreeReader::take_over_index(Id id, Constraint constraint, const PgQuery__Constraint& given) {
    const World& world = *memory_.world;
    const bool primary = constraint.type == Constraint::Type::primary_key;
    const Fact& known = fact(primary ? Work::primary_key_using_index : Work::unique_using_index);
    const Relation table = world.at(id);
    exact_->touch(id, known.lock, "takes over a finished index: only the catalog changes", true);
    const Relation* index = world.find(table.schema, given.indexname);
    if (table.partitioned) return exact_->refuse("0A000", "USING INDEX is not for partitioned tables");
    if (index == nullptr || index->table != id) {
        return exact_->refuse("42704", fmt::format("{} has no index {}", table.text(), given.indexname));
    }
    const IndexShape shape = shape_of(*index);
    if (!index->unique || shape.partial || shape.expressions) {
        return exact_->refuse("42809", fmt::format("{} is not a unique index of plain columns", index->text()));
    }
    if (index->invalid) return exact_->refuse("55000", fmt::format("{} is invalid", index->text()));
    const bool renamed = *given.conname != '\0' && constraint.name != index->name;
    if (*given.conname == '\0') constraint.name = index->name;
    exact_->touch(
        index->id,
        renamed ? LockMode::share_update_exclusive : LockMode::access_share,
        renamed ? "gets the constraint's name" : "becomes the constraint's",
        true
    );
    constraint.columns.clear();
    for (const IndexShape::Key& key : shape.keys) constraint.columns.push_back(key.column);
    bool nullable = false;
    for (const std::string& column : constraint.columns) {
        if (!primary || proves_not_null(table, column)) continue;
        nullable = true;
        exact_->verify(id, fmt::format("{} is nullable: every row is read for nulls", column));
    }
    if (nullable) {
        const std::string nulls = each(constraint.columns, " is null", " or ");
        exact_->may_fail(
            id,
            "23502",
            fmt::format("rows of {} in which {}", table.text(), nulls),
            fmt::format("select 1 from {} where {} limit 1", table.text(), nulls)
        );
    }
    const Id taken = index->id;
    if (renamed) memory_.world->rename(taken, table.schema, constraint.name);
    memory_.world->edit(taken).backs = constraint.name;
    constraint.index = taken;
    remember(id, std::move(constraint));
}

void TreeReader::validate_exact(Id id, std::string_view name, bool only) {
    const World& world = *memory_.world;
    const Fact& known = fact(Work::validate_constraint);
    const Constraint* found = world.at(id).constraint(name);
    exact_->touch(id, known.lock, "every row is tested while reads and writes go on", true);
    if (found == nullptr) {
        return exact_->refuse("42704", fmt::format("{} has no constraint {}", world.at(id).text(), name));
    }
    if (!found->not_valid) {
        effect_.no_op = true;
        return;
    }
    const Constraint constraint = *found;
    const bool key = constraint.type == Constraint::Type::foreign_key;
    for (const Id target : targets(id, only || (key && !world.at(id).partitioned))) {
        exact_->touch(target, known.lock, known.why, target == id);
        exact_->verify(target, known.why);
        for (Constraint& one : memory_.world->edit(target).constraints) {
            if (one.name == name) one.not_valid = false;
        }
    }
    const std::string table = world.at(id).text();
    if (key && constraint.references != kNoId) {
        exact_->touch(
            constraint.references, LockMode::row_share, fmt::format("the foreign key {} is checked against it", name)
        );
        for (const Id target : targets(id, !world.at(id).partitioned)) exact_->check_key(target, constraint.references);
        std::string matches;
        for (std::size_t i = 0; i < constraint.columns.size() && i < constraint.referenced.size(); ++i) {
            matches += fmt::format(
                "{}p.{} = f.{}", i > 0 ? " and " : "", quoted(constraint.referenced[i]), quoted(constraint.columns[i])
            );
        }
        std::vector<std::string> own;
        for (const std::string& column : constraint.columns) own.push_back("f." + quoted(column) + " is not null");
        exact_->may_fail(
            id,
            "23503",
            fmt::format(
                "rows of {} whose ({}) is not in {}",
                table,
                listed(constraint.columns),
                world.at(constraint.references).text()
            ),
            fmt::format(
                "select 1 from {} f where {} and not exists (select from {} p where {}) limit 1",
                table,
                fmt::join(own, " and "),
                world.at(constraint.references).text(),
                matches
            )
        );
        return;
    }
    std::string_view expression = constraint.definition;
    if (expression.starts_with("CHECK ")) expression.remove_prefix(6);
    exact_->may_fail(
        id,
        "23514",
        fmt::format("rows of {} for which {} is false", table, expression),
        fmt::format("select 1 from {} where not {} limit 1", table, expression)
    );
}

void TreeReader::drop_constraint_exact(Id id, const PgQuery__AlterTableCmd& command, bool only) {
    const World& world = *memory_.world;
    const std::string name = command.name;
    const bool cascade = command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    const Constraint* found = world.at(id).constraint(name);
    exact_->touch(id, LockMode::access_exclusive, fact(Work::drop_constraint).why, true);
    if (found == nullptr) {
        if (command.missing_ok != 0) {
            effect_.no_op = true;
        } else {
            exact_->refuse("42704", fmt::format("{} has no constraint {}", world.at(id).text(), name));
        }
        return;
    }
    if (found->inherited) {
        return exact_->refuse(
            "42P16", fmt::format("{} is inherited: it can only be dropped with that of the parent", name)
        );
    }
    const Constraint constraint = *found;
    for (const Id target : targets(id, only)) {
        if (target != id) {
            const bool has_it = std::ranges::any_of(world.at(target).constraints, [&](const Constraint& one) {
                return one.inherited && one.type == constraint.type && one.columns == constraint.columns;
            });
            if (!has_it) continue;
            exact_->touch(target, LockMode::access_exclusive, "inherits the constraint");
        }
        const Relation table = world.at(target);
        for (const Constraint& one : table.constraints) {
            const bool is_it = target == id
                                   ? one.name == name
                                   : one.inherited && one.type == constraint.type && one.columns == constraint.columns;
            if (is_it) exact_->drop_constraint(target, one.name, cascade);
        }
    }
}

bool TreeReader::attach_exact(Id id, const PgQuery__AlterTableCmd& command) {
    const World& world = *memory_.world;
    const PgQuery__PartitionCmd& given = *command.def->partition_cmd;
    const Name name = name_of(given.name);
    const Relation* found = world.find(name.schema, name.name);
    if (found == nullptr) return false;
    const Id part = found->id;
    const Relation parent = world.at(id);
    if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition) {
        if (given.concurrent != 0) {
            needs(since::kDetachConcurrently);
            const bool has_default =
                std::ranges::any_of(parent.children, [&](Id child) { return world.at(child).is_default; });
            if (has_default)
                exact_->refuse(
                    "55000",
                    fmt::format("{} has a default partition: DETACH … CONCURRENTLY is not for it", parent.text())
                );
            effect_.outside = true;
            return false;
        }
        exact_->touch(id, LockMode::access_exclusive, fact(Work::detach_partition).why, true);
        exact_->touch(part, LockMode::access_exclusive, fact(Work::detach_partition).partner_why, true);
        for (const Id child : parent.children) {
            if (child != part && world.at(child).is_default)
                exact_->touch(child, LockMode::access_exclusive, "the default partition takes over the bounds");
        }
        for (const Constraint& key : world.at(part).constraints) {
            if (key.references == kNoId || !key.inherited) continue;
            exact_->touch(
                key.references,
                LockMode::share_row_exclusive,
                fmt::format("the foreign key {} becomes the partition's own", key.name)
            );
        }
        std::erase(memory_.world->edit(id).children, part);
        Relation& gone = memory_.world->edit(part);
        std::erase(gone.parents, id);
        gone.partition_bound.clear();
        gone.is_default = false;
        return true;
    }
    const std::string bound = given.bound == nullptr ? std::string{} : bound_text(*given.bound);
    const Relation table = *found;
    const auto is_default = [&](Id child) { return world.at(child).is_default; };
    if (bound == "DEFAULT" && std::ranges::any_of(parent.children, is_default)) {
        exact_->refuse("42P17", fmt::format("{} has a default partition already", parent.text()));
        return true;
    }
    exact_->touch(id, LockMode::share_update_exclusive, fact(Work::attach_partition).why, true);
    exact_->touch(part, LockMode::access_exclusive, fact(Work::attach_partition).partner_why, true);
    std::vector<Id> rows{part};
    for (const Id child : world.descendants(part)) {
        rows.push_back(child);
        exact_->touch(child, LockMode::access_exclusive, "a part of the new partition");
    }
    Certainty proved = proves_bound(table, parent.partition_key, bound);
    if (bound == "DEFAULT" && parent.children.empty()) proved = Certainty::yes;
    if (proved != Certainty::yes) {
        const std::string why = "every row is tested against the bounds: no validated CHECK implies them";
        for (const Id one : rows) exact_->scan(one, proved == Certainty::no ? Certainty::yes : Certainty::maybe, why);
        exact_->may_fail(part, "23514", fmt::format("rows of {} outside of the bounds", table.text()), {});
    }
    read_default_partition(parent, part);
    for (const Id index : parent.indexes) attach_copy_of(index, part);
    memory_.world->edit(id).children.push_back(part);
    Relation& added = memory_.world->edit(part);
    added.parents.push_back(id);
    added.partition_bound = bound;
    added.is_default = bound == "DEFAULT";
    return true;
}

// A new partition takes its rows out of the bounds of the default one, which is read to see that it has none of them.
void TreeReader::read_default_partition(const Relation& parent, Id added) {
    const World& world = *memory_.world;
    for (const Id child : parent.children) {
        if (child == added || !world.at(child).is_default) continue;
        const std::string why = "the default partition is read for rows that belong into the new one";
        exact_->touch(child, LockMode::access_exclusive, why);
        exact_->scan(child, Certainty::yes, why);
        for (const Id deeper : world.descendants(child)) {
            exact_->touch(deeper, LockMode::access_exclusive, why);
            exact_->scan(deeper, Certainty::yes, why);
        }
        exact_->may_fail(
            child, "23514", fmt::format("rows of {} that belong into the new partition", world.at(child).text()), {}
        );
    }
}

// An index of the parent that the partition has none like: it is built.
void TreeReader::attach_copy_of(Id index, Id part) {
    const World& world = *memory_.world;
    const IndexShape wanted = shape_of(world.at(index));
    for (const Id own : world.at(part).indexes) {
        const IndexShape shape = shape_of(world.at(own));
        if (shape.columns == wanted.columns && world.at(own).unique == world.at(index).unique) {
            exact_->touch(own, LockMode::access_exclusive, "attached to the parent's");
            exact_->touch(index, LockMode::share_update_exclusive, "gets the partition's index");
            return;
        }
    }
    exact_->touch(index, LockMode::share_update_exclusive, "gets the partition's index");
    exact_->scan(part, Certainty::yes, fmt::format("read to build its part of {}", world.at(index).name));
}

void TreeReader::attach_index_exact(Id index, const Name& name) {
    const World& world = *memory_.world;
    exact_->touch(index, LockMode::share_update_exclusive, fact(Work::attach_index).why, true);
    if (world.at(index).table != kNoId)
        exact_->touch(world.at(index).table, LockMode::access_share, "its index gets a part");
    const Relation* child = world.find(name.schema.empty() ? world.at(index).schema : name.schema, name.name);
    if (child == nullptr) return;
    exact_->touch(child->id, LockMode::access_exclusive, fact(Work::attach_index).partner_why, true);
    if (child->table != kNoId) exact_->touch(child->table, LockMode::access_share, "its index becomes a part");
    memory_.world->edit(child->id).parents.push_back(index);
    memory_.world->edit(index).children.push_back(child->id);
}

}  // namespace drydock::effects
