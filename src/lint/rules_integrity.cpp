#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/snapshot.h"
#include "lint/rules.h"
#include "sql/parser.h"

// What replication needs, and what keeps rows true.
namespace drydock::lint {
namespace {

using sql::view;

// The publication's definition names the table, and behind it its columns, if it lists them.
struct Published {
    std::string publication;
    std::string columns;
};
std::optional<Published> published_columns(const Context& context, const effects::Relation& table) {
    const auto* snapshot = context.options().snapshot;
    if (snapshot == nullptr) return std::nullopt;
    for (const auto& object : snapshot->objects) {
        if (object.kind != catalog::Kind::publication) continue;
        const auto definition = object.get(catalog::aspect::definition);
        const auto at = definition.find(table.text() + " (");
        if (at == std::string_view::npos) continue;
        const auto open = at + table.text().size() + 1;
        return Published{object.name, std::string{definition.substr(open, definition.find(')', open) + 1 - open)}};
    }
    return std::nullopt;
}

bool has_key(const effects::Relation& table) {
    return table.primary_key() != nullptr;
}

void published(Context& context, PgQuery__Node* const* objects, std::size_t count) {
    for (const auto* node : sql::items(count, objects)) {
        if (node->node_case != PG_QUERY__NODE__NODE_PUBLICATION_OBJ_SPEC) continue;
        const auto* spec = node->publication_obj_spec->pubtable;
        if (spec == nullptr) continue;
        const auto name = name_of(spec->relation);
        const auto* table = context.relation(name);
        if (table == nullptr || has_key(*table)) continue;
        context.report(
            "repl-no-pk",
            fmt::format("UPDATE and DELETE on {} fail from then on: it has no primary key", text_of(name)),
            {.relation = name,
             .at = context.at(spec->relation == nullptr ? 0 : spec->relation->location),
             .from_catalog = true}
        );
    }
}

bool keeps_no_promise(std::string_view function) {
    constexpr std::array<std::string_view, 9> kChanging{
        "now",
        "statement_timestamp",
        "transaction_timestamp",
        "clock_timestamp",
        "current_setting",
        "timeofday",
        "random",
        "pg_current_xact_id",
        "txid_current"
    };
    return std::find(kChanging.begin(), kChanging.end(), function) != kChanging.end();
}

// What makes an expression's answer change while the row stays.
std::string changing(const Context& context, const PgQuery__Node* expression) {
    std::string found;
    const std::function<void(const ProtobufCMessage&)> visit = [&](const ProtobufCMessage& message) {
        if (message.descriptor == &pg_query__sqlvalue_function__descriptor) found = "the time or the session";
        if (message.descriptor == &pg_query__func_call__descriptor) {
            const auto& call = reinterpret_cast<const PgQuery__FuncCall&>(message);
            const auto name = name_of(call.funcname, call.n_funcname);
            if (keeps_no_promise(name.name) || context.is_volatile(name).value_or(false)) found = text_of(name) + "()";
        }
        if (found.empty()) sql::for_each_child(message, visit);
    };
    if (expression != nullptr) visit(expression->base);
    return found;
}

void check(Context& context, const PgQuery__Node* node, const Name& table) {
    if (node == nullptr || node->node_case != PG_QUERY__NODE__NODE_CONSTRAINT ||
        node->constraint->contype != PG_QUERY__CONSTR_TYPE__CONSTR_CHECK)
        return;
    const auto found = changing(context, node->constraint->raw_expr);
    if (found.empty()) return;
    context.report(
        "int-volatile-check",
        fmt::format("its answer changes with {}, but it is only asked when a row is written", found),
        {.relation = table, .at = context.at(node->constraint->location)}
    );
}

void checks_of_column(Context& context, const PgQuery__ColumnDef& column, const Name& table) {
    for (const auto* node : sql::items(column.n_constraints, column.constraints)) check(context, node, table);
}

void drop_key(Context& context, const Action& action) {
    const auto name = view(action.command.name);
    const auto* table = context.relation(action.table);
    const auto* constraint = table == nullptr ? nullptr : table->constraint(name);
    const bool primary = constraint != nullptr ? constraint->type == effects::Constraint::Type::primary_key
                                               : table == nullptr && name.ends_with("_pkey");
    if (!primary || context.is_new(action.table)) return;
    context.report(
        "repl-drop-pk",
        fmt::format(
            "UPDATE and DELETE on {} fail where it is published, until it has a key again", text_of(action.table)
        ),
        {.relation = action.table,
         .at = action.at,
         .key = context.key(action.table),
         .from_catalog = constraint != nullptr}
    );
}

}  // namespace

void integrity_rules(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT: {
            const auto& statement = *node.create_publication_stmt;
            published(context, statement.pubobjects, statement.n_pubobjects);
            context.report(
                "repl-sequence",
                "positions of sequences don't travel with it",
                {.object = effects::quoted(view(statement.pubname))}
            );
            break;
        }
        case PG_QUERY__NODE__NODE_ALTER_PUBLICATION_STMT:
            published(context, node.alter_publication_stmt->pubobjects, node.alter_publication_stmt->n_pubobjects);
            break;
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT: {
            const auto& statement = *node.variable_set_stmt;
            if (view(statement.name) != "session_replication_role" || statement.n_args == 0) break;
            if (value_of(statement.args[0]) != "replica") break;
            context.report("int-replica-role", "foreign keys and triggers don't work in this session", {});
            break;
        }
        case PG_QUERY__NODE__NODE_CREATE_STMT: {
            const auto& statement = *node.create_stmt;
            const auto table = name_of(statement.relation);
            for (const auto* element : sql::items(statement.n_table_elts, statement.table_elts)) {
                check(context, element, table);
                if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
                    checks_of_column(context, *element->column_def, table);
            }
            break;
        }
        case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
            for (const auto* constraint :
                 sql::items(node.create_domain_stmt->n_constraints, node.create_domain_stmt->constraints))
                check(context, constraint, {});
            break;
        case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
            check(context, node.alter_domain_stmt->def, {});
            break;
        default:
            break;
    }
}

