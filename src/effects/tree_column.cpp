#include <algorithm>
#include <array>

#include <pg_query/pg_query.pb-c.h>

#include "effects/tree.h"

namespace drydock::effects {

namespace {

const PgQuery__Constraint* find(const PgQuery__ColumnDef& column, PgQuery__ConstrType type) {
    for (std::size_t i = 0; i < column.n_constraints; ++i) {
        const PgQuery__Node* node = column.constraints[i];
        if (node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT && node->constraint->contype == type) {
            return node->constraint;
        }
    }
    return nullptr;
}

// The expression of a DEFAULT that gives a value: not DEFAULT NULL.
const PgQuery__Node* default_of(const PgQuery__ColumnDef& column) {
    const PgQuery__Constraint* constraint = find(column, PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT);
    if (constraint == nullptr || constraint->raw_expr == nullptr) return nullptr;
    const PgQuery__Node* value = constraint->raw_expr;
    while (value->node_case == PG_QUERY__NODE__NODE_TYPE_CAST && value->type_cast->arg != nullptr) {
        value = value->type_cast->arg;
    }
    const bool is_null = value->node_case == PG_QUERY__NODE__NODE_A_CONST && value->a_const->isnull != 0;
    return is_null ? nullptr : constraint->raw_expr;
}

bool is_serial(const PgQuery__TypeName& type) {
    static constexpr auto kSerials =
        std::to_array<std::string_view>({"bigserial", "serial", "serial2", "serial4", "serial8", "smallserial"});
    return type.n_names == 1 && std::ranges::find(kSerials, string_of(type.names[0])) != kSerials.end();
}

}  // namespace

bool is_serial(const PgQuery__ColumnDef& column) {
    return column.type_name != nullptr && is_serial(*column.type_name);
}

bool fills_itself(const PgQuery__ColumnDef& column) {
    return is_serial(column) || default_of(column) != nullptr ||
           find(column, PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY) != nullptr ||
           find(column, PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED) != nullptr;
}

void TreeReader::add_column(const Name& table, const PgQuery__ColumnDef& column) {
    const bool required = find(column, PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL) != nullptr && !fills_itself(column);
    add({.work = required ? Work::add_column_required : Work::add_column, .relation = table, .subject = column.colname}
    );
    add_column_type(table, column);
    if (const PgQuery__Node* expression = default_of(column)) add_column_default(table, column.colname, expression);
    for (std::size_t i = 0; i < column.n_constraints; ++i) {
        const PgQuery__Node* node = column.constraints[i];
        if (node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) add_column_constraint(table, column, *node->constraint);
    }
    if (exact_) remember_column(table, column);
}

void TreeReader::add_column_type(const Name& table, const PgQuery__ColumnDef& column) {
    if (column.type_name == nullptr) return;
    const PgQuery__TypeName& type = *column.type_name;
    if (is_serial(type)) return add({.work = Work::add_column_serial, .relation = table, .subject = column.colname});
    if (type.n_array_bounds > 0) return;

    const Name name = name_of(type.names, type.n_names);
    using Kind = Reader::Memory::TypeKind;
    const Kind made = memory_.type_kind(name);
    if (made == Kind::checked_domain) {
        add({.work = Work::add_column_checked_domain, .relation = table, .subject = name.text()});
    } else if (made == Kind::unknown && name.schema != "pg_catalog" && !is_plain_type(name.name)) {
        add({.work = Work::add_column_perhaps_domain, .relation = table, .subject = name.text()});
    }
}

void TreeReader::add_column_default(const Name& table, std::string_view column, const PgQuery__Node* expression) {
    std::string unknown;
    std::string is_volatile;
    walk(&expression->base, [&](const ProtobufCMessage* message) {
        if (message->descriptor != &pg_query__func_call__descriptor) return true;
        const auto& call = *reinterpret_cast<const PgQuery__FuncCall*>(message);
        const Name name = name_of(call.funcname, call.n_funcname);
        const Volatility known = memory_.function_volatility(name);
        if (known == Volatility::is_volatile) is_volatile = name.text() + "()";
        if (exact_ && name.name == "nextval") use_sequence(call);
        if (known == Volatility::unknown) unknown = name.text() + "()";
        return true;
    });
    if (!is_volatile.empty()) {
        add({.work = Work::add_column_volatile, .relation = table, .subject = is_volatile});
    } else if (!unknown.empty()) {
        add({.work = Work::add_column_perhaps_volatile, .relation = table, .subject = unknown});
    } else {
        add({.work = Work::add_column_constant, .relation = table, .subject = std::string{column}});
    }
}

// nextval('app.sq') in a default that is computed for every row.
void TreeReader::use_sequence(const PgQuery__FuncCall& call) {
    if (call.n_args != 1) return;
    const PgQuery__Node* argument = call.args[0];
    while (argument->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) argument = argument->type_cast->arg;
    if (argument->node_case != PG_QUERY__NODE__NODE_A_CONST) return;
    if (argument->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL) return;
    const Name name = name_in(argument->a_const->sval->sval);
    const Relation* sequence = memory_.world->find(name.schema, name.name);
    if (sequence != nullptr) exact_->touch(sequence->id, LockMode::row_exclusive, "gives a value for each row");
}

void TreeReader::add_column_constraint(
    const Name& table, const PgQuery__ColumnDef& column, const PgQuery__Constraint& constraint
) {
    // With a catalog these are added behind the column.
    const bool later = exact_ && constraint.contype != PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY &&
                       constraint.contype != PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED;
    if (later && memory_.world->find(table.schema, table.name) != nullptr) return;
    Step step{.work = Work::add_column, .relation = table, .subject = column.colname};
    switch (constraint.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
            step.work = Work::add_column_identity;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
            step.work = Work::add_column_stored;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
            step.work = Work::add_column_check;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            step.work = Work::add_column_unique;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            step.work = Work::add_column_primary_key;
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
            step.work = fills_itself(column) ? Work::add_column_reference_default : Work::add_column_reference;
            step.partner = name_of(constraint.pktable);
            break;
        default:
            return;
    }
    add(std::move(step));
}

}  // namespace drydock::effects
