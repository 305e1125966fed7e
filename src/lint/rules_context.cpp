#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"
#include "sql/parser.h"

// What depends on where the statement runs: what is there already, which version, how big, how much is known.
namespace drydock::lint {
namespace {

using sql::view;

constexpr std::int64_t kBig = std::int64_t{1} << 30;
constexpr std::int64_t kMuchLog = std::int64_t{256} << 20;

// As format_type says it, of the parser's spelling.
std::string canonical(const PgQuery__TypeName* type) {
    constexpr std::array<std::array<std::string_view, 3>, 17> kNames{{
        {"int4", "integer", ""},
        {"int8", "bigint", ""},
        {"int2", "smallint", ""},
        {"serial", "integer", ""},
        {"bigserial", "bigint", ""},
        {"float8", "double precision", ""},
        {"float4", "real", ""},
        {"bool", "boolean", ""},
        {"varchar", "character varying", ""},
        {"bpchar", "character", ""},
        {"decimal", "numeric", ""},
        {"varbit", "bit varying", ""},
        {"timestamptz", "timestamp", " with time zone"},
        {"timestamp", "timestamp", " without time zone"},
        {"timetz", "time", " with time zone"},
        {"time", "time", " without time zone"},
        {"char", "\"char\"", ""},
    }};
    auto text = type_text(type);
    const auto bare = bare_type(type);
    for (const auto& [parser, server, suffix] : kNames) {
        if (bare != parser) continue;
        const auto behind = text.substr(bare.size());
        const auto bracket = behind.find('[');
        const auto modifier = behind.substr(0, bracket);
        const auto array = bracket == std::string::npos ? std::string{} : behind.substr(bracket);
        return fmt::format("{}{}{}{}", server, modifier, suffix, array);
    }
    return text;
}

bool same_type(std::string_view a, std::string_view b) {
    const auto last = [](std::string_view name) { return name.substr(name.rfind('.') + 1); };
    return a == b || (a.find('.') != b.find('.') && last(a) == last(b));
}

void existing_table(Context& context, const PgQuery__CreateStmt& statement) {
    if (statement.if_not_exists == 0) return;
    const auto name = name_of(statement.relation);
    const auto* there = context.relation(name);
    if (there == nullptr) return;
    std::string difference;
    std::size_t columns = 0;
    for (const auto* node : sql::items(statement.n_table_elts, statement.table_elts)) {
        if (node->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF) continue;
        ++columns;
        const auto column = view(node->column_def->colname);
        const auto* known = there->column(column);
        const auto type = canonical(node->column_def->type_name);
        if (known == nullptr) {
            difference = fmt::format("it has no column {}", effects::quoted(column));
        } else if (!known->type.empty() && !same_type(known->type, type)) {
            difference = fmt::format("its {} is {}, not {}", effects::quoted(column), known->type, type);
        }
        if (!difference.empty()) break;
    }
    if (difference.empty() && columns > 0 && columns < there->columns.size())
        difference = fmt::format("it has {} columns, not {}", there->columns.size(), columns);
    if (there->kind != effects::RelationKind::table) difference = "it is no table";
    if (difference.empty()) return;
    context.report(
        "ctx-ineffective",
        fmt::format("{} is there already and is another one: {}; nothing is done", text_of(name), difference),
        {.relation = name, .from_catalog = true}
    );
}

void existing_index(Context& context, const PgQuery__IndexStmt& statement) {
    if (statement.if_not_exists == 0 || view(statement.idxname).empty()) return;
    const auto table = name_of(statement.relation);
    const Name name{.schema = table.schema, .name = std::string{view(statement.idxname)}};
    const auto* there = context.relation(name);
    if (there == nullptr) return;
    std::string difference;
    const auto* on = context.relation(table);
    if (there->invalid) difference = "it is invalid, left by a build that failed";
    if (there->kind != effects::RelationKind::index)
        difference = "it is no index";
    else if (on != nullptr && there->table != on->id)
        difference = fmt::format("it is on {}", context.world()->at(there->table).text());
    else if (there->unique != (statement.unique != 0))
        difference = there->unique ? "it is unique" : "it is not unique";
    else if (difference.empty()) {
        std::size_t from = there->definition.find('(');
        for (const auto* node : sql::items(statement.n_index_params, statement.index_params)) {
            const auto column =
                node->node_case == PG_QUERY__NODE__NODE_INDEX_ELEM ? view(node->index_elem->name) : std::string_view{};
            if (column.empty() || from == std::string::npos) break;
            from = there->definition.find(effects::quoted(column), from);
            if (from == std::string::npos) difference = fmt::format("it is {}", there->definition);
        }
    }
    if (difference.empty()) return;
    context.report(
        "ctx-ineffective",
        fmt::format("{} is there already and is another one: {}; nothing is done", text_of(name), difference),
        {.relation = table, .object = text_of(name), .from_catalog = true}
    );
}

void existing_column(Context& context, const PgQuery__AlterTableStmt& statement) {
    for (const auto* node : sql::items(statement.n_cmds, statement.cmds)) {
        if (node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
        const auto& command = *node->alter_table_cmd;
        if (command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn || command.missing_ok == 0 ||
            command.def == nullptr || command.def->node_case != PG_QUERY__NODE__NODE_COLUMN_DEF)
            continue;
        const auto& wanted = *command.def->column_def;
        const auto table = name_of(statement.relation);
        const auto* there = context.column(table, view(wanted.colname));
        if (there == nullptr || there->type.empty() || wanted.type_name == nullptr) continue;
        const auto type = canonical(wanted.type_name);
        if (same_type(there->type, type)) continue;
        context.report(
            "ctx-ineffective",
            fmt::format(
                "{}.{} is there already and is {}, not {}; nothing is done",
                text_of(table),
                effects::quoted(view(wanted.colname)),
                there->type,
                type
            ),
            {.relation = table, .from_catalog = true}
        );
    }
}

// The relation that DDL is about.
const PgQuery__RangeVar* changed_relation(const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            return node.create_stmt->relation;
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            return node.alter_table_stmt->relation;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            return node.index_stmt->relation;
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            return node.view_stmt->view;
        case PG_QUERY__NODE__NODE_RENAME_STMT:
            return node.rename_stmt->relation;
        default:
            return nullptr;
    }
}

void search_path(Context& context) {
    auto& file = context.file();
    if (file.search_path_line == 0 || file.told_search_path) return;
    const auto* relation = changed_relation(context.node());
    if (relation == nullptr || !view(relation->schemaname).empty() || view(relation->relpersistence) == "t") return;
    file.told_search_path = true;
    context.report(
        "ctx-search-path",
        fmt::format(
            "which {} is meant depends on the search_path of line {}",
            effects::quoted(view(relation->relname)),
            file.search_path_line
        ),
        {.at = context.at(relation->location), .object = effects::quoted(view(relation->relname))}
    );
}

void cost(Context& context) {
    for (const auto& relation : context.effect().relations) {
        const Name name{.schema = relation.schema, .name = relation.name};
        if (relation.kind == effects::RelationKind::index || context.is_new(name)) continue;
        const bool builds = context.node().node_case == PG_QUERY__NODE__NODE_INDEX_STMT;
        if (relation.rewrites != Certainty::yes && !builds) continue;
        const auto size = context.size(name);
        if (!size) continue;
        const auto bytes = human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(size->heap_bytes, 0)));
        if (size->heap_bytes >= kBig) {
            context.report(
                "ctx-disk",
                fmt::format("{} free are needed beside {}, and as much write-ahead log", bytes, text_of(name)),
                {.relation = name,
                 .severity = builds ? std::optional{Severity::notice} : std::nullopt,
                 .from_catalog = true}
            );
        }
        if (context.options().replicas && size->heap_bytes >= kMuchLog) {
            context.report(
                "ctx-standby",
                fmt::format("{} of write-ahead log reach the replicas at once", bytes),
                {.relation = name,
                 .severity = builds ? std::optional{Severity::notice} : std::nullopt,
                 .from_catalog = true}
            );
        }
    }
}

