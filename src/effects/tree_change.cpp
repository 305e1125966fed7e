#include <algorithm>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "effects/names.h"
#include "effects/tree.h"
#include "sql/parser.h"

namespace drydock::effects {

namespace {

struct Names {
    PgQuery__Node* const* items = nullptr;
    std::size_t count = 0;

    Name whole() const { return name_of(items, count); }
    Name owner() const { return name_of(items, count > 0 ? count - 1 : 0); }  // of schema.table.column: the table
    std::string last() const { return count == 0 ? "" : std::string{string_of(items[count - 1])}; }
};

// The parts of a dotted name, in whichever node the grammar puts them.
Names names_in(const PgQuery__Node* node) {
    if (node == nullptr) return {};
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_LIST:
            return {node->list->items, node->list->n_items};
        case PG_QUERY__NODE__NODE_TYPE_NAME:
            return {node->type_name->names, node->type_name->n_names};
        case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS:
            return {node->object_with_args->objname, node->object_with_args->n_objname};
        default:
            return {};
    }
}

bool is_part(int kind) {
    return kind == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER || kind == PG_QUERY__OBJECT_TYPE__OBJECT_RULE ||
           kind == PG_QUERY__OBJECT_TYPE__OBJECT_POLICY || kind == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT;
}

bool is_relation(int kind) {
    return kind == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE || kind == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW ||
           kind == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW || kind == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE ||
           kind == PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE || kind == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
}

Work work_of_drop(int kind) {
    switch (kind) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
            return Work::drop_view;
        case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
            return Work::drop_materialized_view;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
            return Work::drop_sequence;
        case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
            return Work::drop_foreign_table;
        default:
            return Work::drop_table;
    }
}

}  // namespace

Name dropped_name(const PgQuery__Node* object) {
    return names_in(object).whole();
}

bool TreeReader::read_change(const PgQuery__Node* node) {
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
            alter_table(*node->alter_table_stmt);
            return true;
        case PG_QUERY__NODE__NODE_DROP_STMT:
            drop(*node->drop_stmt);
            return true;
        case PG_QUERY__NODE__NODE_RENAME_STMT:
            rename(*node->rename_stmt);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_OBJECT_SCHEMA_STMT:
            set_schema(node);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
            alter_sequence(node);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
            alter_domain(node);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_OBJECT_DEPENDS_STMT:
            add(Work::set_exclusive_options, node->alter_object_depends_stmt->relation);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_POLICY_STMT:
            add(Work::policy, node->alter_policy_stmt->table);
            read_query(node->alter_policy_stmt->qual, Work::defined_over);
            read_query(node->alter_policy_stmt->with_check, Work::defined_over);
            return true;
        case PG_QUERY__NODE__NODE_COMMENT_STMT:
            describe(node->comment_stmt->objtype, node->comment_stmt->object);
            return true;
        case PG_QUERY__NODE__NODE_SEC_LABEL_STMT:
            describe(node->sec_label_stmt->objtype, node->sec_label_stmt->object);
            return true;
        case PG_QUERY__NODE__NODE_CREATE_PUBLICATION_STMT:
            publish(node->create_publication_stmt->pubobjects, node->create_publication_stmt->n_pubobjects);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_PUBLICATION_STMT:
            publish(node->alter_publication_stmt->pubobjects, node->alter_publication_stmt->n_pubobjects);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_EXTENSION_STMT:
            add({.work = Work::own_script, .subject = node->alter_extension_stmt->extname});
            return true;
        case PG_QUERY__NODE__NODE_GRANT_STMT:
            if (exact_ && memory_.world->major() >= kGrantLocks) grant(*node->grant_stmt);
            return true;
        case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
            if (*node->alter_enum_stmt->old_val == '\0') memory_.add_label(node->alter_enum_stmt->new_val);
            return true;
        case PG_QUERY__NODE__NODE_IMPORT_FOREIGN_SCHEMA_STMT: {
            const std::string server = node->import_foreign_schema_stmt->server_name;
            if (exact_ && !memory_.world->has(catalog::Kind::foreign_server, {}, {}, server)) {
                exact_->refuse("42704", fmt::format("there is no foreign server {}", server));
            }
            return true;
        }
        case PG_QUERY__NODE__NODE_DROPDB_STMT:
            add({.work = Work::drop_database, .subject = node->dropdb_stmt->dbname});
            return true;
        default:
            return false;
    }
}

