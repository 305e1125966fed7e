#include <fmt/format.h>

#include "lint/rules.h"

// Whole tables, materialized views, triggers, and locks that are asked for by name.
namespace drydock::lint {
namespace {

using sql::view;

void rewrite(
    Context& context,
    const Name& table,
    std::size_t at,
    std::string_view what,
    std::vector<std::string> fix = {},
    bool sure = true
) {
    context.report(
        "tbl-rewrite-misc",
        fmt::format("{} copies all of {} while it is closed to reads and writes", what, text_of(table)),
        {.relation = table,
         .at = at,
         .lock = LockMode::access_exclusive,
         .new_is_fine = true,
         .scales = true,
         .fix = std::move(fix),
         .severity = sure ? std::nullopt : std::optional{Severity::notice}}
    );
}

void trigger(Context& context, const Action& action, std::string_view rule) {
    if (context.is_new(action.table)) return;
    context.report(
        rule,
        fmt::format("writes to {} wait behind every write that is running", text_of(action.table)),
        {.relation = action.table, .at = action.at, .lock = LockMode::share_row_exclusive}
    );
}

void brief(Context& context, const Name& table, std::size_t at) {
    if (table.name.empty() || context.is_new(table)) return;
    context.report(
        "lock-brief",
        fmt::format("{} is closed to everybody for a moment, behind every running query", text_of(table)),
        {.relation = table, .at = at, .lock = LockMode::access_exclusive}
    );
}

void refresh(Context& context, const PgQuery__RefreshMatViewStmt& statement) {
    const auto name = name_of(statement.relation);
    if (context.is_new(name)) return;
    const auto* known = context.relation(name);
    bool unique = false;
    if (known != nullptr) {
        for (const auto id : known->indexes) {
            const auto& index = context.world()->at(id);
            unique =
                unique || (index.unique && !index.invalid && index.definition.find(" WHERE ") == std::string::npos);
        }
    }
    const auto word = context.find_keyword("VIEW");
    if (statement.concurrent != 0) {
        if (known == nullptr || unique) return;
        context.report(
            "mv-refresh-unique",
            fmt::format("the server refuses it: {} has no unique index", text_of(name)),
            {.relation = name,
             .fix = {fmt::format("CREATE UNIQUE INDEX ON {} (…);", text_of(name))},
             .from_catalog = true}
        );
        return;
    }
    if (statement.skip_data != 0 || (known != nullptr && !known->populated)) return;
    std::string fix{context.sql()};
    if (word != Context::npos) fix.insert(word + 4, " CONCURRENTLY");
    auto* finding = context.report(
        "mv-refresh",
        fmt::format("{} can't be read while it is computed", text_of(name)),
        {.relation = name, .lock = LockMode::access_exclusive, .scales = true, .fix = {fix + ";"}}
    );
    if (finding != nullptr && unique && word != Context::npos)
        context.edit(finding, word + 4, word + 4, " CONCURRENTLY");
    if (finding != nullptr && known != nullptr && !unique)
        finding->fix.insert(finding->fix.begin(), fmt::format("CREATE UNIQUE INDEX ON {} (…);", text_of(name)));
}

void create_as(Context& context, const PgQuery__CreateTableAsStmt& statement) {
    if (statement.into == nullptr || statement.into->skip_data != 0) return;
    const bool matview = statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
    // Only what reads tables that were there takes long.
    std::string sources;
    bool all_small = true;
    for (const auto& relation : context.effect().relations) {
        const Name name{.schema = relation.schema, .name = relation.name};
        if (context.is_new(name) || relation.lock != LockMode::access_share) continue;
        if (relation.kind == effects::RelationKind::index) continue;
        sources += (sources.empty() ? "" : ", ") + text_of(name);
        all_small = all_small && context.is_small(name);
    }
    if (sources.empty() || all_small) return;
    const auto name = name_of(statement.into->rel);
    std::vector<std::string> fix;
    if (matview)
        fix = {
            std::string{context.sql()} + " WITH NO DATA;",
            "-- in a later transaction:",
            fmt::format("REFRESH MATERIALIZED VIEW {};", text_of(name))
        };
    context.report(
        matview ? "mv-create" : "ctas",
        fmt::format(
            "{} read in the migration, while its locks are held",
            sources.find(',') == std::string::npos ? sources + " is" : sources + " are"
        ),
        {.object = text_of(name), .fix = std::move(fix)}
    );
}

void vacuum(Context& context, const PgQuery__VacuumStmt& statement) {
    if (!is_true(option(statement.options, statement.n_options, "full"))) return;
    if (statement.n_rels == 0) {
        context.report(
            "tbl-rewrite-misc",
            "VACUUM FULL copies every table of the database, each closed meanwhile",
            {.lock = LockMode::access_exclusive, .fix = {"VACUUM (ANALYZE);"}}
        );
        return;
    }
    for (const auto* node : sql::items(statement.n_rels, statement.rels)) {
        if (node->node_case != PG_QUERY__NODE__NODE_VACUUM_RELATION) continue;
        const auto table = name_of(node->vacuum_relation->relation);
        rewrite(context, table, 0, "VACUUM FULL", {fmt::format("VACUUM (ANALYZE) {};", text_of(table))});
    }
}

void lock_table(Context& context, const PgQuery__LockStmt& statement) {
    // PostgreSQL's numbers: 5 is SHARE, 8 ACCESS EXCLUSIVE.
    if (statement.mode < 5) return;
    const auto mode = static_cast<LockMode>(statement.mode);
    for (const auto* node : sql::items(statement.n_relations, statement.relations)) {
        if (node->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        const auto table = name_of(node->range_var);
        if (context.is_new(table)) continue;
        context.report(
            "lock-explicit",
            fmt::format(
                "{} on {} until the transaction ends: it blocks {}",
                effects::name(mode),
                text_of(table),
                effects::what_it_blocks(mode)
            ),
            {.relation = table,
             .at = context.at(node->range_var->location),
             .lock = mode,
             .severity = mode == LockMode::access_exclusive ? Severity::warning : Severity::notice}
        );
    }
}

}  // namespace

void relation_rules(Context& context, const Action& action) {
    const bool changes = action.rewrites != Certainty::no;
    const bool sure = action.rewrites == Certainty::yes;
    switch (action.command.subtype) {
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:
            if (changes) rewrite(context, action.table, action.at, "SET LOGGED", {}, sure);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged:
            if (changes) rewrite(context, action.table, action.at, "SET UNLOGGED", {}, sure);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace:
            if (changes) rewrite(context, action.table, action.at, "SET TABLESPACE", {}, sure);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod:
            if (changes) rewrite(context, action.table, action.at, "SET ACCESS METHOD", {}, sure);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
            trigger(context, action, "trg-enable");
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
            trigger(context, action, "trg-disable");
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropColumn:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ReplicaIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_NoForceRowSecurity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRule:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRule:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_DropInherit:
            brief(context, action.table, action.at);
            break;
        case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
        case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
            if (context.lock_on(action.table) == LockMode::access_exclusive) brief(context, action.table, action.at);
            break;
        default:
            break;
    }
}

void relation_statement_rules(Context& context) {
    const auto& node = context.node();
    switch (node.node_case) {
        case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
            refresh(context, *node.refresh_mat_view_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            create_as(context, *node.create_table_as_stmt);
            break;
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
            vacuum(context, *node.vacuum_stmt);
            break;
        case PG_QUERY__NODE__NODE_CLUSTER_STMT:
            if (node.cluster_stmt->relation != nullptr) {
                rewrite(context, name_of(node.cluster_stmt->relation), 0, "CLUSTER");
            } else {
                context.report(
                    "tbl-rewrite-misc",
                    "CLUSTER copies every table that was clustered before, each closed meanwhile",
                    {.lock = LockMode::access_exclusive}
                );
            }
            break;
        case PG_QUERY__NODE__NODE_LOCK_STMT:
            lock_table(context, *node.lock_stmt);
            break;
        case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT: {
            const auto table = name_of(node.create_trig_stmt->relation);
            if (context.is_new(table)) break;
            context.report(
                "trg-create",
                fmt::format("writes to {} wait behind every write that is running", text_of(table)),
                {.relation = table, .lock = LockMode::share_row_exclusive}
            );
            break;
        }
        case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
            brief(context, name_of(node.create_policy_stmt->table), 0);
            break;
        case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT:
            brief(context, name_of(node.alter_policy_stmt->table), 0);
            break;
        case PG_QUERY__NODE__NODE_RULE_STMT:
            brief(context, name_of(node.rule_stmt->relation), 0);
            break;
        case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
            brief(context, name_of(node.alter_object_schema_stmt->relation), 0);
            break;
        case PG_QUERY__NODE__NODE_RENAME_STMT: {
            const auto& statement = *node.rename_stmt;
            const auto table = name_of(statement.relation);
            const bool is_index = statement.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
            if (table.name.empty() || is_index || context.is_new(table)) break;
            if (statement.rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER) {
                context.report(
                    "trg-drop",
                    fmt::format("{} is closed to everybody for a moment", text_of(table)),
                    {.relation = table, .lock = LockMode::access_exclusive}
                );
            } else {
                brief(context, table, 0);
            }
            break;
        }
        case PG_QUERY__NODE__NODE_DROP_STMT: {
            const auto& statement = *node.drop_stmt;
            const auto type = statement.remove_type;
            const bool part = type == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER ||
                              type == PG_QUERY__OBJECT_TYPE__OBJECT_POLICY ||
                              type == PG_QUERY__OBJECT_TYPE__OBJECT_RULE;
            if (!part || statement.n_objects == 0 || statement.objects[0]->node_case != PG_QUERY__NODE__NODE_LIST)
                break;
            // table and name: the table is all but the last
            const auto& list = *statement.objects[0]->list;
            if (list.n_items < 2) break;
            const auto table = name_of(list.items, list.n_items - 1);
            if (context.is_new(table)) break;
            if (type == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER) {
                context.report(
                    "trg-drop",
                    fmt::format("{} is closed to everybody for a moment, behind every running query", text_of(table)),
                    {.relation = table, .lock = LockMode::access_exclusive}
                );
            } else {
                brief(context, table, 0);
            }
            break;
        }
        default:
            break;
    }
}

}  // namespace drydock::lint