void opaque(Context& context) {
    const auto& node = context.node();
    if (node.node_case == PG_QUERY__NODE__NODE_CALL_STMT) {
        const auto* call = node.call_stmt->funccall;
        context.report(
            "ctx-opaque",
            fmt::format(
                "what {} does is not known from the file",
                call == nullptr ? "the procedure" : text_of(name_of(call->funcname, call->n_funcname))
            ),
            {}
        );
    }
    if (node.node_case == PG_QUERY__NODE__NODE_EXECUTE_STMT)
        context.report("ctx-opaque", "what the prepared statement does is not known from here", {});
}

// Work on a new table that was filled in this transaction.
void new_table(Context& context) {
    for (const auto& relation : context.effect().relations) {
        const Name name{.schema = relation.schema, .name = relation.name};
        if (relation.kind == effects::RelationKind::index || !context.is_new(name) ||
            !context.file().filled.contains(context.key(name)))
            continue;
        if (relation.scans != Certainty::yes && relation.rewrites != Certainty::yes) continue;
        context.report(
            "ctx-new-object",
            fmt::format("{} holds the rows that this file loaded: this reads them all", text_of(name)),
            {.relation = name}
        );
        return;
    }
}

// What another rule has not said already, in better words.
void refused(Context& context, std::size_t first_draft) {
    if (context.effect().error.empty() || context.options().world == nullptr) return;
    constexpr std::array<std::string_view, 6> kSaid{
        "col-type-blocked",
        "con-fk-partitioned",
        "idx-cic-partitioned",
        "mv-refresh-unique",
        "compat-replace-view",
        "tx-enum-use"
    };
    const auto& drafts = context.state().drafts;
    for (auto i = first_draft; i < drafts.size(); ++i) {
        if (std::find(kSaid.begin(), kSaid.end(), drafts[i].finding.rule->id) != kSaid.end()) return;
    }
    context.report(
        "ctx-refused",
        fmt::format("the server refuses it: {} (SQLSTATE {})", context.effect().error, context.effect().sqlstate),
        {.from_catalog = true}
    );
}

}  // namespace

