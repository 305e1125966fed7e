#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"

// What is gone afterwards.
namespace drydock::lint {
namespace {

using sql::view;

bool known_empty(const Context& context, const Name& name) {
    const auto size = context.size(name);
    return size && size->heap_bytes == 0;
}

std::string rows_text(const Context& context, const Name& name) {
    const auto size = context.size(name);
    if (!size || size->rows < 0) return {};
    return fmt::format(" (about {} rows)", human_count(size->rows));
}

std::vector<std::string> gone_by_cascade(const Context& context) {
    std::vector<std::string> names;
    for (const auto& object : context.effect().objects) {
        if (!object.by_cascade) continue;
        auto name =
            object.parent.empty()
                ? text_of({.schema = object.schema, .name = object.name})
                : fmt::format(
                      "{}.{}", text_of({.schema = object.schema, .name = object.parent}), effects::quoted(object.name)
                  );
        names.push_back(fmt::format("{} {}", catalog::name(object.kind), name));
    }
    return names;
}

void cascade(Context& context, const std::string& what, std::vector<std::string> gone, bool complete) {
    if (complete && gone.empty()) return;
    auto list = gone.empty() ? std::string{"whatever depends on it"} : fmt::format("{}", fmt::join(gone, ", "));
    if (gone.size() > 6) list = fmt::format("{} objects, {} among them", gone.size(), gone.front());
    auto* finding = context.report(
        "data-drop-cascade",
        fmt::format("CASCADE drops, with {}: {}", what, list),
        {.at = context.find_keyword("CASCADE"), .object = what, .from_catalog = !gone.empty()}
    );
    if (finding != nullptr) finding->objects.insert(finding->objects.end(), gone.begin(), gone.end());
}

void drop_one(Context& context, const PgQuery__DropStmt& statement, const Name& name) {
    const auto at = context.find_name(name.name);
    switch (statement.remove_type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
            if (context.is_new(name) || known_empty(context, name) || context.effect().no_op) break;
            context.report(
                "data-drop-table",
                fmt::format("{} is gone with all its rows{}", text_of(name), rows_text(context, name)),
                {.relation = name, .at = at, .lock = LockMode::access_exclusive}
            );
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
            if (!context.is_new(name))
                context.report(
                    "data-drop-matview",
                    fmt::format("{} is gone with what was computed", text_of(name)),
                    {.relation = name, .at = at}
                );
            break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            if (!context.is_new(name))
                context.report(
                    "data-drop-sequence",
                    fmt::format("{} is gone with its position", text_of(name)),
                    {.relation = name, .at = at}
                );
            break;
        default:
            break;
    }
}

void drop(Context& context, const PgQuery__DropStmt& statement) {
    const bool cascades = statement.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    for (const auto* object : sql::items(statement.n_objects, statement.objects))
        drop_one(context, statement, name_of(*object));
    if (!cascades || statement.n_objects == 0) return;
    const auto first = name_of(*statement.objects[0]);
    if (statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) {
        if (context.file().created.contains("schema " + first.name)) return;
        const auto gone = gone_by_cascade(context);
        context.report(
            "data-drop-schema",
            gone.empty() ? fmt::format("everything in schema {} is gone", effects::quoted(first.name))
                         : fmt::format("{} objects in schema {} are gone", gone.size(), effects::quoted(first.name)),
            {.object = effects::quoted(first.name), .from_catalog = !gone.empty()}
        );
        return;
    }
    if (context.is_new(first)) return;
    auto gone = gone_by_cascade(context);
    const bool type = statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE ||
                      statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN;
    const auto* known =
        type && context.world() != nullptr ? context.world()->find_type(first.schema, first.name) : nullptr;
    if (gone.empty() && known != nullptr) {
        for (const auto& use : context.world()->users_of_type(*known))
            gone.push_back(
                fmt::format("column {}.{}", context.world()->at(use.table).text(), effects::quoted(use.column))
            );
    }
    const bool relation = statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE ||
                          statement.remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW;
    const bool complete = context.world() != nullptr && context.effect().exact && (relation || known != nullptr);
    cascade(context, text_of(first), std::move(gone), complete);
}

// --- types ----------------------------------------------------------------------------------------------------------

struct Shape {
    std::string_view base;
    int first = -1;
    int second = -1;
};

Shape shape_of(std::string_view type) {
    Shape shape{.base = type};
    const auto open = type.find('(');
    if (open == std::string_view::npos) return shape;
    shape.base = trim(type.substr(0, open));
    const auto inner = type.substr(open + 1);
    const auto* end = std::from_chars(inner.data(), inner.data() + inner.size(), shape.first).ptr;
    if (end < inner.data() + inner.size() && *end == ',')
        std::from_chars(end + 1, inner.data() + inner.size(), shape.second);
    return shape;
}

int integer_width(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, int>, 6> kWidths{
        {{"smallint", 2}, {"int2", 2}, {"integer", 4}, {"int4", 4}, {"bigint", 8}, {"int8", 8}}
    };
    for (const auto& [name, width] : kWidths) {
        if (name == type) return width;
    }
    return 0;
}

bool is_text(std::string_view type) {
    return type == "text" || type == "character varying" || type == "varchar" || type == "citext" ||
           type == "character" || type == "bpchar";
}

bool is_time(std::string_view type) {
    return type.starts_with("timestamp") || type.starts_with("time") || type == "interval";
}

// Can a value of the old type be too much for the new one?
Certainty narrows(std::string_view from, std::string_view to) {
    const auto after = shape_of(to);
    const auto before = shape_of(from);
    const auto to_width = integer_width(after.base);
    if (from.empty()) {
        const bool limited = (after.base == "varchar" && after.first >= 0) || to_width == 2;
        return limited ? Certainty::maybe : Certainty::no;
    }
    if (to_width > 0) {
        const auto from_width = integer_width(before.base);
        const bool other = from_width == 0 && (is_text(before.base) || before.base == "numeric" ||
                                               before.base == "double precision" || before.base == "real");
        return from_width > to_width || other ? Certainty::yes : Certainty::no;
    }
    const bool both_text = is_text(before.base) && is_text(after.base);
    if (both_text && after.first >= 0)
        return before.first < 0 || before.first > after.first ? Certainty::yes : Certainty::no;
    if (before.base == "numeric" && after.base == "numeric" && after.first >= 0) {
        if (before.first < 0) return Certainty::yes;
        const int scale = std::max(after.second, 0);
        const int old_scale = std::max(before.second, 0);
        return scale < old_scale || after.first - scale < before.first - old_scale ? Certainty::yes : Certainty::no;
    }
    if (is_time(before.base) && is_time(after.base) && after.first >= 0)
        return before.first < 0 || before.first > after.first ? Certainty::yes : Certainty::no;
    if (before.base == "double precision" && after.base == "float4") return Certainty::yes;
    if (before.base.starts_with("timestamp") && after.base == "date") return Certainty::yes;
    return Certainty::no;
}

void narrow_type(Context& context, const Action& action) {
    const auto* def = action.command.def;
    if (def == nullptr || def->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF || context.is_new(action.table)) return;
    const auto column = view(action.command.name);
    const auto* known = context.column(action.table, column);
    const auto type = type_text(def->column_def->type_name);
    const auto answer = narrows(known == nullptr ? std::string_view{} : std::string_view{known->type}, type);
    if (answer == Certainty::no) return;
    context.report(
        "data-type-narrow",
        known == nullptr
            ? fmt::format("values of {} that don't fit {} make it fail, or are cut", effects::quoted(column), type)
            : fmt::format("not every {} fits {}: it fails, or the value is cut", known->type, type),
        {.relation = action.table,
         .at = action.at,
         .severity = answer == Certainty::maybe ? std::optional{Severity::notice} : std::nullopt,
         .from_catalog = known != nullptr}
    );
}

// --- rows -----------------------------------------------------------------------------------------------------------

bool is_always_true(const PgQuery__Node* condition) {
    if (condition == nullptr) return true;
    const auto text = to_lower(value_of(condition));
    if (text == "true") return true;
    if (condition->node_case != PG_QUERY__NODE__NODE_A_EXPR ||
        condition->a_expr->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP)
        return false;
    const auto left = value_of(condition->a_expr->lexpr);
    return !left.empty() && left == value_of(condition->a_expr->rexpr) && condition->a_expr->n_name == 1 &&
           value_of(condition->a_expr->name[0]) == "=";
}

void all_rows(Context& context, const PgQuery__RangeVar* relation, std::string_view rule, std::string_view what) {
    const auto name = name_of(relation);
    if (context.is_new(name) || known_empty(context, name)) return;
    context.report(
        rule,
        fmt::format("every row of {} is {}{}", text_of(name), what, rows_text(context, name)),
        {.relation = name, .at = relation == nullptr ? 0 : context.at(relation->location), .scales = true}
    );
}

}  // namespace

void data_rules(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_DROP_STMT:
            drop(context, *node.drop_stmt);
            break;
        case PG_QUERY__NODE__NODE_DROPDB_STMT:
            context.report(
                "data-drop-database",
                fmt::format("database {} is gone", effects::quoted(view(node.dropdb_stmt->dbname))),
                {.object = effects::quoted(view(node.dropdb_stmt->dbname))}
            );
            break;
        case PG_QUERY__NODE__NODE_DROP_OWNED_STMT:
            context.report(
                "data-drop-cascade",
                "everything that the role owns in this database is gone",
                {.severity = Severity::error}
            );
            break;
        case PG_QUERY__NODE__NODE_TRUNCATE_STMT: {
            const bool cascades = node.truncate_stmt->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
            for (const auto* relation : sql::items(node.truncate_stmt->n_relations, node.truncate_stmt->relations)) {
                if (relation->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
                    all_rows(context, relation->range_var, "data-truncate", "gone");
            }
            if (cascades) {
                std::vector<std::string> others;
                for (const auto& relation : context.effect().relations) {
                    if (!relation.named && relation.kind == effects::RelationKind::table)
                        others.push_back(text_of({.schema = relation.schema, .name = relation.name}));
                }
                if (context.effect().exact && others.empty()) break;
                auto* finding = context.report(
                    "data-truncate-cascade",
                    fmt::format(
                        "{} emptied as well",
                        others.empty()
                            ? std::string{"every table with a foreign key to it is"}
                            : fmt::format("{} {}", fmt::join(others, ", "), others.size() == 1 ? "is" : "are")
                    ),
                    {.at = context.find_keyword("CASCADE"),
                     .lock = LockMode::access_exclusive,
                     .from_catalog = !others.empty()}
                );
                if (finding != nullptr) finding->objects = others;
            }
            break;
        }
        case PG_QUERY__NODE__NODE_DELETE_STMT:
            if (is_always_true(node.delete_stmt->where_clause))
                all_rows(context, node.delete_stmt->relation, "data-delete-all", "gone");
            break;
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            if (is_always_true(node.update_stmt->where_clause))
                all_rows(context, node.update_stmt->relation, "data-update-all", "written again, in one transaction");
            break;
        default:
            break;
    }
}

void data_action_rules(Context& context, const Action& action) {
    switch (action.command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn: {
            if (context.is_new(action.table)) break;
            const auto column = effects::quoted(view(action.command.name));
            const bool composite = action.statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE;
            context.report(
                "data-drop-column",
                fmt::format(
                    "{} {} of {} is gone with its values{}",
                    composite ? "attribute" : "column",
                    column,
                    text_of(action.table),
                    rows_text(context, action.table)
                ),
                {.relation = action.table,
                 .at = action.at,
                 .lock = LockMode::access_exclusive,
                 .object = text_of(action.table) + "." + column}
            );
            if (action.command.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE)
                cascade(
                    context, text_of(action.table) + "." + column, gone_by_cascade(context), context.effect().exact
                );
            break;
        }
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged:
            if (!context.is_new(action.table))
                context.report(
                    "data-set-unlogged",
                    fmt::format("{} is empty after a crash, and on replicas", text_of(action.table)),
                    {.relation = action.table, .at = action.at}
                );
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
            narrow_type(context, action);
            break;
        default:
            break;
    }
}

}  // namespace drydock::lint