void TreeReader::drop(const PgQuery__DropStmt& statement) {
    const int kind = statement.remove_type;
    const bool cascade = statement.behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    if (exact_ && !is_part(kind)) return drop_exact(statement);
    for (std::size_t i = 0; i < statement.n_objects; ++i) {
        const PgQuery__Node* object = statement.objects[i];
        const Names names = names_in(object);
        if (is_relation(kind)) {
            drop_relation(kind, names.whole(), statement.concurrent != 0);
        } else if (exact_ && is_part(kind) &&
                   drop_part_exact(kind, names.owner(), names.last(), statement.missing_ok != 0)) {
            continue;
        } else if (is_part(kind)) {
            add({.work = Work::drop_part, .relation = names.owner(), .subject = names.last()});
        } else if (kind == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE || kind == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN) {
            if (kind == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE)
                add({.work = Work::drop_type, .subject = names.whole().text()});
            if (cascade) add({.work = Work::cascade_type, .subject = names.whole().text()});
        } else if (cascade && kind == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA) {
            add({.work = Work::cascade_schema, .subject = std::string{string_of(object)}});
        } else if (cascade && kind == PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION) {
            add({.work = Work::cascade_extension, .subject = std::string{string_of(object)}});
        }
    }
    const bool said = kind == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE || kind == PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN ||
                      kind == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA || kind == PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION;
    if (cascade && !said) add({.work = Work::cascade});
}

// True: it is not there, and that has been said.
bool TreeReader::drop_part_exact(int kind, const Name& table, const std::string& part, bool missing_ok) {
    const Relation* found = memory_.world->find(table.schema, table.name);
    if (found == nullptr) return false;
    const Id id = found->id;
    const auto list = kind == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER  ? &Relation::triggers
                      : kind == PG_QUERY__OBJECT_TYPE__OBJECT_POLICY ? &Relation::policies
                                                                     : &Relation::rules;
    std::vector<std::string>& there = memory_.world->edit(id).*list;
    const auto at = std::ranges::find(there, part);
    if (at == there.end()) {
        if (missing_ok) effect_.no_op = true;
        if (!missing_ok) exact_->refuse("42704", fmt::format("{} has no {}", memory_.world->at(id).text(), part));
        return true;
    }
    there.erase(at);
    exact_->change(
        {.what = ObjectChange::What::dropped,
         .kind = kind == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER  ? catalog::Kind::trigger
                 : kind == PG_QUERY__OBJECT_TYPE__OBJECT_POLICY ? catalog::Kind::policy
                                                                : catalog::Kind::rule,
         .schema = memory_.world->at(id).schema,
         .parent = memory_.world->at(id).name,
         .name = part}
    );
    return false;
}

void TreeReader::drop_relation(int kind, const Name& name, bool concurrently) {
    if (kind != PG_QUERY__OBJECT_TYPE__OBJECT_INDEX) {
        add({.work = work_of_drop(kind), .relation = name});
        return memory_.drop_relation(name);
    }
    Step step{.work = concurrently ? Work::drop_index_concurrently : Work::drop_index, .relation = name};
    if (const Name* table = memory_.table_of_index(name)) {
        step.partner = *table;
        add(
            {.work = concurrently ? Work::drop_index_concurrently_table : Work::drop_index_table,
             .relation = *table,
             .subject = name.text()}
        );
    }
    add(std::move(step));
    memory_.drop_relation(name);
}

void TreeReader::rename(const PgQuery__RenameStmt& statement) {
    if (statement.relation == nullptr) return;
    if (exact_ && rename_exact(statement)) return;
    const int kind = statement.rename_type;
    const Name from = name_of(statement.relation);
    if (!is_relation(kind)) return add({.work = Work::rename_part, .relation = from, .subject = statement.subname});
    add({.work = kind == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX ? Work::rename_index : Work::rename, .relation = from});
    memory_.rename_relation(from, {.schema = from.schema, .name = statement.newname});
}

void TreeReader::set_schema(const PgQuery__Node* node) {
    const PgQuery__AlterObjectSchemaStmt& statement = *node->alter_object_schema_stmt;
    if (statement.relation == nullptr) return;
    const Name from = name_of(statement.relation);
    if (exact_ && set_schema_exact(from, statement.newschema)) return;
    add({.work = Work::set_schema, .relation = from});
    memory_.rename_relation(from, {.schema = statement.newschema, .name = from.name});
}

