#include <pg_query/pg_query.pb-c.h>

#include "base/text.h"
#include "effects/tree.h"

namespace drydock::effects {

bool TreeReader::read_maintenance(const PgQuery__Node* node) {
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
            truncate(node);
            return true;
        case PG_QUERY__NODE__NODE_LOCK_STMT:
            lock_table(node);
            return true;
        case PG_QUERY__NODE__NODE_VACUUM_STMT:
            vacuum(node);
            return true;
        case PG_QUERY__NODE__NODE_REINDEX_STMT:
            reindex(*node->reindex_stmt);
            return true;
        case PG_QUERY__NODE__NODE_CLUSTER_STMT:
            if (node->cluster_stmt->relation == nullptr) {
                add(
                    {.work = Work::every_table,
                     .subject = "every table with a CLUSTER mark is written anew under ACCESS EXCLUSIVE"}
                );
            }
            add(Work::cluster, node->cluster_stmt->relation);
            return true;
        case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT: {
            if (exact_ && refresh_exact(*node->refresh_mat_view_stmt)) return true;
            const bool concurrently = node->refresh_mat_view_stmt->concurrent != 0;
            add(concurrently ? Work::refresh_concurrently : Work::refresh, node->refresh_mat_view_stmt->relation);
            return true;
        }
        case PG_QUERY__NODE__NODE_ALTER_TABLE_MOVE_ALL_STMT:
            add({.work = Work::every_table, .subject = "everything in that tablespace is copied under ACCESS EXCLUSIVE"}
            );
            return true;
        case PG_QUERY__NODE__NODE_REASSIGN_OWNED_STMT:
            add(
                {.work = Work::every_table,
                 .subject = "everything that the roles own in this database gets ACCESS EXCLUSIVE"}
            );
            return true;
        case PG_QUERY__NODE__NODE_DROP_OWNED_STMT:
            for (std::size_t i = 0; i < node->drop_owned_stmt->n_roles; ++i) {
                const PgQuery__Node* role = node->drop_owned_stmt->roles[i];
                if (role->node_case != PG_QUERY__NODE__NODE_ROLE_SPEC) continue;
                const std::string name = role->role_spec->rolename;
                add({.work = Work::drop_owned, .subject = name.empty() ? "the current role" : name});
            }
            return true;
        default:
            session(node);
            return true;
    }
}

void TreeReader::truncate(const PgQuery__Node* node) {
    const PgQuery__TruncateStmt& statement = *node->truncate_stmt;
    if (exact_) return truncate_exact(statement);
    for (std::size_t i = 0; i < statement.n_relations; ++i) {
        const PgQuery__Node* relation = statement.relations[i];
        if (relation->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        add(Work::truncate, relation->range_var);
        if (statement.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE) {
            add(Work::truncate_cascade, relation->range_var);
        }
    }
}

void TreeReader::lock_table(const PgQuery__Node* node) {
    const PgQuery__LockStmt& statement = *node->lock_stmt;
    // The server numbers its modes from 1, ACCESS SHARE, to 8, ACCESS EXCLUSIVE, as LockMode does.
    if (statement.mode < 1 || statement.mode > static_cast<int>(LockMode::access_exclusive)) return;
    for (std::size_t i = 0; i < statement.n_relations; ++i) {
        const PgQuery__Node* relation = statement.relations[i];
        if (relation->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        add(
            {.work = Work::lock_table,
             .relation = name_of(relation->range_var),
             .asked = static_cast<LockMode>(statement.mode)}
        );
    }
}

void TreeReader::vacuum(const PgQuery__Node* node) {
    const PgQuery__VacuumStmt& statement = *node->vacuum_stmt;
    const bool full = is_on(statement.options, statement.n_options, "full");
    const Work work = statement.is_vacuumcmd == 0 ? Work::analyze : full ? Work::vacuum_full : Work::vacuum;
    if (statement.n_rels == 0 && exact_) {
        for (const Id id : memory_.world->all_tables()) {
            const Relation& table = memory_.world->at(id);
            add({.work = work, .relation = {.schema = table.schema, .name = table.name}, .only = true});
        }
        effect_.exact = false;
    } else if (statement.n_rels == 0) {
        add(
            {.work = Work::every_table,
             .subject = full ? "every table is written anew, one after the other, under ACCESS EXCLUSIVE"
                             : "every table gets SHARE UPDATE EXCLUSIVE, one after the other"}
        );
    }
    for (std::size_t i = 0; i < statement.n_rels; ++i) {
        const PgQuery__Node* relation = statement.rels[i];
        if (relation->node_case == PG_QUERY__NODE__NODE_VACUUM_RELATION) add(work, relation->vacuum_relation->relation);
    }
}

void TreeReader::reindex(const PgQuery__ReindexStmt& statement) {
    const bool concurrently = is_on(statement.params, statement.n_params, "concurrently");
    if (exact_ && reindex_exact(statement, concurrently)) return;
    switch (statement.kind) {
        case PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_INDEX:
            return add(concurrently ? Work::reindex_index_concurrently : Work::reindex_index, statement.relation);
        case PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_TABLE:
            return add(concurrently ? Work::reindex_table_concurrently : Work::reindex_table, statement.relation);
        default:
            return add(
                {.work = Work::every_table,
                 .subject = concurrently
                                ? "every table gets SHARE UPDATE EXCLUSIVE, one after the other"
                                : "every table gets SHARE and every index ACCESS EXCLUSIVE, one after the other"}
            );
    }
}

void TreeReader::session(const PgQuery__Node* node) {
    if (node->node_case == PG_QUERY__NODE__NODE_TRANSACTION_STMT) {
        const PgQuery__TransactionStmtKind kind = node->transaction_stmt->kind;
        if (kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN ||
            kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START) {
            memory_.begin_transaction();
        }
        if (kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT) memory_.end_transaction();
        if (kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK ||
            kind == PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_ROLLBACK_TO) {
            memory_.roll_back();
        }
        return;
    }
    if (node->node_case != PG_QUERY__NODE__NODE_VARIABLE_SET_STMT) return;
    const PgQuery__VariableSetStmt& statement = *node->variable_set_stmt;
    const auto text_at = [&](std::size_t i) -> std::string {
        const PgQuery__Node* argument = statement.args[i];
        while (argument->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) argument = argument->type_cast->arg;
        if (argument->node_case != PG_QUERY__NODE__NODE_A_CONST) return {};
        return argument->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL ? argument->a_const->sval->sval : "";
    };
    const std::string setting = to_lower(statement.name);
    if (exact_ && setting == "timezone") memory_.world->set_time_zone(statement.n_args == 0 ? "" : text_at(0));
    if (setting != "search_path") return;
    if (exact_) {
        std::vector<std::string> schemas;
        for (std::size_t i = 0; i < statement.n_args; ++i) {
            std::string one = text_at(i);
            if (!one.empty() && one != "$user") schemas.push_back(std::move(one));
        }
        if (schemas.empty()) schemas.emplace_back("public");
        memory_.world->set_search_path(std::move(schemas));
    }
    std::string schema = "public";
    for (std::size_t i = 0; i < statement.n_args; ++i) {
        const PgQuery__Node* argument = statement.args[i];
        if (argument->node_case != PG_QUERY__NODE__NODE_A_CONST) continue;
        if (argument->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL) continue;
        schema = argument->a_const->sval->sval;
        if (schema != "$user") break;
    }
    memory_.set_default_schema(schema, statement.is_local != 0);
}

}  // namespace drydock::effects
