#include <algorithm>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/tree.h"
#include "sql/parser.h"

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
            create_trigger(*node->create_trig_stmt);
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

void TreeReader::create_trigger(const PgQuery__CreateTrigStmt& statement) {
    add(Work::create_trigger, statement.relation);
    if (!exact_ || statement.relation == nullptr) return;
    const Name name = name_of(statement.relation);
    const Relation* table = memory_.world->find(name.schema, name.name);
    if (table == nullptr) return;
    const Id id = table->id;
    const bool there = std::ranges::find(table->triggers, statement.trigname) != table->triggers.end();
    if (there && statement.replace == 0) {
        exact_->refuse("42710", fmt::format("{} has a trigger {} already", table->text(), statement.trigname));
    }
    exact_->change(
        {.what = ObjectChange::What::created,
         .kind = catalog::Kind::trigger,
         .schema = table->schema,
         .parent = table->name,
         .name = statement.trigname}
    );
    for (const Id target : targets(id, statement.row == 0 || !table->partitioned)) {
        exact_->touch(target, fact(Work::create_trigger).lock, "a row trigger is made for each partition");
        std::vector<std::string>& triggers = memory_.world->edit(target).triggers;
        if (!there) triggers.emplace_back(statement.trigname);
    }
}

void TreeReader::create_table(const PgQuery__CreateStmt& statement) {
    const Name table = name_of(statement.relation);
    if (exact_ && exists_exact(table, statement.if_not_exists != 0)) return;
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
    if (exact_) return make_table(statement);
    if (statement.if_not_exists == 0) memory_.add_relation(table);
}

void TreeReader::create_table_as(const PgQuery__Node* node) {
    const PgQuery__CreateTableAsStmt& statement = *node->create_table_as_stmt;
    const bool empty = statement.into != nullptr && statement.into->skip_data != 0;
    if (exact_ && statement.into != nullptr &&
        exists_exact(name_of(statement.into->rel), statement.if_not_exists != 0)) {
        return;
    }
    if (statement.query != nullptr && statement.query->node_case == PG_QUERY__NODE__NODE_EXECUTE_STMT) {
        read(statement.query);
    } else {
        read_query(statement.query, empty ? Work::defined_over : Work::read_rows);
    }
    if (exact_ && statement.into != nullptr) {
        const bool view = statement.objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
        return make_query_table(
            view ? RelationKind::materialized_view : RelationKind::table, name_of(statement.into->rel), statement.query
        );
    }
    if (statement.into != nullptr && statement.if_not_exists == 0) memory_.add_relation(name_of(statement.into->rel));
}

void TreeReader::create_view(const PgQuery__Node* node) {
    const PgQuery__ViewStmt& statement = *node->view_stmt;
    read_query(statement.query, Work::defined_over);
    if (exact_) {
        const Name name = name_of(statement.view);
        const Relation* there = memory_.world->find(name.schema, name.name);
        if (there != nullptr && statement.replace != 0) return add(Work::replace_view, statement.view);
        if (!exists_exact(name, false)) make_query_table(RelationKind::view, name, statement.query);
        return;
    }
    if (statement.replace != 0) {
        add(Work::replace_view, statement.view);
    } else {
        memory_.add_relation(name_of(statement.view));
    }
}

void TreeReader::create_index(const PgQuery__IndexStmt& statement) {
    if (statement.relation == nullptr) return;
    if (exact_ && create_index_exact(statement)) return;
    const Name table = name_of(statement.relation);
    const bool only = statement.relation->inh == 0;
    const Work work = statement.concurrent != 0 ? Work::create_index_concurrently
                      : only                    ? Work::create_index_only
                                                : Work::create_index;
    unless_there_ = statement.if_not_exists != 0;
    add({.work = work, .relation = table, .subject = statement.idxname});
    unless_there_ = false;
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
    if (exact_) {
        if (!exists_exact(name_of(statement.sequence), statement.if_not_exists != 0)) {
            make(RelationKind::sequence, name_of(statement.sequence));
        }
        return;
    }
    if (statement.if_not_exists == 0) memory_.add_relation(name_of(statement.sequence));
}

void TreeReader::create_function(const PgQuery__Node* node) {
    const PgQuery__CreateFunctionStmt& statement = *node->create_function_stmt;
    const PgQuery__DefElem* given = option(statement.options, statement.n_options, "volatility");
    const bool is_volatile = given == nullptr || string_of(given->arg) == "volatile";
    const Name name = name_of(statement.funcname, statement.n_funcname);
    memory_.add_function(name, is_volatile);
    if (!exact_) return;
    memory_.world->add_function(
        name.schema.empty() ? memory_.world->creation_schema() : name.schema, name.name, is_volatile
    );
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
    const Name name = name_of(statement.domainname, statement.n_domainname);
    memory_.add_type(name, kind);
    if (!exact_) return;
    Type type{
        .what = Type::What::domain,
        .schema = name.schema.empty() ? memory_.world->creation_schema() : name.schema,
        .name = name.name
    };
    if (statement.type_name != nullptr) {
        PgQuery__ColumnDef column = PG_QUERY__COLUMN_DEF__INIT;
        column.type_name = statement.type_name;
        type.base = column_from(column).type;
    }
    for (std::size_t i = 0; i < statement.n_constraints; ++i) {
        if (statement.constraints[i]->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const PgQuery__Constraint& constraint = *statement.constraints[i]->constraint;
        if (constraint.contype == PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL) type.not_null = true;
        if (constraint.contype != PG_QUERY__CONSTR_TYPE__CONSTR_CHECK || constraint.raw_expr == nullptr) continue;
        type.checks.push_back(
            {.name = constraint.conname, .definition = "CHECK (" + sql::text_of(*constraint.raw_expr) + ")"}
        );
    }
    exact_->change(
        {.what = ObjectChange::What::created, .kind = catalog::Kind::domain, .schema = type.schema, .name = type.name}
    );
    memory_.world->add_type(std::move(type));
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
