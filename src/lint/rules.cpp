#include "lint/rules.h"

#include <algorithm>

#include "effects/effect.h"
#include "sql/lexer.h"

namespace drydock::lint {
namespace {

using sql::view;

bool is_blank_or_dot(std::string_view sql, const sql::Token& token) {
    return sql::is_blank(token.kind) || (token.kind == sql::TokenKind::punctuation && sql[token.range.begin] == '.');
}

// Where the first action of an ALTER TABLE begins: behind the table's name.
std::size_t first_action(const Context& context, const PgQuery__RangeVar* relation) {
    const auto sql = context.sql();
    const auto from = relation == nullptr ? 0 : context.at(relation->location);
    std::size_t names = relation != nullptr && !view(relation->schemaname).empty() ? 2 : 1;
    if (relation != nullptr && !view(relation->catalogname).empty()) ++names;
    sql::Lexer lexer{sql, from};
    for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
        if (is_blank_or_dot(sql, token)) continue;
        const char symbol = sql[token.range.begin];
        if (names > 0) {
            --names;
        } else if (symbol != '*' && symbol != ')') {
            return token.range.begin;
        }
    }
    return from;
}

// What one action of several does: asked for as a statement of its own.
void attribute(const Context& context, Action& action) {
    PgQuery__AlterTableCmd command = action.command;
    PgQuery__Node command_node = PG_QUERY__NODE__INIT;
    command_node.node_case = PG_QUERY__NODE__NODE_ALTER_TABLE_CMD;
    command_node.alter_table_cmd = &command;
    PgQuery__Node* commands[] = {&command_node};
    PgQuery__AlterTableStmt statement = action.statement;
    statement.n_cmds = 1;
    statement.cmds = commands;
    PgQuery__Node node = PG_QUERY__NODE__INIT;
    node.node_case = PG_QUERY__NODE__NODE_ALTER_TABLE_STMT;
    node.alter_table_stmt = &statement;
    effects::Reader reader{context.world()};
    const auto effect = reader.read(node);
    action.rewrites = context.strongest(effect, action.table, [](const auto& relation) { return relation.rewrites; });
    action.scans = context.strongest(effect, action.table, [](const auto& relation) { return relation.scans; });
}

void alter_table(Context& context, const PgQuery__AlterTableStmt& statement) {
    const auto table = name_of(statement.relation);
    auto at = first_action(context, statement.relation);
    for (const auto* node : sql::items(statement.n_cmds, statement.cmds)) {
        const auto end = context.clause_end(at);
        if (node->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) {
            Action action{
                .statement = statement,
                .command = *node->alter_table_cmd,
                .table = table,
                .at = at,
                .end = end,
                .only = statement.n_cmds == 1,
                .rewrites = context.rewrites(table),
                .scans = context.scans(table),
            };
            const bool quiet = action.rewrites == Certainty::no && action.scans == Certainty::no;
            if (!action.only && !quiet) attribute(context, action);
            constraint_rules(context, action);
            drop_constraint_rules(context, action);
            add_column_rules(context, action);
            not_null_rules(context, action);
            type_rules(context, action);
            partition_rules(context, action);
            relation_rules(context, action);
            data_action_rules(context, action);
            compatibility_action_rules(context, action);
            integrity_action_rules(context, action);
            security_action_rules(context, action);
            design_action_rules(context, action);
        }
        const auto comma = context.sql().find(',', end);
        at = comma == std::string_view::npos
                 ? end
                 : std::min(context.sql().find_first_not_of(" \t\r\n", comma + 1), context.sql().size());
    }
}

void by_kind(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            alter_table(context, *node.alter_table_stmt);
            break;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            create_index_rules(context, *node.index_stmt);
            break;
        case PG_QUERY__NODE__NODE_DROP_STMT:
            if (node.drop_stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX)
                drop_index_rules(context, *node.drop_stmt);
            drop_table_lock_rules(context, *node.drop_stmt);
            break;
        case PG_QUERY__NODE__NODE_REINDEX_STMT:
            reindex_rules(context, *node.reindex_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            if (!context.effect().no_op) {
                new_table_constraint_rules(context, *node.create_stmt);
                new_partition_rules(context, *node.create_stmt);
            }
            break;
        case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
            domain_rules(context, *node.alter_domain_stmt);
            break;
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
            setting_rules(context, *node.variable_set_stmt);
            break;
        default:
            break;
    }
}

// --- what the file has made so far ---------------------------------------------------------------------------------

void made(Context& context, const Name& name, bool filled = false) {
    if (name.name.empty()) return;
    const auto key = context.key(name);
    context.file().created.insert(key);
    if (filled) context.file().filled.insert(key);
}

bool is_volatile_function(const PgQuery__CreateFunctionStmt& statement) {
    const auto* given = option(statement.options, statement.n_options, "volatility");
    return given == nullptr || value_of(given->arg) == "volatile";
}

void made_domain(Context& context, const PgQuery__CreateDomainStmt& statement) {
    const auto name = name_of(statement.domainname, statement.n_domainname);
    made(context, name);
    bool checked = false;
    for (const auto* node : sql::items(statement.n_constraints, statement.constraints)) {
        if (node->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        checked = checked || node->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK ||
                  node->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL;
    }
    (checked ? context.state().checked_domains : context.state().plain_domains).insert(context.key(name));
}

void remember_rows(Context& context) {
    const auto& node = context.node();
    const PgQuery__RangeVar* into = nullptr;
    if (node.node_case == PG_QUERY__NODE__NODE_INSERT_STMT) into = node.insert_stmt->relation;
    if (node.node_case == PG_QUERY__NODE__NODE_COPY_STMT && node.copy_stmt->is_from != 0)
        into = node.copy_stmt->relation;
    if (into == nullptr) return;
    const auto key = context.key(name_of(into));
    if (context.file().created.contains(key)) context.file().filled.insert(key);
}

void remember_change(Context& context) {
    const auto& node = context.node();
    auto& created = context.file().created;
    if (node.node_case == PG_QUERY__NODE__NODE_DROP_STMT) {
        if (created.empty()) return;
        for (const auto* object : sql::items(node.drop_stmt->n_objects, node.drop_stmt->objects))
            created.erase(context.key(name_of(*object)));
    }
    if (node.node_case != PG_QUERY__NODE__NODE_RENAME_STMT || node.rename_stmt->relation == nullptr) return;
    const auto type = node.rename_stmt->rename_type;
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN || type == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT) return;
    auto name = name_of(node.rename_stmt->relation);
    const auto before = context.key(name);
    if (created.erase(before) == 0) return;
    const bool filled = context.file().filled.erase(before) > 0;
    name.name = view(node.rename_stmt->newname);
    made(context, name, filled);
}

void remember(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT: {
            // IF NOT EXISTS of what is known to be there makes nothing.
            const auto name = name_of(node.create_stmt->relation);
            if (node.create_stmt->if_not_exists == 0 || context.relation(name) == nullptr) made(context, name);
            break;
        }
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            if (node.create_table_as_stmt->into != nullptr)
                made(
                    context,
                    name_of(node.create_table_as_stmt->into->rel),
                    node.create_table_as_stmt->into->skip_data == 0
                );
            break;
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            if (node.select_stmt->into_clause != nullptr)
                made(context, name_of(node.select_stmt->into_clause->rel), true);
            break;
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            if (context.relation(name_of(node.view_stmt->view)) == nullptr)
                made(context, name_of(node.view_stmt->view));
            break;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            if (!view(node.index_stmt->idxname).empty())
                made(context, {.schema = name_of(node.index_stmt->relation).schema, .name = node.index_stmt->idxname});
            break;
        case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
            made(context, name_of(node.create_seq_stmt->sequence));
            break;
        case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
            made(context, name_of(node.create_enum_stmt->type_name, node.create_enum_stmt->n_type_name));
            break;
        case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
            made(context, name_of(node.composite_type_stmt->typevar));
            break;
        case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
            made_domain(context, *node.create_domain_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
            context.file().created.insert("schema " + std::string{view(node.create_schema_stmt->schemaname)});
            break;
        case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT: {
            const auto& statement = *node.create_function_stmt;
            const auto name = name_of(statement.funcname, statement.n_funcname);
            context.state().own_functions[context.key(name)] |= is_volatile_function(statement);
            if (statement.replace == 0) made(context, name);
            break;
        }
        default:
            remember_rows(context);
            remember_change(context);
            break;
    }
}

}  // namespace

void apply_rules(Context& context) {
    const auto first_draft = context.state().drafts.size();
    by_kind(context);
    relation_statement_rules(context);
    transaction_rules(context);
    data_rules(context);
    compatibility_rules(context);
    integrity_rules(context);
    security_rules(context);
    design_rules(context);
    probe_rules(context);
    context_rules(context, first_draft);
    remember(context);
}

}  // namespace drydock::lint
