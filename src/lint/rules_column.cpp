#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"
#include "sql/lexer.h"
#include "sql/parser.h"

// Columns: added, made NOT NULL, and of another type.
namespace drydock::lint {
namespace {

using sql::view;

const PgQuery__Constraint* find(const PgQuery__ColumnDef& column, PgQuery__ConstrType type) {
    for (const auto* node : sql::items(column.n_constraints, column.constraints)) {
        if (node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT && node->constraint->contype == type)
            return node->constraint;
    }
    return nullptr;
}

bool is_serial(std::string_view type) {
    constexpr std::array<std::string_view, 6> kSerials{
        "serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"
    };
    return std::find(kSerials.begin(), kSerials.end(), type) != kSerials.end();
}

bool is_null_constant(const PgQuery__Node* node) {
    while (node != nullptr && node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) node = node->type_cast->arg;
    return node != nullptr && node->node_case == PG_QUERY__NODE__NODE_A_CONST && node->a_const->isnull != 0;
}

// One column that is added, with what is needed to say it again more carefully.
struct Added {
    const Action& action;
    const PgQuery__ColumnDef& column;
    std::string table;
    std::string name;  // quoted
    std::string type;  // as the file has it
};

std::string type_in_file(const Context& context, const PgQuery__ColumnDef& column) {
    if (column.type_name == nullptr) return {};
    const auto from = context.at(column.type_name->location);
    // The type ends where the first constraint begins.
    auto end = context.clause_end(from);
    for (const auto* node : sql::items(column.n_constraints, column.constraints)) {
        if (node->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const auto location = context.at(node->constraint->location);
        if (location > from) end = std::min(end, location);
    }
    for (const std::string_view word : {"COLLATE", "COMPRESSION", "CONSTRAINT"}) {
        const auto at = context.find_keyword(word, from);
        if (at != Context::npos) end = std::min(end, at);
    }
    return std::string{trim(context.sql().substr(from, end - from))};
}

std::string batches(const std::string& table) {
    return fmt::format("-- then fill the old rows of {} in batches, each in a transaction of its own", table);
}

void rewrite(
    Context& context,
    const Added& added,
    std::string_view rule,
    std::string message,
    std::vector<std::string> fix,
    std::optional<Severity> severity = {}
) {
    context.report(
        rule,
        std::move(message),
        {.relation = added.action.table,
         .at = added.action.at,
         .lock = LockMode::access_exclusive,
         .new_is_fine = true,
         .scales = true,
         .fix = std::move(fix),
         .severity = severity}
    );
}

void default_rules(Context& context, const Added& added) {
    const auto* given = find(added.column, PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT);
    if (given == nullptr || given->raw_expr == nullptr) return;
    std::string unknown;
    const auto function = volatile_call(context, given->raw_expr, &unknown);
    if (function.empty() && unknown.empty()) return;
    auto expression = context.clause(context.at(given->location));
    if (expression.size() >= 7 && iequals(expression.substr(0, 7), "DEFAULT")) expression = trim(expression.substr(7));
    // What follows the default in the column's definition belongs to other constraints.
    for (const std::string_view word :
         {" NOT NULL", " not null", " UNIQUE", " unique", " CHECK", " check", " REFERENCES", " references"}) {
        expression = expression.substr(0, expression.find(word));
    }
    std::vector<std::string> fix{
        fmt::format("ALTER TABLE {} ADD COLUMN {} {};", added.table, added.name, added.type),
        fmt::format("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {};", added.table, added.name, expression),
        batches(added.table),
    };
    if (!function.empty()) {
        rewrite(
            context,
            added,
            "col-add-volatile",
            fmt::format(
                "{} is written anew, with all its indexes: the default calls {}, which is volatile",
                added.table,
                function
            ),
            std::move(fix)
        );
        return;
    }
    rewrite(
        context,
        added,
        "col-add-volatile",
        fmt::format("{} is written anew if {}, which the default calls, is volatile", added.table, unknown),
        std::move(fix),
        Severity::notice
    );
}

void constraint_beside(Context& context, const Added& added) {
    const auto* given = find(added.column, PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT);
    const bool fills = given != nullptr && !is_null_constant(given->raw_expr);
    for (const auto* node : sql::items(added.column.n_constraints, added.column.constraints)) {
        if (node->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const auto& constraint = *node->constraint;
        std::string what;
        std::vector<std::string> fix{
            fmt::format("ALTER TABLE {} ADD COLUMN {} {};", added.table, added.name, added.type)
        };
        const auto own = effects::quoted(fmt::format("{}_{}", added.action.table.name, view(added.column.colname)));
        switch (constraint.contype) {
            case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: {
                what = "every row is tested";
                auto body = std::string{context.clause(context.at(constraint.location))};
                const auto begin = body.find('(');
                if (begin != std::string::npos) {
                    fix.push_back(fmt::format(
                        "ALTER TABLE {} ADD CONSTRAINT {} CHECK {} NOT VALID;", added.table, own, body.substr(begin)
                    ));
                    fix.emplace_back("-- in a later transaction:");
                    fix.push_back(fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};", added.table, own));
                }
                break;
            }
            case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
            case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
                what = "its index is built";
                fix.push_back(
                    fmt::format("CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({});", own, added.table, added.name)
                );
                fix.push_back(fmt::format(
                    "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {};",
                    added.table,
                    own,
                    constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ? "PRIMARY KEY" : "UNIQUE",
                    own
                ));
                break;
            case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN:
                if (!fills) {
                    const auto other = name_of(constraint.pktable);
                    if (!context.is_new(other) && context.key(other) != context.key(added.action.table)) {
                        context.report(
                            "con-fk-lock",
                            fmt::format(
                                "writes to {}, which the new foreign key references, wait until the transaction ends",
                                text_of(other)
                            ),
                            {.relation = other,
                             .at = context.at(constraint.location),
                             .lock = LockMode::share_row_exclusive}
                        );
                    }
                    continue;
                }
                what =
                    fmt::format("the default is looked up in {} for every row", text_of(name_of(constraint.pktable)));
                fix.push_back(fmt::format(
                    "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} NOT VALID;",
                    added.table,
                    own,
                    added.name,
                    text_of(name_of(constraint.pktable))
                ));
                break;
            default:
                continue;
        }
        context.report(
            "con-inline",
            fmt::format("{} is closed to reads and writes while {}", added.table, what),
            {.relation = added.action.table,
             .at = context.at(constraint.location),
             .lock = LockMode::access_exclusive,
             .new_is_fine = true,
             .scales = true,
             .fix = std::move(fix)}
        );
    }
}

void required(Context& context, const Added& added) {
    const auto* given = find(added.column, PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT);
    const bool fills = (given != nullptr && !is_null_constant(given->raw_expr)) ||
                       find(added.column, PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY) != nullptr ||
                       find(added.column, PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED) != nullptr ||
                       is_serial(bare_type(added.column.type_name));
    const bool key = find(added.column, PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY) != nullptr;
    if (fills || (find(added.column, PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL) == nullptr && !key)) return;
    if (context.is_new(added.action.table) && !context.file().filled.contains(context.key(added.action.table))) return;
    const auto known = context.size(added.action.table);
    if (known && known->heap_bytes == 0) return;
    context.report(
        "col-add-required",
        fmt::format("it fails as soon as {} has one row", added.table),
        {.relation = added.action.table,
         .at = added.action.at,
         .lock = LockMode::access_exclusive,
         .fix = {fmt::format("ALTER TABLE {} ADD COLUMN {} {} NOT NULL DEFAULT …;", added.table, added.name, added.type)
         }}
    );
}

bool mentions(std::string_view definition, std::string_view column) {
    sql::Lexer lexer{definition};
    for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
        const auto word = sql::text_of(definition, token);
        if (token.kind == sql::TokenKind::identifier && iequals(word, column)) return true;
        if (token.kind == sql::TokenKind::quoted_identifier && word.size() > 2 &&
            word.substr(1, word.size() - 2) == column)
            return true;
    }
    return false;
}

std::vector<std::string> not_null_fix(const std::string& table, std::string_view column) {
    const auto quoted = effects::quoted(column);
    const auto proof = effects::quoted(fmt::format("{}_not_null", column));
    return {
        fmt::format("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID;", table, proof, quoted),
        "-- in a second transaction:",
        fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};", table, proof),
        "-- in a third:",
        fmt::format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL;", table, quoted),
        fmt::format("ALTER TABLE {} DROP CONSTRAINT {};", table, proof),
    };
}

// The name of a constraint that the same ALTER TABLE drops, and that may have been the proof.
std::string dropped_proof(const Context& context, const Action& action, std::string_view column) {
    const auto* table = context.relation(action.table);
    for (const auto* node : sql::items(action.statement.n_cmds, action.statement.cmds)) {
        if (node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
        const auto& command = *node->alter_table_cmd;
        if (command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint) continue;
        const auto name = view(command.name);
        if (table == nullptr) return std::string{name};
        const auto* constraint = table->constraint(name);
        if (constraint != nullptr && constraint->type == effects::Constraint::Type::check &&
            mentions(constraint->definition, column))
            return std::string{name};
    }
    return {};
}

// A validated CHECK on the column that the server did not take for a proof.
const effects::Constraint* weak_proof(const Context& context, const Name& name, std::string_view column) {
    const auto* table = context.relation(name);
    if (table == nullptr) return nullptr;
    for (const auto& constraint : table->constraints) {
        if (constraint.type != effects::Constraint::Type::check || constraint.not_valid) continue;
        if (mentions(constraint.definition, column) &&
            to_lower(constraint.definition).find("is not null") != std::string::npos)
            return &constraint;
    }
    return nullptr;
}

}  // namespace

std::string volatile_call(const Context& context, const PgQuery__Node* expression, std::string* unknown) {
    std::string found;
    const std::function<void(const ProtobufCMessage&)> visit = [&](const ProtobufCMessage& message) {
        if (!found.empty()) return;
        if (message.descriptor == &pg_query__func_call__descriptor) {
            const auto& call = reinterpret_cast<const PgQuery__FuncCall&>(message);
            const auto name = name_of(call.funcname, call.n_funcname);
            const auto answer = context.is_volatile(name);
            if (answer.value_or(false)) found = text_of(name) + "()";
            if (!answer && unknown != nullptr && unknown->empty()) *unknown = text_of(name) + "()";
        }
        sql::for_each_child(message, visit);
    };
    if (expression != nullptr) visit(expression->base);
    return found;
}

void add_column_rules(Context& context, const Action& action) {
    const auto* def = action.command.def;
    if (action.command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn || def == nullptr ||
        def->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF)
        return;
    const auto& column = *def->column_def;
    const auto name = view(column.colname);
    const bool there = context.column(action.table, name) != nullptr;
    if (action.command.missing_ok != 0 && there) {
        context.report(
            "noop-lock",
            fmt::format(
                "{} has a column {} already: nothing is done, under ACCESS EXCLUSIVE",
                text_of(action.table),
                effects::quoted(name)
            ),
            {.relation = action.table, .at = action.at, .lock = LockMode::access_exclusive, .from_catalog = true}
        );
        return;
    }
    const Added added{action, column, text_of(action.table), effects::quoted(name), type_in_file(context, column)};
    const auto type = bare_type(column.type_name);
    if (is_serial(type) || find(column, PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY) != nullptr) {
        const auto sequence = effects::quoted(fmt::format("{}_{}_seq", action.table.name, name));
        rewrite(
            context,
            added,
            "col-add-serial",
            fmt::format("{} is written anew, with all its indexes: every row gets a number", added.table),
            {fmt::format("ALTER TABLE {} ADD COLUMN {} bigint;", added.table, added.name),
             fmt::format("CREATE SEQUENCE {} OWNED BY {}.{};", sequence, added.table, added.name),
             fmt::format(
                 "ALTER TABLE {} ALTER COLUMN {} SET DEFAULT nextval('{}');", added.table, added.name, sequence
             ),
             batches(added.table)}
        );
    } else if (const auto* generated = find(column, PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED); generated != nullptr) {
        rewrite(
            context,
            added,
            "col-add-stored",
            fmt::format("{} is written anew, with all its indexes: the value is computed for every row", added.table),
            {fmt::format("ALTER TABLE {} ADD COLUMN {} {};", added.table, added.name, added.type),
             "-- a trigger that fills it for new rows",
             batches(added.table)}
        );
    } else if (column.type_name != nullptr &&
               context.is_checked_domain(name_of(column.type_name->names, column.type_name->n_names)).value_or(false)) {
        rewrite(
            context,
            added,
            "col-add-domain",
            fmt::format(
                "{} is written anew, with all its indexes: {} is a domain with a constraint", added.table, added.type
            ),
            {fmt::format("ALTER TABLE {} ADD COLUMN {} …;  -- the domain's base type", added.table, added.name),
             fmt::format("ALTER TABLE {} ADD CONSTRAINT … CHECK (…) NOT VALID;", added.table)}
        );
    } else {
        default_rules(context, added);
    }
    constraint_beside(context, added);
    required(context, added);
}

void not_null_rules(Context& context, const Action& action) {
    if (action.command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint &&
        context.relation(action.table) == nullptr) {
        // Where nothing is known of the table: SET NOT NULL and then the drop of a constraint is what the safe road
        // ends with.
        context.withdraw("col-notnull", context.key(action.table), false);
        return;
    }
    if (action.command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull) return;
    const auto name = view(action.command.name);
    const auto table = text_of(action.table);
    const auto dropped = dropped_proof(context, action, name);
    const auto* column = context.column(action.table, name);
    if (column != nullptr && column->not_null) return;
    if (!dropped.empty()) {
        context.report(
            "col-notnull-proof",
            fmt::format(
                "{} is dropped in the same ALTER TABLE, so it proves nothing: {} is read as a whole",
                effects::quoted(dropped),
                table
            ),
            {.relation = action.table,
             .at = action.at,
             .lock = LockMode::access_exclusive,
             .new_is_fine = true,
             .scales = true,
             .fix =
                 {fmt::format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL;", table, effects::quoted(name)),
                  fmt::format("ALTER TABLE {} DROP CONSTRAINT {};", table, effects::quoted(dropped))}}
        );
        return;
    }
    if (action.scans == Certainty::no) return;
    if (const auto* weak = weak_proof(context, action.table, name); weak != nullptr) {
        context.report(
            "col-notnull-proof",
            fmt::format(
                "the CHECK {} does not prove that {} is not null: {} is read as a whole",
                effects::quoted(weak->name),
                effects::quoted(name),
                table
            ),
            {.relation = action.table,
             .at = action.at,
             .lock = LockMode::access_exclusive,
             .new_is_fine = true,
             .scales = true,
             .fix = not_null_fix(table, name),
             .from_catalog = true}
        );
        return;
    }
    context.report(
        "col-notnull",
        fmt::format("{} is closed to reads and writes while it is read for nulls in {}", table, effects::quoted(name)),
        {.relation = action.table,
         .at = action.at,
         .lock = LockMode::access_exclusive,
         .new_is_fine = true,
         .scales = true,
         .key = context.relation(action.table) == nullptr ? context.key(action.table) : std::string{},
         .fix = not_null_fix(table, name)}
    );
}

namespace {

struct Touched {
    std::vector<std::string> indexes;
    std::vector<std::string> checks;
    std::vector<std::string> others;  // tables at the other end of foreign keys
};

Touched touched_by(const Context& context, const Action& action, std::string_view column) {
    Touched touched;
    const auto* table = context.relation(action.table);
    for (const auto& relation : context.effect().relations) {
        const bool own = relation.index_table == action.table.name;
        if (relation.kind == effects::RelationKind::index && own && relation.rewrites == Certainty::yes)
            touched.indexes.push_back(effects::quoted(relation.name));
        const bool other = relation.kind == effects::RelationKind::table && !relation.named &&
                           relation.lock == LockMode::access_exclusive;
        if (!other || table == nullptr) continue;
        const auto* found = context.world()->find(relation.schema, relation.name);
        if (found == nullptr) continue;
        const auto below = context.world()->descendants(table->id);
        if (std::find(below.begin(), below.end(), found->id) == below.end()) touched.others.push_back(found->text());
    }
    if (table == nullptr) return touched;
    for (const auto& constraint : table->constraints) {
        if (constraint.type == effects::Constraint::Type::check && !constraint.not_valid &&
            mentions(constraint.definition, column))
            touched.checks.push_back(effects::quoted(constraint.name));
    }
    return touched;
}

void expand_contract(
    std::vector<std::string>& fix, const std::string& table, std::string_view column, const std::string& type
) {
    const auto fresh = effects::quoted(fmt::format("{}_new", column));
    fix.push_back(fmt::format("ALTER TABLE {} ADD COLUMN {} {};", table, fresh, type));
    fix.push_back(fmt::format(
        "-- a trigger keeps {} equal to {}; old rows in batches; then swap the names", fresh, effects::quoted(column)
    ));
}

}  // namespace

void type_rules(Context& context, const Action& action) {
    const auto* def = action.command.def;
    if (action.command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType || def == nullptr ||
        def->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF)
        return;
    const auto column = view(action.command.name);
    const auto table = text_of(action.table);
    const auto type = def->column_def->type_name == nullptr ? std::string{} : type_in_file(context, *def->column_def);
    const auto short_type = trim(std::string_view{type}.substr(0, to_lower(type).find(" using ")));
    if (context.effect().sqlstate == "0A000") {
        context.report(
            "col-type-blocked",
            fmt::format("the server refuses it: {}", context.effect().error),
            {.relation = action.table,
             .at = action.at,
             .fix = {"-- drop what depends on the column before, and make it again after, in one transaction"},
             .from_catalog = true}
        );
        return;
    }
    const auto touched = touched_by(context, action, column);
    if (!touched.others.empty()) {
        auto* finding = context.report(
            "col-type-fk",
            fmt::format(
                "{} {} closed to everybody as well: a foreign key stands on {}",
                fmt::join(touched.others, ", "),
                touched.others.size() == 1 ? "is" : "are",
                effects::quoted(column)
            ),
            {.relation = action.table,
             .at = action.at,
             .lock = LockMode::access_exclusive,
             .new_is_fine = true,
             .from_catalog = true}
        );
        if (finding != nullptr)
            finding->objects.insert(finding->objects.end(), touched.others.begin(), touched.others.end());
    }
    std::vector<std::string> fix;
    expand_contract(fix, table, column, std::string{short_type});
    const Context::What base{
        .relation = action.table,
        .at = action.at,
        .lock = LockMode::access_exclusive,
        .new_is_fine = true,
        .scales = true,
    };
    auto what = base;
    if (action.rewrites != Certainty::no) {
        const bool sure = action.rewrites == Certainty::yes;
        if (!sure) what.severity = Severity::notice;
        what.fix = std::move(fix);
        context.report(
            "col-type",
            sure ? fmt::format("{} is written anew, with all its indexes: {} is stored differently", table, short_type)
                 : fmt::format(
                       "whether {} is written anew depends on the type that {} has now: look with --database-url",
                       table,
                       effects::quoted(column)
                   ),
            std::move(what)
        );
        return;
    }
    if (action.scans == Certainty::no) return;
    if (!touched.indexes.empty()) {
        what = base;
        what.from_catalog = true;
        what.fix = {
            fmt::format("DROP INDEX CONCURRENTLY {};", fmt::join(touched.indexes, ", ")),
            fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {};", table, effects::quoted(column), type),
            "-- and build them again with CREATE INDEX CONCURRENTLY"
        };
        context.report(
            "col-type-index",
            fmt::format(
                "{} {} built anew under ACCESS EXCLUSIVE",
                fmt::join(touched.indexes, ", "),
                touched.indexes.size() == 1 ? "is" : "are"
            ),
            std::move(what)
        );
    }
    if (!touched.checks.empty()) {
        what = base;
        what.from_catalog = true;
        what.fix = {fmt::format(
            "-- drop {} in the same ALTER TABLE, add it again NOT VALID, and validate it later",
            fmt::join(touched.checks, ", ")
        )};
        context.report(
            "col-type-check",
            fmt::format(
                "every row of {} is tested again: {} stands on {}",
                table,
                fmt::join(touched.checks, ", "),
                effects::quoted(column)
            ),
            std::move(what)
        );
    }
}

void domain_rules(Context& context, const PgQuery__AlterDomainStmt& statement) {
    const auto subtype = view(statement.subtype);
    const auto domain = name_of(statement.type_name, statement.n_type_name);
    if (context.is_new(domain)) return;
    const bool set_not_null = subtype == "O";
    const bool add = subtype == "C" && statement.def != nullptr &&
                     statement.def->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
                     statement.def->constraint->skip_validation == 0;
    if (!set_not_null && !add) return;
    std::vector<std::string> tables;
    if (context.world() != nullptr) {
        const auto* type = context.world()->find_type(domain.schema, domain.name);
        if (type != nullptr) {
            for (const auto& use : context.world()->users_of_type(*type)) {
                const auto text = context.world()->at(use.table).text();
                if (std::find(tables.begin(), tables.end(), text) == tables.end()) tables.push_back(text);
            }
            if (tables.empty()) return;
        }
    }
    std::vector<std::string> fix;
    if (add) {
        auto text = std::string{context.sql()};
        fix = {
            text + " NOT VALID;",
            "-- in a later transaction:",
            fmt::format(
                "ALTER DOMAIN {} VALIDATE CONSTRAINT {};",
                text_of(domain),
                view(statement.def->constraint->conname).empty()
                    ? domain.name + "_check"
                    : effects::quoted(view(statement.def->constraint->conname))
            )
        };
    }
    auto* finding = context.report(
        "dom-constraint",
        fmt::format(
            "writes wait while all of {} is read",
            tables.empty() ? "every table with a column of " + text_of(domain)
                           : fmt::format("{}", fmt::join(tables, ", "))
        ),
        {.lock = LockMode::share, .object = text_of(domain), .fix = std::move(fix), .from_catalog = !tables.empty()}
    );
    if (finding != nullptr) finding->objects.insert(finding->objects.end(), tables.begin(), tables.end());
}

}  // namespace drydock::lint
