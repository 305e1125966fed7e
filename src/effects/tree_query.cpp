#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/compose.h"
#include "effects/tree.h"
#include "sql/body.h"
#include "sql/parser.h"

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
            read_block(*node);
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

void TreeReader::read_block(const PgQuery__Node& node) {
    const sql::Body body = sql::read_body(node);
    if (!body.read) return opaque(Work::opaque_block, body.problem);
    for (const sql::BodyStatement& inside : body.statements) {
        const sql::Parsed parsed = sql::parse(inside.text);
        Effect part;
        if (parsed.tree == nullptr) {
            part.note = fmt::format("line {} of the block is not analysed: {}", inside.line, parsed.problem);
        } else if (parsed.tree->n_stmts == 1) {
            TreeReader reader{memory_};
            reader.read(parsed.tree->stmts[0]->stmt);
            part = reader.take();
        }
        merge(effect_, part, !inside.conditional && !inside.guarded);
    }
    for (const sql::BodyStatement& unknown : body.opaque) {
        effect_.opaque = true;
        const std::string note = fmt::format(
            "line {} of the block executes a text that is made when it runs, {}: a shadow shows what that does",
            unknown.line,
            unknown.text
        );
        append(effect_.note, note, "; ");
    }
    if (effect_.opaque) effect_.exact = false;
    if (!body.opaque.empty() && body.statements.empty()) effect_.analysed = false;
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
    if (tree->node_case == PG_QUERY__NODE__NODE_MERGE_STMT) needs(since::kMerge);
    if (exact_) read_more(*tree);
    if (found.made == nullptr) return;
    memory_.add_relation(name_of(found.made));
    if (exact_ && !exists_exact(name_of(found.made), false)) {
        make_query_table(RelationKind::table, name_of(found.made), tree);
    }
}

// What a query touches besides what it names: sequences, and the other ends of foreign keys of the rows it writes.
void TreeReader::read_more(const PgQuery__Node& tree) {
    walk(&tree.base, [&](const ProtobufCMessage* message) {
        const ProtobufCMessageDescriptor* kind = message->descriptor;
        if (kind == &pg_query__func_call__descriptor) {
            const auto& call = as<PgQuery__FuncCall>(message);
            const std::string name = name_of(call.funcname, call.n_funcname).name;
            if (name == "nextval" || name == "setval") use_sequence(call);
        } else if (kind == &pg_query__insert_stmt__descriptor) {
            write_keys(as<PgQuery__InsertStmt>(message).relation, nullptr, false);
        } else if (kind == &pg_query__update_stmt__descriptor) {
            const auto& update = as<PgQuery__UpdateStmt>(message);
            std::set<std::string> columns;
            for (std::size_t i = 0; i < update.n_target_list; ++i) {
                if (update.target_list[i]->node_case != PG_QUERY__NODE__NODE_RES_TARGET) continue;
                columns.insert(update.target_list[i]->res_target->name);
            }
            write_keys(update.relation, &columns, false);
        } else if (kind == &pg_query__delete_stmt__descriptor) {
            write_keys(as<PgQuery__DeleteStmt>(message).relation, nullptr, true);
        }
        return true;
    });
}

// Foreign keys are checked row by row, by queries on the other table. `changed`: the columns that UPDATE sets.
void TreeReader::write_keys(const PgQuery__RangeVar* target, const std::set<std::string>* changed, bool deleted) {
    const Name name = name_of(target);
    const Relation* found = memory_.world->find(name.schema, name.name);
    if (found == nullptr || planning_) return;
    const Relation table = *found;
    const auto touches = [&](const std::vector<std::string>& columns) {
        return changed == nullptr ||
               std::ranges::any_of(columns, [&](const std::string& column) { return changed->contains(column); });
    };
    for (const Constraint& key : table.constraints) {
        if (key.references == kNoId || key.not_enforced || deleted || !touches(key.columns)) continue;
        exact_->plan(
            key.references,
            LockMode::row_share,
            Certainty::no,
            fmt::format("the foreign key {} is checked for each row", key.name)
        );
    }
    if (!deleted && changed == nullptr) return;
    for (const Incoming& incoming : table.referenced_by) {
        const Constraint* key = memory_.world->at(incoming.table).constraint(incoming.constraint);
        if (key == nullptr || key->not_enforced || !touches(key->referenced)) continue;
        const std::string_view rule = deleted ? "ON DELETE " : "ON UPDATE ";
        const auto at = key->definition.find(rule);
        const std::string_view action = at == std::string::npos
                                            ? std::string_view{"NO ACTION"}
                                            : std::string_view{key->definition}.substr(at + rule.size());
        const bool writes = action.starts_with("CASCADE") || action.starts_with("SET");
        exact_->plan(
            incoming.table,
            writes ? LockMode::row_exclusive : LockMode::row_share,
            Certainty::maybe,
            fmt::format("rows that its foreign key {} leads to are {}", key->name, deleted ? "deleted" : "changed")
        );
        if (writes) continue;
        exact_->may_fail(
            table.id,
            "23503",
            fmt::format("rows of {} that {} refers to", table.text(), memory_.world->at(incoming.table).text()),
            {}
        );
    }
}

void TreeReader::read_copy(const PgQuery__Node* node) {
    const PgQuery__CopyStmt& copy = *node->copy_stmt;
    read_query(copy.query);
    add(copy.is_from != 0 ? Work::copy_in : Work::copy_out, copy.relation);
}

void TreeReader::read_explain(const PgQuery__Node* node) {
    const PgQuery__ExplainStmt& explain = *node->explain_stmt;
    const bool outer = planning_;
    planning_ = outer || !is_on(explain.options, explain.n_options, "analyze");
    if (explain.query != nullptr) read(explain.query);
    planning_ = outer;
}

}  // namespace drydock::effects