void integrity_action_rules(Context& context, const Action& action) {
    const auto* def = action.command.def;
    switch (action.command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint:
            check(context, def, action.table);
            if (def != nullptr && def->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
                def->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY)
                context.withdraw("repl-drop-pk", context.key(action.table), true);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn: {
            if (def == nullptr || def->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) break;
            checks_of_column(context, *def->column_def, action.table);
            const auto* table = context.relation(action.table);
            const auto listed = table == nullptr ? std::nullopt : published_columns(context, *table);
            if (!listed) break;
            context.report(
                "repl-column-list",
                fmt::format(
                    "publication {} has {}{}: the new column does not reach subscribers",
                    effects::quoted(listed->publication),
                    table->text(),
                    listed->columns
                ),
                {.relation = action.table, .at = action.at, .from_catalog = true}
            );
            break;
        }
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
            drop_key(context, action);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity: {
            context.withdraw("repl-drop-pk", context.key(action.table), true);
            if (def == nullptr || def->node_case != PG_QUERY__NODE__NODE_REPLICA_IDENTITY_STMT ||
                context.is_new(action.table))
                break;
            const auto type = view(def->replica_identity_stmt->identity_type);
            if (type != "n" && type != "f") break;
            context.report(
                "repl-identity",
                type == "n" ? fmt::format("UPDATE and DELETE on {} fail where it is published", text_of(action.table))
                            : fmt::format(
                                  "the whole old row of {} goes into the log, and subscribers search for it row by row",
                                  text_of(action.table)
                              ),
                {.relation = action.table, .at = action.at}
            );
            break;
        }
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
            if (context.is_new(action.table)) break;
            context.report(
                "int-triggers-off",
                fmt::format(
                    "foreign keys of {} are not checked either, and what is written meanwhile never will be",
                    text_of(action.table)
                ),
                {.relation = action.table,
                 .at = action.at,
                 .fix = {fmt::format("ALTER TABLE {} DISABLE TRIGGER USER;", text_of(action.table))}}
            );
            break;
        default:
            break;
    }
}

}  // namespace drydock::lint
