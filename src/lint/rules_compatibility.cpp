#include <fmt/format.h>

#include "base/text.h"
#include "catalog/snapshot.h"
#include "lint/rules.h"

// What breaks programs that run while the migration is applied.
namespace drydock::lint {
namespace {

using sql::view;

void rename(Context& context, const PgQuery__RenameStmt& statement) {
    const auto table = name_of(statement.relation);
    const auto fresh = effects::quoted(view(statement.newname));
    switch (statement.rename_type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN: {
            if (context.is_new(table)) return;
            const auto column = effects::quoted(view(statement.subname));
            context.report(
                "compat-rename-column",
                fmt::format("programs that name {} of {} fail from the commit on", column, text_of(table)),
                {.relation = table,
                 .object = text_of(table) + "." + column,
                 .key = context.key(table),
                 .fix =
                     {fmt::format("ALTER TABLE {} ADD COLUMN {} …;", text_of(table), fresh),
                      fmt::format("-- write both for a while, then drop {}", column)}}
            );
            return;
        }
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
        case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW: {
            if (context.is_new(table)) return;
            const auto schema = table.schema.empty() ? std::string{} : effects::quoted(table.schema) + ".";
            context.report(
                "compat-rename-table",
                fmt::format("programs that name {} fail from the commit on", text_of(table)),
                {.relation = table,
                 .key = context.key(table),
                 .fix =
                     {std::string{context.sql()} + ";",
                      fmt::format("CREATE VIEW {} AS SELECT * FROM {}{};", text_of(table), schema, fresh)}}
            );
            return;
        }
        case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
            if (context.file().created.contains("schema " + std::string{view(statement.subname)})) return;
            context.report(
                "compat-rename-schema",
                fmt::format(
                    "every name that begins with {} fails from the commit on", effects::quoted(view(statement.subname))
                ),
                {.object = effects::quoted(view(statement.subname))}
            );
            return;
        default:
            return;
    }
}

void drop(Context& context, const PgQuery__DropStmt& statement) {
    const bool is_view = statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW;
    const bool routine = statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION ||
                         statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE ||
                         statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE;
    if ((!is_view && !routine) || context.effect().no_op) return;
    for (const auto* object : sql::items(statement.n_objects, statement.objects)) {
        const auto name = name_of(*object);
        if (context.is_new(name)) continue;
        Context::What what{.object = text_of(name), .key = context.key(name)};
        if (is_view) what.relation = name;
        context.report(
            is_view ? "compat-drop-view" : "compat-drop-function",
            fmt::format(
                "{} {} fail from the commit on",
                is_view ? "programs and views that read" : "programs and functions that call",
                text_of(name)
            ),
            std::move(what)
        );
    }
}

// The name of a column of a query, where its text says so.
std::string_view name_of_target(const PgQuery__Node& node) {
    if (node.node_case != PG_QUERY__NODE__NODE_RES_TARGET) return {};
    const auto& target = *node.res_target;
    if (!view(target.name).empty()) return view(target.name);
    if (target.val == nullptr || target.val->node_case != PG_QUERY__NODE__NODE_COLUMN_REF) return {};
    const auto& reference = *target.val->column_ref;
    const auto* last = reference.fields[reference.n_fields - 1];
    return last->node_case == PG_QUERY__NODE__NODE_STRING ? view(last->string->sval) : std::string_view{};
}

void replace_view(Context& context, const PgQuery__ViewStmt& statement) {
    const auto name = name_of(statement.view);
    const auto key = context.key(name);
    context.withdraw("compat-rename-table", key, true);
    context.withdraw("compat-rename-column", key, true);
    context.withdraw("compat-drop-view", key, true);
    context.withdraw("compat-set-schema", key, true);
    const auto* there = context.relation(name);
    if (statement.replace == 0 || there == nullptr || statement.query == nullptr ||
        statement.query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT || statement.n_aliases > 0)
        return;
    const auto& query = *statement.query->select_stmt;
    if (query.n_target_list == 0) return;
    std::size_t i = 0;
    for (const auto* target : sql::items(query.n_target_list, query.target_list)) {
        const auto column = name_of_target(*target);
        if (column.empty() || i >= there->columns.size()) return;
        if (there->columns[i].name != column) break;
        ++i;
    }
    if (i >= there->columns.size()) return;
    context.report(
        "compat-replace-view",
        fmt::format(
            "the server refuses it: column {} of {} is {}, and may not go or change",
            i + 1,
            text_of(name),
            effects::quoted(there->columns[i].name)
        ),
        {.relation = name,
         .fix = {fmt::format("DROP VIEW {};", text_of(name)), std::string{context.sql()} + ";"},
         .from_catalog = true}
    );
}

// "imm(integer)" in the catalog: how many parameters, by its commas.
std::size_t parameters_in(std::string_view signature) {
    const auto open = signature.find('(');
    const auto inner = signature.substr(open + 1, signature.size() - open - 2);
    if (trim(inner).empty()) return 0;
    return static_cast<std::size_t>(std::count(inner.begin(), inner.end(), ',')) + 1;
}

void replace_function(Context& context, const PgQuery__CreateFunctionStmt& statement) {
    const auto name = name_of(statement.funcname, statement.n_funcname);
    context.withdraw("compat-drop-function", context.key(name), true);
    const auto* snapshot = context.options().snapshot;
    if (snapshot == nullptr || context.is_new(name)) return;
    std::size_t inputs = 0;
    for (const auto* node : sql::items(statement.n_parameters, statement.parameters)) {
        if (node->node_case != PG_QUERY__NODE__NODE_FUNCTION_PARAMETER) continue;
        const auto mode = node->function_parameter->mode;
        if (mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_OUT &&
            mode != PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE)
            ++inputs;
    }
    const auto key = context.key(name);
    const catalog::Object* other = nullptr;
    for (const auto& object : snapshot->objects) {
        if (object.kind != catalog::Kind::function && object.kind != catalog::Kind::procedure) continue;
        const auto open = object.name.find('(');
        if (object.schema + "." + object.name.substr(0, open) != key) continue;
        if (parameters_in(object.name) == inputs) return;
        other = &object;
    }
    if (other == nullptr) return;
    context.report(
        "compat-replace-function",
        fmt::format("{}.{} stays beside it: calls may become ambiguous", other->schema, other->name),
        {.object = text_of(name),
         .key = key,
         .fix = {fmt::format("DROP FUNCTION {}.{};", other->schema, other->name)},
         .from_catalog = true}
    );
}

}  // namespace

void compatibility_rules(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_RENAME_STMT:
            rename(context, *node.rename_stmt);
            break;
        case PG_QUERY__NODE__NODE_DROP_STMT:
            drop(context, *node.drop_stmt);
            break;
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            replace_view(context, *node.view_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
            replace_function(context, *node.create_function_stmt);
            break;
        case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
            if (!view(node.alter_enum_stmt->old_val).empty()) {
                const auto type = name_of(node.alter_enum_stmt->type_name, node.alter_enum_stmt->n_type_name);
                if (context.is_new(type)) break;
                context.report(
                    "compat-rename-enum",
                    fmt::format(
                        "programs that write or compare '{}' fail from the commit on",
                        view(node.alter_enum_stmt->old_val)
                    ),
                    {.object = text_of(type)}
                );
            }
            break;
        case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT: {
            const auto& statement = *node.alter_object_schema_stmt;
            auto name = name_of(statement.relation);
            if (name.name.empty() && statement.object != nullptr) name = name_of(*statement.object);
            if (name.name.empty() || context.is_new(name) ||
                statement.object_type == PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION)
                break;
            context.report(
                "compat-set-schema",
                fmt::format("programs that look for {} don't find it from the commit on", text_of(name)),
                {.object = text_of(name), .key = context.key(name)}
            );
            break;
        }
        default:
            break;
    }
}

void compatibility_action_rules(Context& context, const Action& action) {
    if (context.is_new(action.table)) return;
    const auto column = effects::quoted(view(action.command.name));
    switch (action.command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull: {
            const auto* known = context.column(action.table, view(action.command.name));
            if (known != nullptr && !known->not_null) break;
            context.report(
                "compat-drop-not-null",
                fmt::format("readers of {}.{} may meet nulls", text_of(action.table), column),
                {.relation = action.table, .at = action.at}
            );
            break;
        }
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault: {
            // A first default changes what writers get instead of a null: only a change of one is told of.
            const auto* known = context.column(action.table, view(action.command.name));
            if (known == nullptr ? action.command.def != nullptr : known->default_value.empty()) break;
            context.report(
                "compat-default",
                fmt::format("rows that are inserted without {} get another value from the commit on", column),
                {.relation = action.table, .at = action.at, .from_catalog = known != nullptr}
            );
            break;
        }
        default:
            break;
    }
}

}  // namespace drydock::lint
