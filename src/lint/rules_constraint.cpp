#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"

// Constraints: added, validated and dropped.
namespace drydock::lint {
namespace {

using sql::view;

// As the server would name it, where the file does not.
std::string name_of_new(const PgQuery__Constraint& constraint, const Name& table) {
    if (const auto name = view(constraint.conname); !name.empty()) return std::string{name};
    switch (constraint.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: {
            const auto columns = strings(constraint.fk_attrs, constraint.n_fk_attrs);
            return fmt::format("{}_{}_fkey", table.name, fmt::join(columns, "_"));
        }
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            return table.name + "_pkey";
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            return fmt::format("{}_{}_key", table.name, fmt::join(strings(constraint.keys, constraint.n_keys), "_"));
        default:
            return table.name + "_check";
    }
}

// "ADD CONSTRAINT name CHECK (…)" of an action that may have no name.
std::string definition(const Context& context, const Action& action, const PgQuery__Constraint& constraint) {
    auto text = std::string{context.sql().substr(action.at, action.end - action.at)};
    if (view(constraint.conname).empty()) {
        const auto body = context.clause(context.at(constraint.location));
        text = fmt::format("ADD CONSTRAINT {} {}", effects::quoted(name_of_new(constraint, action.table)), body);
    }
    return text;
}

std::vector<std::string> not_valid_fix(
    const Context& context, const Action& action, const PgQuery__Constraint& constraint
) {
    const auto table = text_of(action.table);
    return {
        fmt::format("ALTER TABLE {} {} NOT VALID;", table, definition(context, action, constraint)),
        "-- in a later transaction:",
        fmt::format(
            "ALTER TABLE {} VALIDATE CONSTRAINT {};", table, effects::quoted(name_of_new(constraint, action.table))
        ),
    };
}

// Where each statement is its own transaction, the two steps can take the place of the one.
void edit_in_two(Context& context, Finding* finding, const Action& action) {
    if (finding == nullptr || !action.only || context.in_transaction() || finding->fix.size() != 3) return;
    auto text = finding->fix[0] + "\n" + finding->fix[2];
    text.pop_back();  // the file's own semicolon follows
    context.edit(finding, 0, context.sql().size(), std::move(text));
}

void foreign_key_lock(Context& context, const Name& table, const PgQuery__RangeVar* referenced, std::size_t at) {
    const auto other = name_of(referenced);
    if (other.name.empty() || context.is_new(other) || context.key(other) == context.key(table)) return;
    context.report(
        "con-fk-lock",
        fmt::format(
            "writes to {}, which the new foreign key references, wait until the transaction ends", text_of(other)
        ),
        {.relation = other, .at = at, .lock = LockMode::share_row_exclusive}
    );
}

void foreign_key(Context& context, const Action& action, const PgQuery__Constraint& constraint) {
    const auto other = name_of(constraint.pktable);
    const auto* table = context.relation(action.table);
    const bool partitioned = table != nullptr && table->partitioned;
    if (constraint.skip_validation != 0) {
        if (partitioned && context.version() < 18) {
            std::vector<std::string> fix;
            for (const auto id : table->children) {
                if (fix.size() > 6) break;
                const auto& leaf = context.world()->at(id);
                fix.push_back(fmt::format("ALTER TABLE {} {};", leaf.text(), definition(context, action, constraint)));
                fix.push_back(fmt::format(
                    "ALTER TABLE {} VALIDATE CONSTRAINT {};",
                    leaf.text(),
                    effects::quoted(name_of_new(constraint, action.table))
                ));
            }
            context.report(
                "con-fk-partitioned",
                fmt::format("the server refuses NOT VALID here: {} is partitioned", text_of(action.table)),
                {.relation = action.table, .at = action.at, .fix = std::move(fix), .from_catalog = true}
            );
            return;
        }
        foreign_key_lock(context, action.table, constraint.pktable, action.at);
        return;
    }
    if (context.is_new(action.table)) {
        foreign_key_lock(context, action.table, constraint.pktable, action.at);
        return;
    }
    auto* finding = context.report(
        "con-fk",
        fmt::format(
            "writes to {} and to {} wait while every row of the first is looked up in the second",
            text_of(action.table),
            text_of(other)
        ),
        {.relation = action.table,
         .at = action.at,
         .lock = LockMode::share_row_exclusive,
         .new_is_fine = true,
         .scales = true,
         .fix = partitioned ? std::vector<std::string>{} : not_valid_fix(context, action, constraint)}
    );
    if (finding != nullptr && !other.name.empty() && context.key(other) != context.key(action.table))
        finding->objects.push_back(text_of(other));
    edit_in_two(context, finding, action);
}

void check(Context& context, const Action& action, const PgQuery__Constraint& constraint) {
    if (constraint.skip_validation != 0 || action.scans == Certainty::no) return;
    auto* finding = context.report(
        "con-check",
        fmt::format("{} is closed to reads and writes while every row is tested", text_of(action.table)),
        {.relation = action.table,
         .at = action.at,
         .lock = LockMode::access_exclusive,
         .new_is_fine = true,
         .scales = true,
         .fix = not_valid_fix(context, action, constraint)}
    );
    edit_in_two(context, finding, action);
}

void key(Context& context, const Action& action, const PgQuery__Constraint& constraint) {
    const bool primary = constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
    const auto table = text_of(action.table);
    const auto name = name_of_new(constraint, action.table);
    if (!view(constraint.indexname).empty()) {
        if (!primary || context.is_new(action.table) || action.scans == Certainty::no) return;
        context.report(
            "con-pk-using-nullable",
            fmt::format(
                "{} is closed to reads and writes while it is read for nulls{}",
                table,
                action.scans == Certainty::maybe ? ", unless its columns are NOT NULL already" : ""
            ),
            {.relation = action.table,
             .at = action.at,
             .lock = LockMode::access_exclusive,
             .scales = true,
             .fix = {"-- first prove NOT NULL of each column of the index: see col-notnull"},
             .severity = action.scans == Certainty::maybe ? std::optional{Severity::notice} : std::nullopt}
        );
        return;
    }
    if (action.scans == Certainty::no) return;
    const auto columns = joined(strings(constraint.keys, constraint.n_keys));
    context.report(
        primary ? "con-pk" : "con-unique",
        fmt::format("{} is closed to reads and writes while the index is built", table),
        {.relation = action.table,
         .at = action.at,
         .lock = LockMode::access_exclusive,
         .new_is_fine = true,
         .scales = true,
         .fix =
             {fmt::format("CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({});", effects::quoted(name), table, columns),
              fmt::format(
                  "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {};",
                  table,
                  effects::quoted(name),
                  primary ? "PRIMARY KEY" : "UNIQUE",
                  effects::quoted(name)
              )}}
    );
}

void validate(Context& context, const Action& action) {
    const auto name = std::string{view(action.command.name)};
    const auto constraint = context.key(action.table) + "." + name;
    context.withdraw("int-not-valid", constraint, false);
    context.state().validated.insert(context.key(action.table));
    const auto added = context.transaction().not_valid.find(constraint);
    if (added == context.transaction().not_valid.end() || !context.in_transaction()) {
        concurrent_work_rules(context, action.table);
        return;
    }
    if (context.is_new(action.table)) return;
    context.report(
        "con-validate-same-tx",
        fmt::format(
            "{} was added in line {} of the same transaction: the scan runs under the lock that it took",
            effects::quoted(name),
            added->second
        ),
        {.relation = action.table,
         .at = action.at,
         .lock = LockMode::access_exclusive,
         .scales = true,
         .fix =
             {"-- in a migration of its own:",
              fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};", text_of(action.table), effects::quoted(name))}}
    );
}

void left_not_valid(Context& context, const Action& action, const PgQuery__Constraint& constraint) {
    if (constraint.skip_validation == 0 || context.is_new(action.table)) return;
    const auto name = name_of_new(constraint, action.table);
    const auto full = context.key(action.table) + "." + name;
    if (context.in_transaction()) context.transaction().not_valid[full] = context.now().line;
    context.report(
        "int-not-valid",
        fmt::format("nothing here validates {} of {} later", effects::quoted(name), text_of(action.table)),
        {.relation = action.table,
         .at = action.at,
         .key = full,
         .fix =
             {"-- in a later migration:",
              fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};", text_of(action.table), effects::quoted(name))}}
    );
}

// Does it look like the name of a foreign key? All there is to go by without a catalog.
bool named_like_foreign_key(std::string_view name) {
    const auto lower = to_lower(name);
    return lower.ends_with("_fkey") || lower.ends_with("_fk") || lower.starts_with("fk_") ||
           lower.find("_fk_") != std::string::npos;
}

}  // namespace

void constraint_rules(Context& context, const Action& action) {
    if (action.command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint) {
        validate(context, action);
        return;
    }
    if (action.command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint) return;
    const auto* def = action.command.def;
    if (def == nullptr || def->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) return;
    const auto& constraint = *def->constraint;
    left_not_valid(context, action, constraint);
    switch (constraint.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK:
            check(context, action, constraint);
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
            foreign_key(context, action, constraint);
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            key(context, action, constraint);
            break;
        case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION:
            context.report(
                "con-exclude",
                fmt::format(
                    "{} is closed to reads and writes while the index is built and every row is tested",
                    text_of(action.table)
                ),
                {.relation = action.table,
                 .at = action.at,
                 .lock = LockMode::access_exclusive,
                 .new_is_fine = true,
                 .scales = true}
            );
            break;
        default:
            break;
    }
}

void new_table_constraint_rules(Context& context, const PgQuery__CreateStmt& statement) {
    const auto table = name_of(statement.relation);
    for (const auto* element : sql::items(statement.n_table_elts, statement.table_elts)) {
        if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
            element->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
            foreign_key_lock(context, table, element->constraint->pktable, context.at(element->constraint->location));
        if (element->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) continue;
        const auto& column = *element->column_def;
        for (const auto* part : sql::items(column.n_constraints, column.constraints)) {
            if (part->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
                part->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
                foreign_key_lock(context, table, part->constraint->pktable, context.at(part->constraint->location));
        }
    }
}

void drop_constraint_rules(Context& context, const Action& action) {
    if (action.command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint || context.is_new(action.table)) return;
    const auto name = std::string{view(action.command.name)};
    const auto* table = context.relation(action.table);
    if (table == nullptr) {
        if (!named_like_foreign_key(name)) return;
        context.report(
            "con-drop-fk",
            fmt::format("the table that {} references is closed to everybody as well", effects::quoted(name)),
            {.relation = action.table, .at = action.at, .lock = LockMode::access_exclusive}
        );
        return;
    }
    const auto* constraint = table->constraint(name);
    if (constraint == nullptr) return;
    std::vector<std::string> others;
    const auto add = [&](effects::Id id) {
        if (id == effects::kNoId || id == table->id) return;
        const auto& other = context.world()->at(id);
        if (context.is_new({.schema = other.schema, .name = other.name})) return;
        if (std::find(others.begin(), others.end(), other.text()) == others.end()) others.push_back(other.text());
    };
    if (constraint->type == effects::Constraint::Type::foreign_key) add(constraint->references);
    const bool is_key = constraint->type == effects::Constraint::Type::primary_key ||
                        constraint->type == effects::Constraint::Type::unique;
    if (is_key && action.command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) {
        for (const auto& incoming : table->referenced_by) add(incoming.table);
    }
    if (others.empty()) return;
    auto* finding = context.report(
        "con-drop-fk",
        fmt::format(
            "{} and {} are closed to everybody until every running query on them has ended",
            table->text(),
            fmt::join(others, ", ")
        ),
        {.relation = action.table, .at = action.at, .lock = LockMode::access_exclusive, .from_catalog = true}
    );
    if (finding != nullptr) finding->objects.insert(finding->objects.end(), others.begin(), others.end());
}

void drop_table_lock_rules(Context& context, const PgQuery__DropStmt& statement) {
    if (statement.remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE) return;
    for (const auto* object : sql::items(statement.n_objects, statement.objects)) {
        const auto name = name_of(*object);
        const auto* table = context.relation(name);
        if (table == nullptr || context.is_new(name)) continue;
        std::vector<std::string> others;
        for (const auto& constraint : table->constraints) {
            if (constraint.type != effects::Constraint::Type::foreign_key || constraint.references == effects::kNoId ||
                constraint.references == table->id)
                continue;
            const auto text = context.world()->at(constraint.references).text();
            if (std::find(others.begin(), others.end(), text) == others.end()) others.push_back(text);
        }
        for (const auto& incoming : table->referenced_by) {
            const auto text = context.world()->at(incoming.table).text();
            if (incoming.table != table->id && std::find(others.begin(), others.end(), text) == others.end())
                others.push_back(text);
        }
        if (others.empty()) continue;
        auto* finding = context.report(
            "con-drop-fk",
            fmt::format(
                "its foreign keys go with {}: {} closed to everybody as well",
                table->text(),
                others.size() == 1 ? others[0] + " is" : fmt::format("{} are", fmt::join(others, ", "))
            ),
            {.relation = name, .lock = LockMode::access_exclusive, .from_catalog = true}
        );
        if (finding != nullptr) finding->objects.insert(finding->objects.end(), others.begin(), others.end());
    }
}

}  // namespace drydock::lint
