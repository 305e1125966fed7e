#include <pg_query/pg_query.pb-c.h>

#include "effects/tree.h"

namespace drydock::effects {

namespace {

using Kind = Reader::Memory::TypeKind;

bool same(const Name& a, const Name& b) {
    return a.name == b.name && a.schema == b.schema;
}

const PgQuery__DefElem* option(PgQuery__Node* const* options, std::size_t count, std::string_view name) {
    for (std::size_t i = 0; i < count; ++i) {
        if (options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM && options[i]->def_elem->defname == name) {
            return options[i]->def_elem;
        }
    }
    return nullptr;
}

// The tables that the foreign keys of a table element lead to.
std::vector<Name> referenced(const PgQuery__Node* element) {
    std::vector<Name> names;
    const auto look = [&](const PgQuery__Constraint& constraint) {
        if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN) names.push_back(name_of(constraint.pktable));
    };
    if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) look(*element->constraint);
    if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
        for (std::size_t i = 0; i < element->column_def->n_constraints; ++i) {
            const PgQuery__Node* node = element->column_def->constraints[i];
            if (node->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) look(*node->constraint);
        }
    }
    return names;
}

}  // namespace

bool TreeReader::read_create(const PgQuery__Node* node) {
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_CREATE_STMT:
            create_table(*node->create_stmt);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT:
            if (node->create_foreign_table_stmt->base_stmt != nullptr) {
                create_table(*node->create_foreign_table_stmt->base_stmt);
            }
            return true;
        case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
            create_table_as(node);
            return true;
        case PG_QUERY__NODE__NODE_VIEW_STMT:
            create_view(node);
            return true;
        case PG_QUERY__NODE__NODE_INDEX_STMT:
            create_index(*node->index_stmt);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
            create_sequence(node);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
            create_function(node);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
            create_domain(node);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT:
            create_schema(node);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:
            add({.work = Work::own_script, .subject = node->create_extension_stmt->extname});
            return true;
        default:
            return read_create_part(node);
    }
}

bool TreeReader::read_create_part(const PgQuery__Node* node) {
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
            add(Work::create_trigger, node->create_trig_stmt->relation);
            add(Work::constraint_trigger_from, node->create_trig_stmt->constrrel);
            return true;
        case PG_QUERY__NODE__NODE_RULE_STMT:
            add(Work::create_rule, node->rule_stmt->relation);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT:
            add(Work::policy, node->create_policy_stmt->table);
            read_query(node->create_policy_stmt->qual, Work::defined_over);
            read_query(node->create_policy_stmt->with_check, Work::defined_over);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
            for (std::size_t i = 0; i < node->create_stats_stmt->n_relations; ++i) {
                const PgQuery__Node* relation = node->create_stats_stmt->relations[i];
                if (relation->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
                    add(Work::create_statistics, relation->range_var);
                }
            }
            return true;
        case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
            memory_.add_type(
                name_of(node->create_enum_stmt->type_name, node->create_enum_stmt->n_type_name), Kind::plain
            );
            return true;
        case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
            memory_.add_type(
                name_of(node->create_range_stmt->type_name, node->create_range_stmt->n_type_name), Kind::plain
            );
            return true;
        case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT:
            memory_.add_type(name_of(node->composite_type_stmt->typevar), Kind::plain);
            memory_.add_relation(name_of(node->composite_type_stmt->typevar));
            return true;
        default:
            return false;
    }
}

void TreeReader::create_table(const PgQuery__CreateStmt& statement) {
    const Name table = name_of(statement.relation);
    const Work parent = statement.partbound != nullptr ? Work::new_partition : Work::inherited_by_new_table;
    for (std::size_t i = 0; i < statement.n_inh_relations; ++i) {
        const PgQuery__Node* node = statement.inh_relations[i];
        if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) add(parent, node->range_var);
    }
    for (std::size_t i = 0; i < statement.n_table_elts; ++i) {
        const PgQuery__Node* element = statement.table_elts[i];
        if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
            add(Work::copied_by_new_table, element->table_like_clause->relation);
        }
        for (const Name& other : referenced(element)) {
            if (!same(other, table)) add({.work = Work::referenced_by_new_table, .relation = other});
        }
    }
    if (statement.if_not_exists == 0) memory_.add_relation(table);
}

