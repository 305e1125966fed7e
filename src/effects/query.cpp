#include "effects/query.h"

#include <pg_query/pg_query.pb-c.h>

#include "effects/tree.h"
#include "effects/world.h"
#include "sql/parser.h"

namespace drydock::effects {

QueryNames names_in(const ProtobufCMessage* tree) {
    QueryNames names;
    std::set<std::string, std::less<>> with;
    walk(tree, [&](const ProtobufCMessage* message) {
        const ProtobufCMessageDescriptor* kind = message->descriptor;
        if (kind == &pg_query__range_var__descriptor) {
            names.relations.push_back(name_of(reinterpret_cast<const PgQuery__RangeVar*>(message)));
        } else if (kind == &pg_query__common_table_expr__descriptor) {
            with.insert(reinterpret_cast<const PgQuery__CommonTableExpr*>(message)->ctename);
        } else if (kind == &pg_query__func_call__descriptor) {
            const auto& call = *reinterpret_cast<const PgQuery__FuncCall*>(message);
            names.functions.push_back(name_of(call.funcname, call.n_funcname));
        } else if (kind == &pg_query__column_ref__descriptor) {
            const auto& column = *reinterpret_cast<const PgQuery__ColumnRef*>(message);
            if (column.n_fields == 0) return true;
            const PgQuery__Node* last = column.fields[column.n_fields - 1];
            if (last->node_case == PG_QUERY__NODE__NODE_A_STAR) names.star = true;
            if (last->node_case == PG_QUERY__NODE__NODE_STRING) names.columns.insert(last->string->sval);
        }
        return true;
    });
    std::erase_if(names.relations, [&](const Name& name) { return name.schema.empty() && with.contains(name.name); });
    return names;
}

QueryNames names_in_expression(std::string_view expression) {
    const sql::Parsed parsed = sql::parse("select " + std::string{expression});
    if (parsed.tree == nullptr) return {.parsed = false};
    return names_in(&parsed.tree->base);
}

IndexShape shape_of(const PgQuery__IndexStmt& statement) {
    IndexShape shape{.partial = statement.where_clause != nullptr, .method = statement.access_method};
    const auto add = [&](const QueryNames& names) { shape.columns.insert(names.columns.begin(), names.columns.end()); };
    for (std::size_t i = 0; i < statement.n_index_params; ++i) {
        if (statement.index_params[i]->node_case != PG_QUERY__NODE__NODE_INDEX_ELEM) continue;
        const PgQuery__IndexElem& element = *statement.index_params[i]->index_elem;
        IndexShape::Key key{.column = element.name};
        key.collation = name_of(element.collation, element.n_collation).name;
        key.operator_class = name_of(element.opclass, element.n_opclass).name;
        if (element.expr != nullptr) {
            shape.expressions = true;
            add(names_in(&element.expr->base));
        } else {
            shape.columns.insert(key.column);
        }
        shape.keys.push_back(std::move(key));
    }
    for (std::size_t i = 0; i < statement.n_index_including_params; ++i) {
        if (statement.index_including_params[i]->node_case != PG_QUERY__NODE__NODE_INDEX_ELEM) continue;
        shape.columns.insert(statement.index_including_params[i]->index_elem->name);
    }
    if (statement.where_clause != nullptr) add(names_in(&statement.where_clause->base));
    return shape;
}

IndexShape shape_of(const Relation& index) {
    const sql::Parsed parsed = sql::parse(index.definition);
    if (parsed.tree == nullptr || parsed.tree->n_stmts == 0) return {};
    const PgQuery__Node* statement = parsed.tree->stmts[0]->stmt;
    if (statement->node_case != PG_QUERY__NODE__NODE_INDEX_STMT) return {};
    return shape_of(*statement->index_stmt);
}

std::string index_text(const PgQuery__IndexStmt& statement) {
    std::string keys;
    for (std::size_t i = 0; i < statement.n_index_params; ++i) {
        if (statement.index_params[i]->node_case != PG_QUERY__NODE__NODE_INDEX_ELEM) continue;
        const PgQuery__IndexElem& element = *statement.index_params[i]->index_elem;
        if (!keys.empty()) keys += ", ";
        keys += element.expr == nullptr ? quoted(element.name) : "(" + sql::text_of(*element.expr) + ")";
    }
    std::string text = "CREATE INDEX i ON t (" + keys + ")";
    if (statement.where_clause != nullptr) text += " WHERE " + sql::text_of(*statement.where_clause);
    return text;
}

bool index_uses(const Relation& index, std::string_view column) {
    return shape_of(index).columns.contains(std::string{column});
}

void read_queries(
    std::span<const std::string_view> texts, const std::function<void(std::size_t, const QueryNames&)>& visit
) {
    sql::for_each_tree(texts, [&](std::size_t i, const sql::Parsed& parsed) {
        if (parsed.tree != nullptr) {
            visit(i, names_in(&parsed.tree->base));
        } else {
            visit(i, {.parsed = false});
        }
    });
}

}  // namespace drydock::effects
