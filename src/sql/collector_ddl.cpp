#include "sql/collector.h"

namespace drydock::sql {
namespace {

bool stands_on_table(PgQuery__ObjectType type) {
    switch (type) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
        case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
        case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
        case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
            return true;
        default:
            return false;
    }
}

}  // namespace

// What DROP, COMMENT, GRANT and the like name: each kind of object has its own form in the tree.
void Collector::object(PgQuery__ObjectType type, const PgQuery__Node* node, Use use) {
    if (node == nullptr) return;
    const ObjectKind kind = kind_of(type);
    switch (node->node_case) {
        case PG_QUERY__NODE__NODE_RANGE_VAR:
            relation(node->range_var, kind, use);
            break;
        case PG_QUERY__NODE__NODE_STRING:
            add(kind, use, {}, view(node->string->sval));
            break;
        case PG_QUERY__NODE__NODE_TYPE_NAME:
            named(kind, use, items(node->type_name->n_names, node->type_name->names));
            break;
        case PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS:
            named(kind, use, items(node->object_with_args->n_objname, node->object_with_args->objname));
            each(items(node->object_with_args->n_objargs, node->object_with_args->objargs));
            break;
        case PG_QUERY__NODE__NODE_LIST: {
            const Nodes list = items(node->list->n_items, node->list->items);
            const QualifiedName name = qualified(list);
            if (stands_on_table(type)) {
                add(kind, use, name.outer, name.name, name.schema);
                add(ObjectKind::table, Use::alters, name.outer, name.schema);
            } else if (type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT && list.size() == 2) {
                object(PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN, list[0], Use::alters);
                add(kind, use, {}, name.name);
            } else {
                add(kind, use, name.schema, name.name);
            }
            break;
        }
        default:
            children(node->base);
            break;
    }
}

void Collector::on(const PgQuery__CreateStmt& statement) {
    optional(statement.if_not_exists);
    relation(statement.relation, ObjectKind::table, Use::creates);
    for (const auto* parent : items(statement.n_inh_relations, statement.inh_relations)) {
        const Use use = statement.partbound != nullptr ? Use::alters : Use::reads;
        relation(parent->range_var, ObjectKind::table, use);
    }
    for (const auto* element : items(statement.n_table_elts, statement.table_elts)) {
        if (element->node_case != PG_QUERY__NODE__NODE_CONSTRAINT) continue;
        const auto name = view(element->constraint->conname);
        if (!name.empty()) part(statement.relation, ObjectKind::constraint, Use::creates, name);
    }
    each(items(statement.n_table_elts, statement.table_elts));
    each(items(statement.n_constraints, statement.constraints));
    if (statement.of_typename != nullptr) walk(statement.of_typename->base);
    if (statement.partspec != nullptr) walk(statement.partspec->base);
    if (statement.partbound != nullptr) walk(statement.partbound->base);
}

void Collector::on(const PgQuery__CreateTableAsStmt& statement) {
    optional(statement.if_not_exists);
    if (statement.into != nullptr) relation(statement.into->rel, kind_of(statement.objtype), Use::creates);
    one(statement.query);
}

void Collector::on(const PgQuery__ViewStmt& statement) {
    optional(statement.replace);
    relation(statement.view, ObjectKind::view, Use::creates);
    one(statement.query);
}

void Collector::on(const PgQuery__IndexStmt& statement) {
    optional(statement.if_not_exists);
    part_of_changed(statement.relation, ObjectKind::index, Use::creates, view(statement.idxname));
    children(statement.base, {statement.relation});
}

void Collector::owner_of_sequence(Nodes options) {
    for (const auto* node : options) {
        const auto* option = node->node_case == PG_QUERY__NODE__NODE_DEF_ELEM ? node->def_elem : nullptr;
        if (option == nullptr || option->arg == nullptr) continue;
        if (view(option->defname) == "as") one(option->arg);
        if (view(option->defname) != "owned_by" || option->arg->node_case != PG_QUERY__NODE__NODE_LIST) continue;
        const QualifiedName column = qualified(items(option->arg->list->n_items, option->arg->list->items));
        if (!column.schema.empty()) add(ObjectKind::table, Use::reads, column.outer, column.schema);
    }
}

void Collector::on(const PgQuery__CreateSeqStmt& statement) {
    optional(statement.if_not_exists);
    relation(statement.sequence, ObjectKind::sequence, Use::creates);
    owner_of_sequence(items(statement.n_options, statement.options));
}

void Collector::on(const PgQuery__AlterSeqStmt& statement) {
    optional(statement.missing_ok);
    relation(statement.sequence, ObjectKind::sequence, Use::alters);
    owner_of_sequence(items(statement.n_options, statement.options));
}

void Collector::on(const PgQuery__CompositeTypeStmt& statement) {
    relation(statement.typevar, ObjectKind::type, Use::creates);
    each(items(statement.n_coldeflist, statement.coldeflist));
}