void TreeReader::create_table_as(const PgQuery__Node* node) {
    const PgQuery__CreateTableAsStmt& statement = *node->create_table_as_stmt;
    const bool empty = statement.into != nullptr && statement.into->skip_data != 0;
    if (statement.query != nullptr && statement.query->node_case == PG_QUERY__NODE__NODE_EXECUTE_STMT) {
        read(statement.query);
    } else {
        read_query(statement.query, empty ? Work::defined_over : Work::read_rows);
    }
    if (statement.into != nullptr && statement.if_not_exists == 0) memory_.add_relation(name_of(statement.into->rel));
}

void TreeReader::create_view(const PgQuery__Node* node) {
    const PgQuery__ViewStmt& statement = *node->view_stmt;
    read_query(statement.query, Work::defined_over);
    if (statement.replace != 0) {
        add(Work::replace_view, statement.view);
    } else {
        memory_.add_relation(name_of(statement.view));
    }
}

void TreeReader::create_index(const PgQuery__IndexStmt& statement) {
    if (statement.relation == nullptr) return;
    const Name table = name_of(statement.relation);
    const bool only = statement.relation->inh == 0;
    const Work work = statement.concurrent != 0 ? Work::create_index_concurrently
                      : only                    ? Work::create_index_only
                                                : Work::create_index;
    add({.work = work, .relation = table, .subject = statement.idxname});
    if (*statement.idxname == '\0') return;
    // An index has no schema of its own to be named in: it stands in its table's.
    const Name index{.schema = table.schema, .name = statement.idxname};
    memory_.add_index(index, table);
    if (statement.if_not_exists == 0) memory_.add_relation(index);
}

void TreeReader::create_sequence(const PgQuery__Node* node) {
    const PgQuery__CreateSeqStmt& statement = *node->create_seq_stmt;
    if (const PgQuery__DefElem* owner = option(statement.options, statement.n_options, "owned_by")) {
        const PgQuery__Node* list = owner->arg;
        if (list != nullptr && list->node_case == PG_QUERY__NODE__NODE_LIST && list->list->n_items > 1) {
            add({.work = Work::own_sequence, .relation = name_of(list->list->items, list->list->n_items - 1)});
        }
    }
    if (statement.if_not_exists == 0) memory_.add_relation(name_of(statement.sequence));
}

void TreeReader::create_function(const PgQuery__Node* node) {
    const PgQuery__CreateFunctionStmt& statement = *node->create_function_stmt;
    const PgQuery__DefElem* given = option(statement.options, statement.n_options, "volatility");
    const bool is_volatile = given == nullptr || string_of(given->arg) == "volatile";
    memory_.add_function(name_of(statement.funcname, statement.n_funcname), is_volatile);
}

void TreeReader::create_domain(const PgQuery__Node* node) {
    const PgQuery__CreateDomainStmt& statement = *node->create_domain_stmt;
    Kind kind = Kind::unknown;
    if (const PgQuery__TypeName* base = statement.type_name) {
        const Name name = name_of(base->names, base->n_names);
        const bool plain = base->n_array_bounds > 0 || name.schema == "pg_catalog" || is_plain_type(name.name);
        kind = plain ? Kind::plain : memory_.type_kind(name);
    }
    for (std::size_t i = 0; i < statement.n_constraints; ++i) {
        const PgQuery__Node* constraint = statement.constraints[i];
        if (constraint->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const PgQuery__ConstrType type = constraint->constraint->contype;
        if (type == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK || type == PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL) {
            kind = Kind::checked_domain;
        }
    }
    memory_.add_type(name_of(statement.domainname, statement.n_domainname), kind);
}

void TreeReader::create_schema(const PgQuery__Node* node) {
    const PgQuery__CreateSchemaStmt& statement = *node->create_schema_stmt;
    if (statement.n_schema_elts == 0) return;
    const Reader::Memory::Path path = memory_.path();
    memory_.set_default_schema(statement.schemaname, true);
    for (std::size_t i = 0; i < statement.n_schema_elts; ++i) read(statement.schema_elts[i]);
    memory_.set_path(path);
}

}  // namespace drydock::effects
