#include <set>

#include <pg_query/pg_query.pb-c.h>

#include "effects/tree.h"

namespace drydock::effects {

namespace {

// The relations of a query, and what it does to them.
struct Relations {
    struct Write {
        Work work;
        const PgQuery__RangeVar* relation;
    };
    std::vector<const PgQuery__RangeVar*> named;  // in order
    std::vector<Write> written;
    std::set<const PgQuery__RangeVar*> not_read;  // targets, and the aliases after FOR UPDATE OF
    std::set<const PgQuery__RangeVar*> locked;
    std::set<std::string, std::less<>> with;  // names that WITH gives
    const PgQuery__RangeVar* made = nullptr;  // SELECT INTO

    void write(Work work, const PgQuery__RangeVar* relation) {
        written.push_back({work, relation});
        not_read.insert(relation);
    }
};

template <class T>
const T& as(const ProtobufCMessage* message) {
    return *reinterpret_cast<const T*>(message);
}

bool deletes(const PgQuery__MergeStmt& merge) {
    for (std::size_t i = 0; i < merge.n_merge_when_clauses; ++i) {
        const PgQuery__Node* clause = merge.merge_when_clauses[i];
        if (clause->node_case == PG_QUERY__NODE__NODE_MERGE_WHEN_CLAUSE &&
            clause->merge_when_clause->command_type == PG_QUERY__CMD_TYPE__CMD_DELETE) {
            return true;
        }
    }
    return false;
}

void lock_named(const PgQuery__SelectStmt& select, const PgQuery__LockingClause& clause, Relations& found) {
    std::set<std::string_view> only;
    for (std::size_t i = 0; i < clause.n_locked_rels; ++i) {
        const PgQuery__Node* node = clause.locked_rels[i];
        if (node->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        only.insert(node->range_var->relname);
        found.not_read.insert(node->range_var);
    }
    const auto lock = [&](const ProtobufCMessage* message) {
        if (message->descriptor != &pg_query__range_var__descriptor) return true;
        const auto& relation = as<PgQuery__RangeVar>(message);
        const std::string_view known_as = relation.alias != nullptr ? relation.alias->aliasname : relation.relname;
        if (only.empty() || only.contains(known_as)) found.locked.insert(&relation);
        return true;
    };
    for (std::size_t i = 0; i < select.n_from_clause; ++i) walk(&select.from_clause[i]->base, lock);
}

void look_at_select(const PgQuery__SelectStmt& select, Relations& found) {
    if (select.into_clause != nullptr && select.into_clause->rel != nullptr) {
        found.made = select.into_clause->rel;
        found.not_read.insert(found.made);
    }
    for (std::size_t i = 0; i < select.n_locking_clause; ++i) {
        const PgQuery__Node* clause = select.locking_clause[i];
        if (clause->node_case == PG_QUERY__NODE__NODE_LOCKING_CLAUSE)
            lock_named(select, *clause->locking_clause, found);
    }
}

bool look_at(const ProtobufCMessage* message, Relations& found) {
    const ProtobufCMessageDescriptor* kind = message->descriptor;
    if (kind == &pg_query__range_var__descriptor) {
        found.named.push_back(&as<PgQuery__RangeVar>(message));
    } else if (kind == &pg_query__common_table_expr__descriptor) {
        found.with.insert(as<PgQuery__CommonTableExpr>(message).ctename);
    } else if (kind == &pg_query__select_stmt__descriptor) {
        look_at_select(as<PgQuery__SelectStmt>(message), found);
    } else if (kind == &pg_query__insert_stmt__descriptor) {
        found.write(Work::insert_rows, as<PgQuery__InsertStmt>(message).relation);
    } else if (kind == &pg_query__update_stmt__descriptor) {
        const auto& update = as<PgQuery__UpdateStmt>(message);
        found.write(update.where_clause == nullptr ? Work::update_all : Work::update_some, update.relation);
    } else if (kind == &pg_query__delete_stmt__descriptor) {
        const auto& removal = as<PgQuery__DeleteStmt>(message);
        found.write(removal.where_clause == nullptr ? Work::delete_all : Work::delete_some, removal.relation);
    } else if (kind == &pg_query__merge_stmt__descriptor) {
        const auto& merge = as<PgQuery__MergeStmt>(message);
        found.write(deletes(merge) ? Work::merge_and_delete : Work::merge_rows, merge.relation);
    }
    return true;
}

}  // namespace

bool TreeReader::read_rows(const PgQuery__Node* node) {
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_INSERT_STMT:
        case PG_QUERY__NODE__NODE_UPDATE_STMT:
        case PG_QUERY__NODE__NODE_DELETE_STMT:
        case PG_QUERY__NODE__NODE_MERGE_STMT:
        case PG_QUERY__NODE__NODE_SELECT_STMT:
            read_query(node);
            return true;
        case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
            read_query(node->declare_cursor_stmt->query);
            return true;
        case PG_QUERY__NODE__NODE_COPY_STMT:
            read_copy(node);
            return true;
        case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
            read_explain(node);
            return true;
        case PG_QUERY__NODE__NODE_DO_STMT:
            opaque(Work::opaque_block, {});
            return true;
        case PG_QUERY__NODE__NODE_EXECUTE_STMT:
            opaque(Work::opaque_execute, node->execute_stmt->name);
            return true;
        case PG_QUERY__NODE__NODE_CALL_STMT: {
            const PgQuery__FuncCall* call = node->call_stmt->funccall;
            opaque(Work::opaque_call, call == nullptr ? "" : name_of(call->funcname, call->n_funcname).text());
            return true;
        }
        default:
            return false;
    }
}

void TreeReader::read_query(const PgQuery__Node* tree, Work reads) {
    if (tree == nullptr) return;
    Relations found;
    walk(&tree->base, [&](const ProtobufCMessage* message) { return look_at(message, found); });
    for (const auto& [work, relation] : found.written) add(work, relation);
    for (const PgQuery__RangeVar* relation : found.named) {
        const bool of_with = *relation->schemaname == '\0' && found.with.contains(relation->relname);
        if (of_with || found.not_read.contains(relation)) continue;
        add(found.locked.contains(relation) ? Work::lock_rows : reads, relation);
    }
    if (found.made != nullptr) memory_.add_relation(name_of(found.made));
}

void TreeReader::read_copy(const PgQuery__Node* node) {
    const PgQuery__CopyStmt& copy = *node->copy_stmt;
    read_query(copy.query);
    add(copy.is_from != 0 ? Work::copy_in : Work::copy_out, copy.relation);
}

void TreeReader::read_explain(const PgQuery__Node* node) {
    const PgQuery__ExplainStmt& explain = *node->explain_stmt;
    const std::size_t before = out_.steps.size();
    if (explain.query != nullptr) read(explain.query);
    if (is_on(explain.options, explain.n_options, "analyze")) return;
    for (std::size_t i = before; i < out_.steps.size(); ++i) {
        Step& step = out_.steps[i];
        step.asked = fact(step.work).lock;
        step.work = Work::planned;
    }
}

}  // namespace drydock::effects
