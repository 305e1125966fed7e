#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"

// What will hurt later: types, keys, indexes, names.
namespace drydock::lint {
namespace {

using sql::view;

bool is_money_name(std::string_view name) {
    constexpr std::array<std::string_view, 11> kWords{
        "price", "amount", "total", "cost", "balance", "fee", "salary", "payment", "tax", "revenue", "money"
    };
    const auto lower = to_lower(name);
    return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
        return lower.find(word) != std::string::npos;
    });
}

bool is_short_integer(std::string_view type) {
    constexpr std::array<std::string_view, 8> kShort{
        "int4", "int2", "serial", "serial4", "serial2", "smallserial", "integer", "smallint"
    };
    return std::find(kShort.begin(), kShort.end(), type) != kShort.end();
}

bool has(const PgQuery__ColumnDef& column, PgQuery__ConstrType type) {
    for (const auto* node : sql::items(column.n_constraints, column.constraints)) {
        if (node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT && node->constraint->contype == type) return true;
    }
    return false;
}

void column_type(Context& context, const Name& table, const PgQuery__ColumnDef& column) {
    const auto type = bare_type(column.type_name);
    const auto name = text_of(table) + "." + effects::quoted(view(column.colname));
    const auto at = context.at(column.location);
    const auto tell = [&](std::string_view rule, std::string_view instead) {
        context.report(
            rule, fmt::format("{}: {} is the better type", name, instead), {.relation = table, .at = at, .object = name}
        );
    };
    if (type == "timestamp") tell("design-timestamp", "timestamptz");
    if (type == "bpchar" && column.type_name->n_typmods > 0) tell("design-char", "text");
    if (type == "varchar" && column.type_name->n_typmods > 0) tell("design-varchar", "text with a CHECK");
    if (type == "json") tell("design-json", "jsonb");
    if (type == "money") tell("design-money", "numeric");
    if (type.ends_with("serial") || type.starts_with("serial"))
        tell("design-serial", "bigint GENERATED ALWAYS AS IDENTITY");
    if ((type == "float4" || type == "float8") && is_money_name(view(column.colname)))
        tell("design-float-money", "numeric");
}

// --- keys -----------------------------------------------------------------------------------------------------------

std::string column_set(std::vector<std::string> columns) {
    std::sort(columns.begin(), columns.end());
    return fmt::format("{}", fmt::join(columns, "\x1f"));
}

// An index that begins with these columns serves a foreign key on them, in any order.
void serves(Context& context, const Name& table, const std::vector<std::string>& columns) {
    const auto key = context.key(table);
    context.file().indexes[key].push_back(columns);
    std::vector<std::string> front;
    for (const auto& column : columns) {
        front.push_back(column);
        context.withdraw("design-fk-index", key + " " + column_set(front), false);
    }
}

std::vector<std::string> index_columns(std::string_view definition) {
    std::size_t end = 0;
    const auto open = definition.find('(');
    return open == std::string_view::npos ? std::vector<std::string>{}
                                          : effects::names_between_parentheses(definition.substr(open), end);
}

bool begins_with(const std::vector<std::string>& index, const std::vector<std::string>& columns) {
    if (index.size() < columns.size()) return false;
    return column_set({index.begin(), index.begin() + static_cast<std::ptrdiff_t>(columns.size())}) ==
           column_set(columns);
}

void foreign_key(
    Context& context,
    const Name& table,
    const std::vector<std::string>& columns,
    const PgQuery__Constraint& constraint,
    std::size_t at,
    bool fresh
) {
    if (columns.empty()) return;
    if (view(constraint.fk_del_action) == "a") {
        context.report(
            "design-on-delete",
            fmt::format("nothing says what happens to rows of {} when what they reference goes", text_of(table)),
            {.relation = table, .at = at}
        );
    }
    const auto key = context.key(table);
    const auto own = context.file().indexes.find(key);
    bool served = own != context.file().indexes.end() &&
                  std::any_of(own->second.begin(), own->second.end(), [&](const auto& index) {
                      return begins_with(index, columns);
                  });
    const auto* known = context.relation(table);
    if (known != nullptr) {
        for (const auto id : known->indexes)
            served = served || begins_with(index_columns(context.world()->at(id).definition), columns);
    }
    if (!served) {
        const auto list = joined(columns);
        context.report(
            "design-fk-index",
            fmt::format(
                "no index of {} begins with {}: deletes in {} read all of it",
                text_of(table),
                list,
                text_of(name_of(constraint.pktable))
            ),
            {.relation = table,
             .at = at,
             .key = key + " " + column_set(columns),
             .fix = {fmt::format(
                 "CREATE INDEX {}ON {} ({});",
                 fresh || context.is_new(table) ? "" : "CONCURRENTLY ",
                 text_of(table),
                 list
             )}}
        );
    }
}