void TreeReader::alter_sequence(const PgQuery__Node* node) {
    const PgQuery__AlterSeqStmt& statement = *node->alter_seq_stmt;
    Step step{.work = Work::alter_sequence, .relation = name_of(statement.sequence)};
    for (std::size_t i = 0; i < statement.n_options; ++i) {
        const PgQuery__Node* option = statement.options[i];
        if (option->node_case != PG_QUERY__NODE__NODE_DEF_ELEM) continue;
        if (std::string_view{option->def_elem->defname} != "owned_by") continue;
        if (const Names owner = names_in(option->def_elem->arg); owner.count > 1) {
            step.work = Work::alter_sequence_owner;
            step.partner = owner.owner();
        }
    }
    add(std::move(step));
}

void TreeReader::alter_domain(const PgQuery__Node* node) {
    const PgQuery__AlterDomainStmt& statement = *node->alter_domain_stmt;
    const std::string_view what = statement.subtype;
    const Name domain = name_of(statement.type_name, statement.n_type_name);
    const bool constrains = what == "C" || what == "O";
    const bool unchecked = statement.def != nullptr && statement.def->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
                           statement.def->constraint->skip_validation != 0;
    if (constrains) memory_.add_type(domain, Reader::Memory::TypeKind::checked_domain);
    if (exact_) return alter_domain_exact(statement, domain, unchecked);
    if (what == "V" || (constrains && !unchecked)) add({.work = Work::domain_constraint, .subject = domain.text()});
}

void TreeReader::alter_domain_exact(const PgQuery__AlterDomainStmt& statement, const Name& domain, bool unchecked) {
    Type* type = memory_.world->edit_type(domain.schema, domain.name);
    const std::string_view what = statement.subtype;
    if (what == "O" && type != nullptr && type->not_null) return;
    if (what == "C" && statement.def != nullptr && statement.def->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
        const PgQuery__Constraint& given = *statement.def->constraint;
        const std::string text = given.raw_expr == nullptr ? "" : sql::text_of(*given.raw_expr);
        if (!unchecked) check_domain(domain, "23514", text.empty() ? "" : "not (" + text + ")");
        type = memory_.world->edit_type(domain.schema, domain.name);
        if (type != nullptr) {
            type->checks.push_back({.name = given.conname, .definition = "CHECK (" + text + ")", .not_valid = unchecked}
            );
        }
    } else if (what == "O") {
        check_domain(domain, "23502", "value is null");
        if (Type* known = memory_.world->edit_type(domain.schema, domain.name)) known->not_null = true;
    } else if (what == "V") {
        std::string condition;
        for (const Constraint& check : type == nullptr ? std::vector<Constraint>{} : type->checks) {
            if (check.name == statement.name && check.definition.starts_with("CHECK ")) {
                condition = "not " + check.definition.substr(6);
            }
        }
        replace_word(condition, "VALUE", "value");
        check_domain(domain, "23514", condition);
    } else if (what == "N" && type != nullptr) {
        type->not_null = false;
    } else if (what == "X" && type != nullptr) {
        std::erase_if(type->checks, [&](const Constraint& check) { return check.name == statement.name; });
    }
}

void TreeReader::describe(int kind, const PgQuery__Node* object) {
    const Names names = names_in(object);
    if (is_relation(kind)) return add({.work = Work::comment, .relation = names.whole()});
    if (kind == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN) return add({.work = Work::comment, .relation = names.owner()});
    if (is_part(kind)) add({.work = Work::comment_on_part, .relation = names.owner(), .subject = names.last()});
}

void TreeReader::grant(const PgQuery__GrantStmt& statement) {
    for (std::size_t i = 0; i < statement.n_objects; ++i) {
        if (statement.objects[i]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR) continue;
        add(Work::comment_on_part, statement.objects[i]->range_var);
    }
}

void TreeReader::publish(PgQuery__Node* const* objects, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        if (objects[i]->node_case != PG_QUERY__NODE__NODE_PUBLICATION_OBJ_SPEC) continue;
        const PgQuery__PublicationTable* table = objects[i]->publication_obj_spec->pubtable;
        if (table != nullptr) add(Work::publish, table->relation);
    }
}

}  // namespace drydock::effects
