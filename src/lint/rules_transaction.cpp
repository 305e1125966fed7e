#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "lint/rules.h"

// What stands in one transaction, what it holds, and which time limits are set.
namespace drydock::lint {
namespace {

using sql::view;

constexpr std::size_t kTablesCompared = 32;

Name name_in(const effects::RelationEffect& relation) {
    return {.schema = relation.schema, .name = relation.name};
}

// What the statement drops is gone: nobody waits for it any more.
bool is_dropped(const Context& context, const effects::RelationEffect& relation) {
    return relation.named && context.node().node_case == PG_QUERY__NODE__NODE_DROP_STMT;
}

// Locks that others may wait for, on what was there before the file.
std::vector<const effects::RelationEffect*> strong_locks(const Context& context, LockMode least) {
    std::vector<const effects::RelationEffect*> result;
    for (const auto& relation : context.effect().relations) {
        if (relation.lock >= least && !context.is_new(name_in(relation))) result.push_back(&relation);
    }
    return result;
}

bool writes_rows(const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
        case PG_QUERY__NODE__NODE_DELETE_STMT:
        case PG_QUERY__NODE__NODE_MERGE_STMT:
            return true;
        case PG_QUERY__NODE__NODE_COPY_STMT:
            return node.copy_stmt->is_from != 0;
        case PG_QUERY__NODE__NODE_INSERT_STMT: {
            const auto* source = node.insert_stmt->select_stmt;
            return source != nullptr && source->node_case == PG_QUERY__NODE__NODE_SELECT_STMT &&
                   source->select_stmt->n_values_lists == 0;
        }
        default:
            return false;
    }
}

bool has_condition(const PgQuery__Node& node) {
    if (node.node_case == PG_QUERY__NODE__NODE_UPDATE_STMT) return node.update_stmt->where_clause != nullptr;
    if (node.node_case == PG_QUERY__NODE__NODE_DELETE_STMT) return node.delete_stmt->where_clause != nullptr;
    return false;
}

bool changes_something(const PgQuery__Node& node) {
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_SELECT_STMT:
        case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
        case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
        case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
        case PG_QUERY__NODE__NODE_DISCARD_STMT:
            return false;
        default:
            return true;
    }
}

void shape_rules(Context& context) {
    switch (context.stand().trouble) {
        case Stand::Trouble::nested:
            context.report("tx-nesting", "a transaction is open already: this BEGIN does nothing", {});
            break;
        case Stand::Trouble::stray_end:
            if (context.options().runner == Runner::psql) break;
            context.report(
                "tx-inside-tool-tx",
                fmt::format("no BEGIN of this file stands before it: it ends the transaction around the file"),
                {}
            );
            break;
        case Stand::Trouble::never_ended:
            context.report("tx-open", "no COMMIT follows: all that stands behind is rolled back", {.fix = {"COMMIT;"}});
            break;
        case Stand::Trouble::refused:
            context.report(
                "idx-cic-in-tx",
                context.stand().own ? "the server refuses it in the transaction that this file begins"
                                    : "the server refuses it in the transaction that the tool puts around the file",
                {.fix =
                     {context.stand().own ? "-- put it behind the COMMIT"
                                          : "-- tell the tool not to use a transaction for this file"}}
            );
            break;
        case Stand::Trouble::none:
            break;
    }
}

void enum_rules(Context& context) {
    const auto& node = context.node();
    auto& values = context.transaction().enum_values;
    if (node.node_case == PG_QUERY__NODE__NODE_ALTER_ENUM_STMT) {
        const auto& statement = *node.alter_enum_stmt;
        if (view(statement.old_val).empty() && context.in_transaction()) values.emplace_back(view(statement.new_val));
        return;
    }
    for (const auto& value : values) {
        std::string literal{"'"};
        for (const char c : value) literal += c == '\'' ? std::string{"''"} : std::string{c};
        literal += '\'';
        const auto at = context.sql().find(literal);
        if (at == std::string_view::npos) continue;
        context.report(
            "tx-enum-use",
            fmt::format("{} was added in this transaction, and can't be used before its end", literal),
            {.at = at, .end = at + literal.size(), .fix = {"-- COMMIT between the two"}}
        );
        return;
    }
}

bool has_lock_timeout(Context& context) {
    const auto& local = context.transaction().local_lock_timeout;
    return context.in_transaction() && local ? *local : context.file().lock_timeout;
}