void foreign_key_type(
    Context& context,
    const Name& table,
    std::string_view column,
    std::string_view type,
    const PgQuery__Constraint& constraint,
    std::size_t at
) {
    const auto* other = context.relation(name_of(constraint.pktable));
    if (other == nullptr || type.empty()) return;
    std::string there;
    if (constraint.n_pk_attrs > 0) {
        there = value_of(constraint.pk_attrs[0]);
    } else if (const auto* primary = other->primary_key(); primary != nullptr && primary->columns.size() == 1) {
        there = primary->columns[0];
    }
    const auto* known = other->column(there);
    if (known == nullptr) return;
    const auto width = [](std::string_view name) {
        return name == "bigint" || name == "int8" || name == "bigserial" ? 8
               : name == "integer" || name == "int4" || name == "serial" ? 4
               : name == "smallint" || name == "int2"                    ? 2
                                                                         : 0;
    };
    if (width(type) == 0 || width(known->type) == 0 || width(type) >= width(known->type)) return;
    context.report(
        "design-fk-type",
        fmt::format(
            "{}.{} is {}, and {}.{} is {}",
            text_of(table),
            effects::quoted(column),
            type,
            other->text(),
            effects::quoted(there),
            known->type
        ),
        {.relation = table, .at = at, .from_catalog = true}
    );
}

