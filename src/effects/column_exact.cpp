#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/tree.h"
#include "effects/type_change.h"
#include "sql/parser.h"

// ADD COLUMN where the catalog is known.
namespace drydock::effects {

Column column_from(const PgQuery__ColumnDef& given) {
    Column column{.name = given.colname};
    if (given.type_name != nullptr) {
        const TypeText type = type_of(*given.type_name);
        column.type = type.schema.empty() ? type.name : quoted(type.schema) + "." + quoted(type.name);
        if (!type.modifiers.empty()) {
            column.type += "(" + std::to_string(type.modifiers.front());
            for (std::size_t i = 1; i < type.modifiers.size(); ++i) {
                column.type += "," + std::to_string(type.modifiers[i]);
            }
            column.type += ")";
        }
        if (type.array) column.type += "[]";
    }
    if (given.coll_clause != nullptr) {
        column.collation = name_of(given.coll_clause->collname, given.coll_clause->n_collname).name;
    }
    for (std::size_t i = 0; i < given.n_constraints; ++i) {
        if (given.constraints[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const PgQuery__Constraint& constraint = *given.constraints[i]->constraint;
        switch (constraint.contype) {
            case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
                column.not_null = true;
                break;
            case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
                column.not_null = true;
                column.identity = "always";
                break;
            case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
                column.generated = "stored";
                [[fallthrough]];
            case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
                if (constraint.raw_expr != nullptr) column.default_value = sql::text_of(*constraint.raw_expr);
                break;
            default:
                break;
        }
    }
    if (is_serial(given)) column.not_null = true;
    return column;
}

// True: nothing is left to be done.
bool TreeReader::add_column_exact(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command) {
    const Name name = name_of(statement.relation);
    const Relation* table = memory_.world->find(name.schema, name.name);
    if (table == nullptr) return false;
    const std::string column = command.def->column_def->colname;
    if (table->column(column) != nullptr) {
        exact_->touch(table->id, LockMode::access_exclusive, "the column is there already", true);
        if (command.missing_ok != 0) {
            effect_.no_op = true;
        } else {
            exact_->refuse("42701", fmt::format("{} has a column {} already", table->text(), column));
        }
        return true;
    }
    if (statement.relation->inh == 0 && !table->children.empty()) {
        exact_->refuse("42P16", fmt::format("{} has children: they must get the column too", table->text()));
        return true;
    }
    if (!table->parents.empty() && table->is_partition()) {
        exact_->refuse("42809", fmt::format("{} is a partition: its parent has to get the column", table->text()));
        return true;
    }
    return false;
}

// Behind the steps of add_column: what may fail, and what is there from now on.
void TreeReader::remember_column(const Name& name, const PgQuery__ColumnDef& given) {
    const Relation* table = memory_.world->find(name.schema, name.name);
    if (table == nullptr) return;
    const Id id = table->id;
    const std::string text = table->text();
    const Column column = column_from(given);
    new_columns_.push_back(column.name);
    for (const Id target : targets(id, false)) {
        Column one = column;
        one.inherited = target != id;
        memory_.world->edit(target).columns.push_back(std::move(one));
    }
    exact_->change(
        {.what = ObjectChange::What::created,
         .kind = catalog::Kind::column,
         .schema = table->schema,
         .parent = table->name,
         .name = column.name}
    );
    const bool fills = fills_itself(given);
    if (column.not_null && !fills) {
        exact_->may_fail(id, "23502", "rows of " + text, fmt::format("select 1 from {} limit 1", text));
    }
    for (std::size_t i = 0; i < given.n_constraints; ++i) {
        if (given.constraints[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        add_inline_constraint(id, column, *given.constraints[i]->constraint, fills);
    }
}

void TreeReader::add_inline_constraint(Id id, const Column& column, const PgQuery__Constraint& given, bool fills) {
    const std::string text = memory_.world->at(id).text();
    const std::size_t failures = effect_.may_fail.size();
    const auto instead = [&](std::string_view sqlstate, std::string condition, std::string probe) {
        effect_.may_fail.resize(failures);
        if (fills) exact_->may_fail(id, sqlstate, std::move(condition), std::move(probe));
    };
    switch (given.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
            add_constraint_exact(id, given, column.name, false);
            return instead(
                "23514", fmt::format("rows of {}, when the value of {} does not fulfil it", text, column.name), {}
            );
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            add_constraint_exact(id, given, column.name, false);
            // A sequence gives each row another value.
            if (column.default_value.empty() || column.generated == "stored") return effect_.may_fail.resize(failures);
            return instead("23505", "a second row of " + text, fmt::format("select 1 from {} offset 1 limit 1", text));
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: {
            Constraint key = constraint_from(id, given, column.name);
            if (key.references == kNoId) return;
            const Id to = key.references;
            add_key_exact(id, std::move(key), fills);
            return instead(
                "23503",
                fmt::format(
                    "rows of {}, when the value of {} is not in {}", text, column.name, memory_.world->at(to).text()
                ),
                {}
            );
        }
        default:
            return;
    }
}

}  // namespace drydock::effects