void time_limit_rules(Context& context, const std::vector<const effects::RelationEffect*>& strong) {
    auto& file = context.file();
    if (!strong.empty() && !file.told_lock_timeout && !has_lock_timeout(context)) {
        file.told_lock_timeout = true;
        auto* finding = context.report(
            "tx-lock-timeout",
            fmt::format(
                "it waits for a lock on {} without a limit, and everybody who comes later waits behind it",
                text_of(name_in(*strong[0]))
            ),
            {.relation = name_in(*strong[0]), .lock = strong[0]->lock, .fix = {"SET lock_timeout = '3s';"}}
        );
        if (context.options().runner == Runner::psql && !context.in_transaction())
            context.edit(finding, 0, 0, "SET lock_timeout = '3s';\n");
    }
    const bool drydock = context.options().runner == Runner::drydock;
    if (file.told_statement_timeout || file.statement_timeout || (drydock && !file.statement_timeout_off)) return;
    for (const auto* relation : strong) {
        if (!context.likely(relation->rewrites, name_in(*relation)) &&
            !context.likely(relation->scans, name_in(*relation)))
            continue;
        file.told_statement_timeout = true;
        context.report(
            "tx-statement-timeout",
            fmt::format("it works through {} for as long as it takes", text_of(name_in(*relation))),
            {.relation = name_in(*relation), .lock = relation->lock, .fix = {"SET statement_timeout = '10min';"}}
        );
        return;
    }
}

void hold_rules(Context& context) {
    auto& transaction = context.transaction();
    if (transaction.told_hold || transaction.held.empty()) return;
    const auto held = std::find_if(transaction.held.begin(), transaction.held.end(), [&](const Held& lock) {
        return lock.mode == LockMode::access_exclusive && lock.statement < context.now().number;
    });
    if (held == transaction.held.end()) return;
    bool heavy = false;
    bool certain = false;
    for (const auto& relation : context.effect().relations) {
        if (relation.kind == effects::RelationKind::index || context.is_small(name_in(relation))) continue;
        const bool old = !context.is_new(name_in(relation));
        const bool works =
            context.likely(relation.rewrites, name_in(relation)) || context.likely(relation.scans, name_in(relation));
        const bool build = works && !old && context.file().filled.contains(context.key(name_in(relation)));
        if (!old && !build) continue;
        heavy = heavy || works || (writes_rows(context.node()) && relation.lock == LockMode::row_exclusive);
        certain = certain || relation.rewrites == Certainty::yes || relation.scans == Certainty::yes;
    }
    if (!heavy) return;
    transaction.told_hold = true;
    context.report(
        "tx-hold",
        fmt::format("{} stays closed to everybody, since line {}, until this is done", held->relation, held->line),
        {.lock = LockMode::access_exclusive,
         .object = held->relation,
         .fix = {"-- put it into a migration of its own"},
         .severity = certain || (writes_rows(context.node()) && !has_condition(context.node()))
                         ? std::nullopt
                         : std::optional{Severity::notice}}
    );
}

void order_rules(Context& context, const std::string& relation) {
    auto& state = context.state();
    const auto& held = context.transaction().held;
    for (std::size_t i = 0; i < held.size() && i < kTablesCompared; ++i) {
        if (held[i].relation == relation || held[i].statement == context.now().number) continue;
        const auto other = state.lock_orders.find({relation, held[i].relation});
        if (other != state.lock_orders.end()) {
            context.report(
                "tx-order",
                fmt::format(
                    "{} is locked before {} here, and behind it in {}", held[i].relation, relation, other->second
                ),
                {.object = relation}
            );
            continue;
        }
        state.lock_orders.emplace(
            std::pair{held[i].relation, relation}, state.here + ":" + std::to_string(context.now().line)
        );
    }
}

void take_locks(Context& context) {
    if (!context.in_transaction()) return;
    auto& transaction = context.transaction();
    for (const auto* relation : strong_locks(context, LockMode::share_row_exclusive)) {
        if (!relation->named || relation->kind == effects::RelationKind::index || is_dropped(context, *relation))
            continue;
        const auto name = context.key(name_in(*relation));
        const auto known = std::find_if(transaction.held.begin(), transaction.held.end(), [&](const Held& h) {
            return h.relation == name;
        });
        if (known != transaction.held.end()) {
            known->mode = std::max(known->mode, relation->lock);
            continue;
        }
        order_rules(context, name);
        if (!transaction.held.empty() && transaction.held.back().statement != context.now().number &&
            !transaction.told_many) {
            transaction.told_many = true;
            context.report(
                "tx-many-tables",
                fmt::format(
                    "{} is locked as well, while {} is (line {}): each until the end",
                    name,
                    transaction.held.front().relation,
                    transaction.held.front().line
                ),
                {.relation = name_in(*relation), .lock = relation->lock}
            );
        }
        transaction.held.push_back({name, relation->lock, context.now().line, context.now().number});
    }
}