void column_keys(Context& context, const Name& table, const PgQuery__ColumnDef& column, bool fresh) {
    const std::string name{view(column.colname)};
    if (has(column, PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY) || has(column, PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE))
        serves(context, table, {name});
    for (const auto* node : sql::items(column.n_constraints, column.constraints)) {
        if (node->node_case != PG_QUERY__NODE__NODE_CONSTRAINT ||
            node->constraint->contype != PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
            continue;
        foreign_key(context, table, {name}, *node->constraint, context.at(node->constraint->location), fresh);
        foreign_key_type(
            context, table, name, bare_type(column.type_name), *node->constraint, context.at(column.location)
        );
    }
}

bool copies_keys(const PgQuery__Node& element) {
    constexpr std::uint32_t kIndexes = 1U << 6U;  // CREATE_TABLE_LIKE_INDEXES
    return element.node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE &&
           (element.table_like_clause->options & kIndexes) != 0;
}

int alignment(const PgQuery__TypeName* type) {
    constexpr std::array<std::string_view, 9> kEight{
        "int8", "bigserial", "serial8", "timestamp", "timestamptz", "float8", "time", "interval", "money"
    };
    constexpr std::array<std::string_view, 5> kFour{"int4", "serial", "float4", "date", "oid"};
    const auto name = bare_type(type);
    if (std::find(kEight.begin(), kEight.end(), name) != kEight.end()) return 8;
    if (std::find(kFour.begin(), kFour.end(), name) != kFour.end()) return 4;
    if (name == "int2" || name == "smallserial") return 2;
    return name == "bool" ? 1 : 0;
}

void column_order(Context& context, const PgQuery__CreateStmt& statement, const Name& table) {
    int before = 8;
    int wasted = 0;
    for (const auto* node : sql::items(statement.n_table_elts, statement.table_elts)) {
        if (node->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) continue;
        const auto size = alignment(node->column_def->type_name);
        if (size > before) wasted += size - before;
        if (size > 0) before = size;
    }
    if (wasted > 0)
        context.report(
            "design-column-order",
            fmt::format("about {} bytes of each row of {} are padding", wasted, text_of(table)),
            {.relation = table}
        );
}

void create_table(Context& context, const PgQuery__CreateStmt& statement) {
    const auto table = name_of(statement.relation);
    const bool temporary = statement.relation != nullptr && view(statement.relation->relpersistence) == "t";
    std::set<std::string> names;
    std::vector<std::string> primary;
    bool copied = statement.partbound != nullptr || statement.n_inh_relations > 0 || statement.of_typename != nullptr;
    // Keys first: they may serve a foreign key that stands before them.
    for (const auto* element : sql::items(statement.n_table_elts, statement.table_elts)) {
        if (element->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const auto& constraint = *element->constraint;
        const auto type = constraint.contype;
        if (type == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY) primary = strings(constraint.keys, constraint.n_keys);
        if (type == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY || type == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE)
            serves(context, table, strings(constraint.keys, constraint.n_keys));
    }
    for (const auto* element : sql::items(statement.n_table_elts, statement.table_elts)) {
        if (copies_keys(*element)) copied = true;
        if (element->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) continue;
        const auto& column = *element->column_def;
        const std::string name{view(column.colname)};
        if (has(column, PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY)) primary.push_back(name);
        if (!names.insert(name).second) {
            context.report(
                "design-duplicate-column",
                fmt::format("the server refuses it: {} is there twice", effects::quoted(name)),
                {.relation = table, .at = context.at(column.location)}
            );
        }
        column_type(context, table, column);
        column_keys(context, table, column, true);
    }
    for (const auto* element : sql::items(statement.n_table_elts, statement.table_elts)) {
        if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
            element->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN) {
            const auto& constraint = *element->constraint;
            foreign_key(
                context,
                table,
                strings(constraint.fk_attrs, constraint.n_fk_attrs),
                constraint,
                context.at(constraint.location),
                true
            );
        }
        if (element->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) continue;
        const auto& column = *element->column_def;
        if (std::find(primary.begin(), primary.end(), view(column.colname)) == primary.end() || primary.size() > 1)
            continue;
        if (is_short_integer(bare_type(column.type_name))) {
            context.report(
                "design-int-key",
                fmt::format(
                    "{}.{} ends at {}",
                    text_of(table),
                    effects::quoted(view(column.colname)),
                    bare_type(column.type_name).find('2') != std::string_view::npos ||
                            bare_type(column.type_name).starts_with("small")
                        ? "32,767"
                        : "2,147,483,647"
                ),
                {.relation = table, .at = context.at(column.location)}
            );
        }
    }
    column_order(context, statement, table);
    if (primary.empty() && !copied && !temporary) {
        context.report(
            "design-no-pk",
            fmt::format("{} has no primary key", text_of(table)),
            {.relation = table, .key = context.key(table)}
        );
    }
}

// --- indexes --------------------------------------------------------------------------------------------------------

void create_index(Context& context, const PgQuery__IndexStmt& statement) {
    const auto table = name_of(statement.relation);
    std::vector<std::string> columns;
    bool plain = statement.where_clause == nullptr &&
                 (view(statement.access_method).empty() || view(statement.access_method) == "btree");
    for (const auto* node : sql::items(statement.n_index_params, statement.index_params)) {
        if (node->node_case != PG_QUERY__NODE__NODE_INDEX_ELEM) continue;
        const auto& element = *node->index_elem;
        if (view(element.name).empty()) {
            plain = false;
            break;
        }
        plain = plain && element.n_collation == 0 && element.n_opclass == 0 &&
                element.ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DEFAULT;
        columns.emplace_back(view(element.name));
    }
    if (view(statement.idxname).empty())
        context.report("design-unnamed", "the server makes up its name", {.relation = table});
    if (statement.unique == 0 && statement.n_index_params > 3) {
        context.report(
            "design-wide-index",
            fmt::format("{} columns: every write pays for all of them", statement.n_index_params),
            {.relation = table}
        );
    }
    if (plain && !context.effect().no_op) {
        const auto own = context.file().indexes.find(context.key(table));
        std::string covered;
        const auto covers = [&](const std::vector<std::string>& other) {
            return other.size() >= columns.size() && std::equal(columns.begin(), columns.end(), other.begin());
        };
        if (own != context.file().indexes.end() && std::any_of(own->second.begin(), own->second.end(), covers))
            covered = "another one of this file";
        const auto* known = context.relation(table);
        if (known != nullptr) {
            for (const auto id : known->indexes) {
                const auto& index = context.world()->at(id);
                const bool simple = index.definition.find(" WHERE ") == std::string::npos &&
                                    index.definition.find("USING btree") != std::string::npos && !index.invalid;
                if (simple && index.name != view(statement.idxname) && covers(index_columns(index.definition)))
                    covered = index.text();
            }
        }
        // A unique index says more than one that only finds rows.
        if (!covered.empty() && !columns.empty() && statement.unique == 0) {
            context.report(
                "design-duplicate-index",
                fmt::format("{} begins with {} as well", covered, joined(columns)),
                {.relation = table, .from_catalog = known != nullptr}
            );
        }
    }
    if (statement.where_clause == nullptr && !columns.empty()) serves(context, table, columns);
}

void long_name(Context& context, std::string_view name) {
    if (name.size() < 63) return;
    // The parser has cut it already: the text tells how long it was.
    const auto at = context.sql().find(name);
    if (at == std::string_view::npos) return;
    auto end = at + name.size();
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
               (static_cast<unsigned char>(c) & 0x80U) != 0;
    };
    while (end < context.sql().size() && is_part(context.sql()[end])) ++end;
    if (end - at <= 63) return;
    context.report(
        "design-long-name", fmt::format("it becomes {}", name), {.at = at, .end = end, .object = std::string{name}}
    );
}