void Collector::on(const PgQuery__CreateEnumStmt& statement) {
    named(ObjectKind::type, Use::creates, items(statement.n_type_name, statement.type_name));
}

void Collector::on(const PgQuery__CreateRangeStmt& statement) {
    named(ObjectKind::type, Use::creates, items(statement.n_type_name, statement.type_name));
    each(items(statement.n_params, statement.params));
}

void Collector::on(const PgQuery__CreateDomainStmt& statement) {
    named(ObjectKind::type, Use::creates, items(statement.n_domainname, statement.domainname));
    children(statement.base);
}

void Collector::on(const PgQuery__DefineStmt& statement) {
    optional(statement.if_not_exists || statement.replace);
    named(kind_of(statement.kind), Use::creates, items(statement.n_defnames, statement.defnames));
}

void Collector::on(const PgQuery__AlterEnumStmt& statement) {
    optional(statement.skip_if_new_val_exists);
    named(ObjectKind::type, Use::alters, items(statement.n_type_name, statement.type_name));
}

void Collector::on(const PgQuery__AlterTypeStmt& statement) {
    named(ObjectKind::type, Use::alters, items(statement.n_type_name, statement.type_name));
}

void Collector::on(const PgQuery__AlterDomainStmt& statement) {
    optional(statement.missing_ok);
    named(ObjectKind::type, Use::alters, items(statement.n_type_name, statement.type_name));
    const std::string_view subtype = view(statement.subtype);
    if (subtype == "X") add(ObjectKind::constraint, Use::drops, view(statement.name));
    if (subtype == "V") add(ObjectKind::constraint, Use::alters, view(statement.name));
    one(statement.def);
}

// The body is left alone: what a function reads, it reads when it is called.
void Collector::on(const PgQuery__CreateFunctionStmt& statement) {
    optional(statement.replace);
    const ObjectKind kind = statement.is_procedure ? ObjectKind::procedure : ObjectKind::function;
    named(kind, Use::creates, items(statement.n_funcname, statement.funcname));
    each(items(statement.n_parameters, statement.parameters));
    if (statement.return_type != nullptr) walk(statement.return_type->base);
}

void Collector::on(const PgQuery__AlterFunctionStmt& statement) {
    if (statement.func == nullptr) return;
    named(kind_of(statement.objtype), Use::alters, items(statement.func->n_objname, statement.func->objname));
}

void Collector::on(const PgQuery__CreateSchemaStmt& statement) {
    optional(statement.if_not_exists);
    std::string_view name = view(statement.schemaname);
    if (name.empty() && statement.authrole != nullptr) name = view(statement.authrole->rolename);
    add(ObjectKind::schema, Use::creates, name);
    role(statement.authrole, Use::reads);
    schema_ = name;
    each(items(statement.n_schema_elts, statement.schema_elts));
    schema_ = {};
}

void Collector::on(const PgQuery__CreateExtensionStmt& statement) {
    optional(statement.if_not_exists);
    add(ObjectKind::extension, Use::creates, view(statement.extname));
}

void Collector::on(const PgQuery__AlterExtensionStmt& statement) {
    add(ObjectKind::extension, Use::alters, view(statement.extname));
}

void Collector::on(const PgQuery__AlterExtensionContentsStmt& statement) {
    add(ObjectKind::extension, Use::alters, view(statement.extname));
    object(statement.objtype, statement.object, Use::alters);
}

void Collector::on(const PgQuery__CreateTrigStmt& statement) {
    optional(statement.replace);
    part_of_changed(statement.relation, ObjectKind::trigger, Use::creates, view(statement.trigname));
    relation(statement.constrrel, ObjectKind::table, Use::reads);
    one(statement.when_clause);
    named(ObjectKind::function, Use::reads, items(statement.n_funcname, statement.funcname));
}

void Collector::on(const PgQuery__CreatePolicyStmt& statement) {
    part_of_changed(statement.table, ObjectKind::policy, Use::creates, view(statement.policy_name));
    children(statement.base, {statement.table});
}

void Collector::on(const PgQuery__AlterPolicyStmt& statement) {
    part_of_changed(statement.table, ObjectKind::policy, Use::alters, view(statement.policy_name));
    children(statement.base, {statement.table});
}

void Collector::on(const PgQuery__RuleStmt& statement) {
    optional(statement.replace);
    part_of_changed(statement.relation, ObjectKind::other, Use::creates, view(statement.rulename));
    children(statement.base, {statement.relation});
}

void Collector::on(const PgQuery__DropStmt& statement) {
    optional(statement.missing_ok);
    for (const auto* node : items(statement.n_objects, statement.objects)) {
        object(statement.remove_type, node, Use::drops);
    }
}