void merge_rules(Context& context) {
    if (context.node().node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT || !context.in_transaction()) return;
    const auto table = name_of(context.node().alter_table_stmt->relation);
    if (context.is_new(table) ||
        (!context.likely(context.rewrites(table), table) && !context.likely(context.scans(table), table)))
        return;
    for (const auto* command :
         sql::items(context.node().alter_table_stmt->n_cmds, context.node().alter_table_stmt->cmds)) {
        if (command->node_case == PG_QUERY__NODE__NODE_ALTER_TABLE_CMD &&
            command->alter_table_cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint)
            return;
    }
    auto& alters = context.transaction().heavy_alters;
    const auto [before, first] = alters.emplace(context.key(table), context.now().line);
    if (first) return;
    context.report(
        "tx-merge-alters",
        fmt::format(
            "line {} goes through {} already: in one ALTER TABLE it is done once", before->second, text_of(table)
        ),
        {.relation = table}
    );
}

void wrapper_rules(Context& context) {
    if (context.now().nested || !changes_something(context.node())) return;
    auto& file = context.file();
    const auto shape = context.now().shape;
    const bool outside = shape == sql::Shape::outside_only;
    auto& count = outside ? file.outside : file.transactional;
    const auto other = outside ? file.transactional : file.outside;
    const bool first = count++ == 0;
    if (first && other > 0 && context.options().runner == Runner::drydock) {
        context.report(
            "tx-mixed", "the file runs step by step: some statements can't run in a transaction, others could", {}
        );
    }
    if (outside || context.in_transaction() || context.effect().no_op) return;
    if (context.options().runner == Runner::drydock && !context.file().no_transaction) return;
    if (to_lower(context.sql().substr(0, 200)).find(" exists ") != std::string::npos) return;
    if (++file.alone != 2) return;
    context.report(
        "tx-missing-wrapper",
        "when a statement fails, those before it stay: the file can't be run again as it is",
        {.fix = {"BEGIN;", "…", "COMMIT;"}}
    );
}

}  // namespace

void setting_rules(Context& context, const PgQuery__VariableSetStmt& statement) {
    const auto name = view(statement.name);
    const bool reset = statement.kind != PG_QUERY__VARIABLE_SET_KIND__VAR_SET_VALUE;
    const bool everything = statement.kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL;
    const bool local = statement.is_local != 0;
    const auto value = statement.n_args > 0 ? value_of(statement.args[0]) : std::string{};
    const bool zero = reset || value == "0" ||
                      (!value.empty() && parse_duration(value).value_or(std::chrono::milliseconds{1}).count() == 0);
    auto& file = context.file();
    if (name == "search_path" && statement.n_args > 0) {
        file.search_path = value == "$user" && statement.n_args > 1 ? value_of(statement.args[1]) : value;
        file.search_path_line = context.now().line;
    }
    if (name == "lock_timeout" || everything) {
        if (local && !context.in_transaction()) {
            context.report(
                "tx-lock-timeout",
                "SET LOCAL outside a transaction has no effect",
                {.fix = {fmt::format("SET lock_timeout = '{}';", value.empty() || value == "0" ? "3s" : value)}}
            );
            return;
        }
        if (local) {
            context.transaction().local_lock_timeout = !zero;
        } else {
            file.lock_timeout = !zero;
            context.transaction().local_lock_timeout.reset();
        }
        file.told_lock_timeout = false;
    }
    if (name == "statement_timeout" || name == "transaction_timeout") {
        file.statement_timeout = !zero;
        file.statement_timeout_off = zero;
    }
}

void transaction_rules(Context& context) {
    if (context.now().outermost) shape_rules(context);
    enum_rules(context);
    time_limit_rules(context, strong_locks(context, LockMode::share));
    hold_rules(context);
    take_locks(context);
    merge_rules(context);
    wrapper_rules(context);
}

}  // namespace drydock::lint