void autovacuum(Context& context, const Action& action) {
    const auto* def = action.command.def;
    if (def == nullptr || def->node_case != PG_QUERY__NODE__NODE_LIST) return;
    const auto* element = option(def->list->items, def->list->n_items, "autovacuum_enabled");
    if (element == nullptr) return;
    const bool reset = action.command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions;
    if (reset || is_true(element)) {
        context.withdraw("design-autovacuum-off", context.key(action.table), false);
        return;
    }
    context.report(
        "design-autovacuum-off",
        fmt::format("dead rows of {} stay, and nothing here turns it on again", text_of(action.table)),
        {.relation = action.table,
         .at = action.at,
         .key = context.key(action.table),
         .fix = {fmt::format("ALTER TABLE {} RESET (autovacuum_enabled);", text_of(action.table))}}
    );
}

void backfill(Context& context, const PgQuery__RangeVar* relation) {
    const auto table = name_of(relation);
    if (table.name.empty() || context.is_small(table)) return;
    context.report(
        "design-analyze",
        fmt::format("the planner knows nothing of the new values of {} until it is analysed", text_of(table)),
        {.relation = table, .key = context.key(table), .fix = {fmt::format("ANALYZE {};", text_of(table))}}
    );
}

}  // namespace

void design_rules(Context& context) {
    const auto& node = context.node();
    for (const auto& object : context.effect().objects) {
        if (object.what == effects::ObjectChange::What::created) long_name(context, object.name);
        if (object.what == effects::ObjectChange::What::renamed) long_name(context, object.new_name);
    }
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            long_name(context, name_of(node.create_stmt->relation).name);
            if (!context.effect().no_op) create_table(context, *node.create_stmt);
            break;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            long_name(context, view(node.index_stmt->idxname));
            create_index(context, *node.index_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
            context.report(
                "design-enum",
                "its labels can be added and renamed, never removed",
                {.object = text_of(name_of(node.create_enum_stmt->type_name, node.create_enum_stmt->n_type_name))}
            );
            break;
        case PG_QUERY__NODE__NODE_VACUUM_STMT: {
            const auto& statement = *node.vacuum_stmt;
            const bool analyses =
                statement.is_vacuumcmd == 0 || is_true(option(statement.options, statement.n_options, "analyze"));
            if (!analyses) break;
            for (const auto* relation : sql::items(statement.n_rels, statement.rels)) {
                if (relation->node_case == PG_QUERY__NODE__NODE_VACUUM_RELATION)
                    context.withdraw(
                        "design-analyze", context.key(name_of(relation->vacuum_relation->relation)), false
                    );
            }
            break;
        }
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
            if (context.scans(name_of(node.update_stmt->relation)) == Certainty::yes ||
                node.update_stmt->where_clause == nullptr ||
                node.update_stmt->where_clause->node_case == PG_QUERY__NODE__NODE_NULL_TEST)
                backfill(context, node.update_stmt->relation);
            break;
        case PG_QUERY__NODE__NODE_INSERT_STMT: {
            const auto* source = node.insert_stmt->select_stmt;
            const bool selects = source != nullptr && source->node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
                                 source->select_stmt->n_values_lists == 0 && source->select_stmt->n_from_clause > 0;
            if (selects) backfill(context, node.insert_stmt->relation);
            break;
        }
        default:
            break;
    }
}

void design_action_rules(Context& context, const Action& action) {
    const auto* def = action.command.def;
    switch (action.command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
            if (def == nullptr || def->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) break;
            long_name(context, view(def->column_def->colname));
            column_type(context, action.table, *def->column_def);
            column_keys(context, action.table, *def->column_def, false);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint: {
            if (def == nullptr || def->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) break;
            const auto& constraint = *def->constraint;
            if (view(constraint.conname).empty() && view(constraint.indexname).empty())
                context.report(
                    "design-unnamed", "the server makes up its name", {.relation = action.table, .at = action.at}
                );
            if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY)
                context.withdraw("design-no-pk", context.key(action.table), false);
            if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY ||
                constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE)
                serves(context, action.table, strings(constraint.keys, constraint.n_keys));
            if (constraint.contype != PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN) break;
            const auto columns = strings(constraint.fk_attrs, constraint.n_fk_attrs);
            foreign_key(context, action.table, columns, constraint, action.at, false);
            if (columns.size() == 1) {
                const auto* known = context.column(action.table, columns[0]);
                if (known != nullptr)
                    foreign_key_type(context, action.table, columns[0], known->type, constraint, action.at);
            }
            break;
        }
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
            autovacuum(context, action);
            break;
        default:
            break;
    }
}

}  // namespace drydock::lint
