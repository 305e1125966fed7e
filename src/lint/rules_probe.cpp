#include <fmt/format.h>

#include "lint/rules.h"

// Statements that existing rows may make fail, each with a query that finds such rows.
namespace drydock::lint {
namespace {

std::string_view rule_of(std::string_view sqlstate) {
    if (sqlstate == "23505" || sqlstate == "23P01") return "probe-unique";
    if (sqlstate == "23502") return "probe-notnull";
    if (sqlstate == "23514") return "probe-check";
    if (sqlstate == "23503") return "probe-fk";
    if (sqlstate.starts_with("22")) return "probe-cast";
    return {};
}

struct Probe {
    std::string_view rule;
    std::string condition;
    std::string query;
};

std::optional<Probe> probe_of(const Context& context, const Name& table, const PgQuery__Constraint& constraint) {
    const auto name = text_of(table);
    const auto keys = joined(strings(constraint.keys, constraint.n_keys));
    switch (constraint.contype) {
        case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
        case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
            if (keys.empty()) return std::nullopt;
            return Probe{
                "probe-unique",
                "duplicates of " + keys,
                fmt::format("SELECT {0}, count(*) FROM {1} GROUP BY {0} HAVING count(*) > 1 LIMIT 10;", keys, name)
            };
        case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: {
            const auto body = context.clause(context.at(constraint.location));
            const auto open = body.find('(');
            const auto close = body.rfind(')');
            if (open == std::string_view::npos || close == std::string_view::npos || constraint.skip_validation != 0)
                return std::nullopt;
            const auto condition = body.substr(open, close + 1 - open);
            return Probe{
                "probe-check",
                fmt::format("rows of {} for which {} is false", name, condition),
                fmt::format("SELECT * FROM {} WHERE NOT {} LIMIT 10;", name, condition)
            };
        }
        case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: {
            const auto columns = strings(constraint.fk_attrs, constraint.n_fk_attrs);
            const auto others = strings(constraint.pk_attrs, constraint.n_pk_attrs);
            if (constraint.skip_validation != 0 || columns.size() != 1) return std::nullopt;
            const auto column = effects::quoted(columns[0]);
            const auto other = text_of(name_of(constraint.pktable));
            auto query = others.size() != 1 ? std::string{}
                                            : fmt::format(
                                                  "SELECT {0} FROM {1} a WHERE {0} IS NOT NULL AND NOT EXISTS (SELECT "
                                                  "FROM {2} b WHERE b.{3} = a.{0}) LIMIT 10;",
                                                  column,
                                                  name,
                                                  other,
                                                  effects::quoted(others[0])
                                              );
            return Probe{
                "probe-fk", fmt::format("values of {}.{} that are not in {}", name, column, other), std::move(query)
            };
        }
        default:
            return std::nullopt;
    }
}

// Where nothing is known of the table, the effect says nothing of its rows: the text does.
std::vector<Probe> probes_of_text(const Context& context) {
    std::vector<Probe> probes;
    const auto& node = context.node();
    if (node.node_case == PG_QUERY__NODE__NODE_INDEX_STMT && node.index_stmt->unique != 0) {
        const auto table = name_of(node.index_stmt->relation);
        std::vector<std::string> columns;
        for (const auto* item : sql::items(node.index_stmt->n_index_params, node.index_stmt->index_params)) {
            if (item->node_case == PG_QUERY__NODE__NODE_INDEX_ELEM && !sql::view(item->index_elem->name).empty())
                columns.emplace_back(sql::view(item->index_elem->name));
        }
        const bool plain =
            columns.size() == node.index_stmt->n_index_params && node.index_stmt->where_clause == nullptr;
        if (!context.is_new(table) && plain) {
            const auto list = joined(columns);
            probes.push_back(
                {"probe-unique",
                 "duplicates of " + list,
                 fmt::format(
                     "SELECT {0}, count(*) FROM {1} GROUP BY {0} HAVING count(*) > 1 LIMIT 10;", list, text_of(table)
                 )}
            );
        }
    }
    if (node.node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT) return probes;
    const auto table = name_of(node.alter_table_stmt->relation);
    if (context.is_new(table)) return probes;
    for (const auto* item : sql::items(node.alter_table_stmt->n_cmds, node.alter_table_stmt->cmds)) {
        if (item->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_CMD) continue;
        const auto& command = *item->alter_table_cmd;
        if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull) {
            const auto column = effects::quoted(sql::view(command.name));
            probes.push_back(
                {"probe-notnull",
                 fmt::format("nulls in {}", column),
                 fmt::format("SELECT * FROM {} WHERE {} IS NULL LIMIT 10;", text_of(table), column)}
            );
        }
        const auto* def = command.def;
        if (command.subtype != PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint || def == nullptr ||
            def->node_case != PG_QUERY__NODE__NODE_CONSTRAINT)
            continue;
        if (auto probe = probe_of(context, table, *def->constraint)) probes.push_back(*std::move(probe));
    }
    return probes;
}

}  // namespace

void probe_rules(Context& context) {
    if (context.effect().may_fail.empty()) {
        const auto& node = context.node();
        const auto* table = node.node_case == PG_QUERY__NODE__NODE_INDEX_STMT         ? node.index_stmt->relation
                            : node.node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_STMT ? node.alter_table_stmt->relation
                                                                                      : nullptr;
        if (table == nullptr || context.relation(name_of(table)) != nullptr) return;
        for (auto& probe : probes_of_text(context)) {
            std::vector<std::string> fix;
            if (!probe.query.empty()) fix.push_back(std::move(probe.query));
            context.report(
                probe.rule,
                fmt::format("it fails where there are {}", probe.condition),
                {.relation = name_of(table), .fix = std::move(fix)}
            );
        }
        return;
    }
    for (const auto& failure : context.effect().may_fail) {
        const auto rule = rule_of(failure.sqlstate);
        if (rule.empty()) continue;
        std::vector<std::string> fix;
        if (!failure.probe.empty()) fix.push_back(failure.probe + (failure.probe.ends_with(';') ? "" : ";"));
        context.report(
            rule,
            fmt::format("it fails where there are {}", failure.condition),
            {.object = failure.relation, .fix = std::move(fix), .from_catalog = true}
        );
    }
}

}  // namespace drydock::lint