void context_rules(Context& context, std::size_t first_draft) {
    refused(context, first_draft);
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            existing_table(context, *node.create_stmt);
            break;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            existing_index(context, *node.index_stmt);
            break;
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            existing_column(context, *node.alter_table_stmt);
            break;
        default:
            break;
    }
    search_path(context);
    cost(context);
    opaque(context);
    new_table(context);
    version_rules(context);
}

void version_rules(Context& context) {
    const int version = context.version();
    if (version == 0) return;
    const auto needs = [&](int since, std::string_view what) {
        if (version >= since) return;
        context.report(
            "ctx-version", fmt::format("{} needs PostgreSQL {}, the server is {}", what, since, version), {}
        );
    };
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            needs(15, "MERGE");
            break;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            if (node.index_stmt->nulls_not_distinct != 0) needs(15, "NULLS NOT DISTINCT");
            break;
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            if (option(node.view_stmt->options, node.view_stmt->n_options, "security_invoker") != nullptr)
                needs(15, "security_invoker");
            break;
        case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
            if (node.create_trig_stmt->replace != 0) needs(14, "CREATE OR REPLACE TRIGGER");
            break;
        case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT:
            for (const auto* object :
                 sql::items(node.create_publication_stmt->n_pubobjects, node.create_publication_stmt->pubobjects)) {
                if (object->node_case != PG_QUERY__NODE__NODE_PUBLICATION_OBJ_SPEC) continue;
                const auto& spec = *object->publication_obj_spec;
                if (spec.pubtable == nullptr)
                    needs(15, "FOR TABLES IN SCHEMA");
                else if (spec.pubtable->n_columns > 0 || spec.pubtable->where_clause != nullptr)
                    needs(15, "a publication with columns or a WHERE");
            }
            break;
        case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
            if (node.create_function_stmt->sql_body != nullptr) needs(14, "a function body in standard SQL");
            break;
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            for (const auto* command : sql::items(node.alter_table_stmt->n_cmds, node.alter_table_stmt->cmds)) {
                if (command->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
                const auto& action = *command->alter_table_cmd;
                const auto* def = action.def;
                const bool detach = action.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition &&
                                    def != nullptr && def->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD &&
                                    def->partition_cmd->concurrent != 0;
                if (detach) needs(14, "DETACH PARTITION … CONCURRENTLY");
                if (action.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression) needs(14, "SET COMPRESSION");
                if (action.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod) needs(15, "SET ACCESS METHOD");
                if (def != nullptr && def->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
                    def->constraint->nulls_not_distinct != 0)
                    needs(15, "NULLS NOT DISTINCT");
            }
            break;
        default:
            break;
    }
}

}  // namespace drydock::lint