// The old name changes and the new one comes to be.
void Collector::on(const PgQuery__RenameStmt& statement) {
    optional(statement.missing_ok);
    const ObjectKind kind = kind_of(statement.rename_type);
    const std::string_view from = view(statement.subname);
    const std::string_view to = view(statement.newname);
    if (statement.relation != nullptr && !from.empty()) {
        const ObjectKind of = kind_of(statement.relation_type);
        part(statement.relation, kind, Use::alters, from);
        part(statement.relation, kind, Use::creates, to);
        relation(statement.relation, of == ObjectKind::other ? ObjectKind::table : of, Use::alters);
    } else if (statement.relation != nullptr) {
        relation(statement.relation, kind, Use::alters);
        add(kind, Use::creates, view(statement.relation->schemaname), to);
    } else if (statement.object == nullptr) {  // a schema, role, database or tablespace
        add(kind, Use::alters, from);
        add(kind, Use::creates, to);
    } else if (!from.empty()) {  // a constraint of a domain
        object(PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN, statement.object, Use::alters);
        add(kind, Use::alters, from);
        add(kind, Use::creates, to);
    } else {
        object(statement.rename_type, statement.object, Use::alters);
        const std::string schema = analysis_.objects.empty() ? std::string() : analysis_.objects.back().schema;
        add(kind, Use::creates, schema, to);
    }
}

void Collector::on(const PgQuery__AlterObjectSchemaStmt& statement) {
    optional(statement.missing_ok);
    const ObjectKind kind = kind_of(statement.object_type);
    const std::size_t before = analysis_.objects.size();
    relation(statement.relation, kind, Use::alters);
    object(statement.object_type, statement.object, Use::alters);
    add(ObjectKind::schema, Use::reads, view(statement.newschema));
    if (kind != ObjectKind::extension && before < analysis_.objects.size()) {
        const std::string name = analysis_.objects[before].name;
        add(kind, Use::creates, view(statement.newschema), name);
    }
}

void Collector::on(const PgQuery__AlterOwnerStmt& statement) {
    relation(statement.relation, kind_of(statement.object_type), Use::alters);
    object(statement.object_type, statement.object, Use::alters);
    role(statement.newowner, Use::reads);
}

void Collector::on(const PgQuery__CommentStmt& statement) {
    object(statement.objtype, statement.object, Use::alters);
}

void Collector::on(const PgQuery__SecLabelStmt& statement) {
    object(statement.objtype, statement.object, Use::alters);
}

void Collector::on(const PgQuery__GrantStmt& statement) {
    const bool whole_schema = statement.targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA;
    const auto type = whole_schema ? PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA : statement.objtype;
    for (const auto* node : items(statement.n_objects, statement.objects)) object(type, node, Use::alters);
    each(items(statement.n_grantees, statement.grantees));
}

void Collector::on(const PgQuery__GrantRoleStmt& statement) {
    for (const auto* node : items(statement.n_granted_roles, statement.granted_roles)) {
        if (node->node_case == PG_QUERY__NODE__NODE_ACCESS_PRIV) {
            add(ObjectKind::role, Use::alters, view(node->access_priv->priv_name));
        }
    }
    each(items(statement.n_grantee_roles, statement.grantee_roles));
}

void Collector::on(const PgQuery__ReindexStmt& statement) {
    const auto kind = statement.kind;
    const bool index = kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_INDEX;
    relation(statement.relation, index ? ObjectKind::index : ObjectKind::table, Use::alters);
    if (statement.relation != nullptr) return;
    const bool schema = kind == PG_QUERY__REINDEX_OBJECT_TYPE__REINDEX_OBJECT_SCHEMA;
    add(schema ? ObjectKind::schema : ObjectKind::database, Use::alters, view(statement.name));
}

void Collector::on(const PgQuery__ClusterStmt& statement) {
    relation(statement.relation, ObjectKind::table, Use::alters);
}

void Collector::on(const PgQuery__DropRoleStmt& statement) {
    optional(statement.missing_ok);
    for (const auto* node : items(statement.n_roles, statement.roles)) {
        if (node->node_case == PG_QUERY__NODE__NODE_ROLE_SPEC) role(node->role_spec, Use::drops);
    }
}

void Collector::on(const PgQuery__DropdbStmt& statement) {
    optional(statement.missing_ok);
    add(ObjectKind::database, Use::drops, view(statement.dbname));
}

void Collector::on(const PgQuery__DropTableSpaceStmt& statement) {
    optional(statement.missing_ok);
    add(ObjectKind::other, Use::drops, view(statement.tablespacename));
}

void Collector::on(const PgQuery__DropSubscriptionStmt& statement) {
    optional(statement.missing_ok);
    add(ObjectKind::other, Use::drops, view(statement.subname));
}

void Collector::on(const PgQuery__CreatePublicationStmt& statement) {
    add(ObjectKind::other, Use::creates, view(statement.pubname));
    children(statement.base);
}

void Collector::on(const PgQuery__AlterPublicationStmt& statement) {
    add(ObjectKind::other, Use::alters, view(statement.pubname));
    children(statement.base);
}

}  // namespace drydock::sql
