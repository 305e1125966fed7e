#include "sql/collector.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "sql/parser.h"

namespace drydock::sql {
namespace {

// Types that every server has and nobody depends on. Sorted. (int, varchar and others with a grammar of their own
// come as pg_catalog.int4, pg_catalog.varchar.)
constexpr std::array<std::string_view, 64> kBuiltIn{
    "aclitem",     "any",       "anyarray", "anyelement", "bigserial", "bool",        "box",           "bpchar",
    "bytea",       "cidr",      "circle",   "cstring",    "date",      "daterange",   "event_trigger", "float4",
    "float8",      "inet",      "int2",     "int4",       "int4range", "int8",        "int8range",     "internal",
    "json",        "jsonb",     "jsonpath", "line",       "lseg",      "macaddr",     "macaddr8",      "money",
    "name",        "numeric",   "numrange", "oid",        "path",      "pg_lsn",      "point",         "polygon",
    "record",      "refcursor", "regclass", "regconfig",  "regoper",   "regproc",     "regprocedure",  "regrole",
    "regtype",     "serial",    "serial2",  "serial4",    "serial8",   "smallserial", "text",          "tid",
    "timestamptz", "trigger",   "tsquery",  "tsrange",    "tstzrange", "tsvector",    "uuid",          "void",
};
static_assert(std::is_sorted(kBuiltIn.begin(), kBuiltIn.end()));

// 'app.orders_id_seq'::regclass and 'orders_id_seq' alike: the constant's text.
std::string_view constant(const PgQuery__Node& node) {
    if (node.node_case == PG_QUERY__NODE__NODE_TYPE_CAST && node.type_cast->arg != nullptr) {
        return node.type_cast->arg->node_case == PG_QUERY__NODE__NODE_A_CONST ? constant(*node.type_cast->arg) : "";
    }
    if (node.node_case != PG_QUERY__NODE__NODE_A_CONST) return {};
    return node.a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL ? view(node.a_const->sval->sval) : "";
}

// A name in a text as regclass reads it: folded unless quoted.
std::vector<std::string> parts_of_name(std::string_view text) {
    std::vector<std::string> parts(1);
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == '.' && !quoted) {
            parts.emplace_back();
        } else {
            parts.back() += !quoted && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    return parts;
}

}  // namespace

struct Collector::Dispatch {
    using Handler = void (*)(Collector&, const ProtobufCMessage&);
    using Entry = std::pair<const ProtobufCMessageDescriptor* const, Handler>;
    template <class Message>
    static Entry to(const ProtobufCMessageDescriptor& type) {
        return {&type, [](Collector& collector, const ProtobufCMessage& message) {
                    collector.on(reinterpret_cast<const Message&>(message));
                }};
    }
    static const std::unordered_map<const ProtobufCMessageDescriptor*, Handler>& table();
};

void Collector::walk(const ProtobufCMessage& message) {
    const auto& table = Dispatch::table();
    const auto handler = table.find(message.descriptor);
    if (handler != table.end()) return handler->second(*this, message);
    children(message);
}

void Collector::children(const ProtobufCMessage& message, std::initializer_list<const void*> without) {
    for_each_child(message, [this, without](const ProtobufCMessage& child) {
        if (std::find(without.begin(), without.end(), &child) == without.end()) walk(child);
    });
}

void Collector::each(Nodes nodes) {
    for (const auto* node : nodes) one(node);
}

void Collector::one(const PgQuery__Node* node) {
    if (node != nullptr) children(node->base);
}

void Collector::add(ObjectKind kind, Use use, std::string_view schema, std::string_view name, std::string_view table) {
    if (schema.empty() && use == Use::creates) schema = schema_;
    ObjectUse object{
        .kind = kind, .use = use, .schema = std::string(schema), .table = std::string(table), .name = std::string(name)
    };
    if (!seen_.emplace(kind, use, object.schema, object.table, object.name).second) return;
    analysis_.objects.push_back(std::move(object));
}

void Collector::relation(const PgQuery__RangeVar* range, ObjectKind kind, Use use) {
    if (range != nullptr) add(kind, use, view(range->schemaname), view(range->relname));
}

void Collector::part(const PgQuery__RangeVar* range, ObjectKind kind, Use use, std::string_view name) {
    if (range != nullptr) add(kind, use, view(range->schemaname), name, view(range->relname));
}

void Collector::part_of_changed(const PgQuery__RangeVar* range, ObjectKind kind, Use use, std::string_view name) {
    part(range, kind, use, name);
    relation(range, ObjectKind::table, Use::alters);
}

void Collector::named(ObjectKind kind, Use use, Nodes names) {
    const QualifiedName name = qualified(names);
    add(kind, use, name.schema, name.name);
}

void Collector::role(const PgQuery__RoleSpec* role, Use use) {
    if (role != nullptr && role->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING) {
        add(ObjectKind::role, use, {}, view(role->rolename));
    }
}

// A WITH query sees those before it, in WITH RECURSIVE all and itself; the statement sees all. So
// `WITH t AS (SELECT * FROM t)` does read the table t.
template <class Statement>
void Collector::in_scope_of_with(const Statement& statement, std::initializer_list<const void*> without) {
    const std::size_t outside = ctes_.size();
    const PgQuery__WithClause* clause = statement.with_clause;
    if (clause != nullptr) {
        const Nodes queries = items(clause->n_ctes, clause->ctes);
        const auto see = [this](const PgQuery__Node* query) {
            ctes_.push_back(view(query->common_table_expr->ctename));
        };
        if (clause->recursive) std::for_each(queries.begin(), queries.end(), see);
        for (const auto* query : queries) {
            one(query);
            if (!clause->recursive) see(query);
        }
    }
    for_each_child(statement.base, [&](const ProtobufCMessage& child) {
        const void* address = &child;
        if (address != clause && std::find(without.begin(), without.end(), address) == without.end()) walk(child);
    });
    ctes_.resize(outside);
}

void Collector::on(const PgQuery__RangeVar& range) {
    const std::string_view name = view(range.relname);
    const bool cte = view(range.schemaname).empty() && std::find(ctes_.begin(), ctes_.end(), name) != ctes_.end();
    if (!cte) relation(&range, ObjectKind::table, Use::reads);
}

void Collector::on(const PgQuery__TypeName& type) {
    const QualifiedName name = qualified(items(type.n_names, type.names));
    if (type.pct_type) {  // orders.id%TYPE
        add(ObjectKind::table, Use::reads, name.outer, name.schema);
    } else if (name.schema != "pg_catalog" &&
               !(name.schema.empty() && std::binary_search(kBuiltIn.begin(), kBuiltIn.end(), name.name))) {
        add(ObjectKind::type, Use::reads, name.schema, name.name);
    }
    each(items(type.n_typmods, type.typmods));
}

void Collector::on(const PgQuery__FuncCall& call) {
    const QualifiedName function = qualified(items(call.n_funcname, call.funcname));
    if (function.schema != "pg_catalog") add(ObjectKind::function, Use::reads, function.schema, function.name);
    const bool sequence = function.name == "nextval" || function.name == "currval" || function.name == "setval";
    const std::string_view text = sequence && call.n_args > 0 ? constant(*call.args[0]) : "";
    if (!text.empty()) {
        const auto parts = parts_of_name(text);
        add(ObjectKind::sequence, Use::reads, parts.size() > 1 ? parts[parts.size() - 2] : "", parts.back());
    }
    children(call.base);
}

void Collector::on(const PgQuery__SelectStmt& statement) {
    in_scope_of_with(statement);
}

void Collector::changes_rows(const auto& statement) {
    relation(statement.relation, ObjectKind::table, Use::writes);
    in_scope_of_with(statement, {statement.relation});
}

void Collector::on(const PgQuery__InsertStmt& statement) {
    changes_rows(statement);
}

void Collector::on(const PgQuery__UpdateStmt& statement) {
    changes_rows(statement);
}

void Collector::on(const PgQuery__DeleteStmt& statement) {
    changes_rows(statement);
}

void Collector::on(const PgQuery__MergeStmt& statement) {
    changes_rows(statement);
}

void Collector::on(const PgQuery__CopyStmt& statement) {
    relation(statement.relation, ObjectKind::table, statement.is_from ? Use::writes : Use::reads);
    children(statement.base, {statement.relation});
}

void Collector::on(const PgQuery__TruncateStmt& statement) {
    for (const auto* table : items(statement.n_relations, statement.relations)) {
        relation(table->range_var, ObjectKind::table, Use::writes);
    }
}

void Collector::on(const PgQuery__CallStmt& statement) {
    if (statement.funccall == nullptr) return;
    named(ObjectKind::procedure, Use::reads, items(statement.funccall->n_funcname, statement.funccall->funcname));
    children(statement.funccall->base);
}

void Collector::on(const PgQuery__RefreshMatViewStmt& statement) {
    relation(statement.relation, ObjectKind::materialized_view, Use::writes);
}

const std::unordered_map<const ProtobufCMessageDescriptor*, Collector::Dispatch::Handler>& Collector::Dispatch::table(
) {
    static const std::unordered_map<const ProtobufCMessageDescriptor*, Handler> handlers{
        to<PgQuery__RangeVar>(pg_query__range_var__descriptor),
        to<PgQuery__TypeName>(pg_query__type_name__descriptor),
        to<PgQuery__FuncCall>(pg_query__func_call__descriptor),
        to<PgQuery__RoleSpec>(pg_query__role_spec__descriptor),
        to<PgQuery__SelectStmt>(pg_query__select_stmt__descriptor),
        to<PgQuery__InsertStmt>(pg_query__insert_stmt__descriptor),
        to<PgQuery__UpdateStmt>(pg_query__update_stmt__descriptor),
        to<PgQuery__DeleteStmt>(pg_query__delete_stmt__descriptor),
        to<PgQuery__MergeStmt>(pg_query__merge_stmt__descriptor),
        to<PgQuery__IntoClause>(pg_query__into_clause__descriptor),
        to<PgQuery__CopyStmt>(pg_query__copy_stmt__descriptor),
        to<PgQuery__TruncateStmt>(pg_query__truncate_stmt__descriptor),
        to<PgQuery__CallStmt>(pg_query__call_stmt__descriptor),
        to<PgQuery__RefreshMatViewStmt>(pg_query__refresh_mat_view_stmt__descriptor),
        to<PgQuery__CreateStmt>(pg_query__create_stmt__descriptor),
        to<PgQuery__CreateTableAsStmt>(pg_query__create_table_as_stmt__descriptor),
        to<PgQuery__ViewStmt>(pg_query__view_stmt__descriptor),
        to<PgQuery__IndexStmt>(pg_query__index_stmt__descriptor),
        to<PgQuery__CreateSeqStmt>(pg_query__create_seq_stmt__descriptor),
        to<PgQuery__AlterSeqStmt>(pg_query__alter_seq_stmt__descriptor),
        to<PgQuery__CompositeTypeStmt>(pg_query__composite_type_stmt__descriptor),
        to<PgQuery__CreateEnumStmt>(pg_query__create_enum_stmt__descriptor),
        to<PgQuery__CreateRangeStmt>(pg_query__create_range_stmt__descriptor),
        to<PgQuery__CreateDomainStmt>(pg_query__create_domain_stmt__descriptor),
        to<PgQuery__DefineStmt>(pg_query__define_stmt__descriptor),
        to<PgQuery__AlterEnumStmt>(pg_query__alter_enum_stmt__descriptor),
        to<PgQuery__AlterTypeStmt>(pg_query__alter_type_stmt__descriptor),
        to<PgQuery__AlterDomainStmt>(pg_query__alter_domain_stmt__descriptor),
        to<PgQuery__CreateFunctionStmt>(pg_query__create_function_stmt__descriptor),
        to<PgQuery__AlterFunctionStmt>(pg_query__alter_function_stmt__descriptor),
        to<PgQuery__CreateSchemaStmt>(pg_query__create_schema_stmt__descriptor),
        to<PgQuery__CreateExtensionStmt>(pg_query__create_extension_stmt__descriptor),
        to<PgQuery__AlterExtensionStmt>(pg_query__alter_extension_stmt__descriptor),
        to<PgQuery__AlterExtensionContentsStmt>(pg_query__alter_extension_contents_stmt__descriptor),
        to<PgQuery__CreateTrigStmt>(pg_query__create_trig_stmt__descriptor),
        to<PgQuery__CreatePolicyStmt>(pg_query__create_policy_stmt__descriptor),
        to<PgQuery__AlterPolicyStmt>(pg_query__alter_policy_stmt__descriptor),
        to<PgQuery__RuleStmt>(pg_query__rule_stmt__descriptor),
        to<PgQuery__AlterTableStmt>(pg_query__alter_table_stmt__descriptor),
        to<PgQuery__DropStmt>(pg_query__drop_stmt__descriptor),
        to<PgQuery__RenameStmt>(pg_query__rename_stmt__descriptor),
        to<PgQuery__AlterObjectSchemaStmt>(pg_query__alter_object_schema_stmt__descriptor),
        to<PgQuery__AlterOwnerStmt>(pg_query__alter_owner_stmt__descriptor),
        to<PgQuery__CommentStmt>(pg_query__comment_stmt__descriptor),
        to<PgQuery__SecLabelStmt>(pg_query__sec_label_stmt__descriptor),
        to<PgQuery__GrantStmt>(pg_query__grant_stmt__descriptor),
        to<PgQuery__GrantRoleStmt>(pg_query__grant_role_stmt__descriptor),
        to<PgQuery__ReindexStmt>(pg_query__reindex_stmt__descriptor),
        to<PgQuery__ClusterStmt>(pg_query__cluster_stmt__descriptor),
        to<PgQuery__CreateRoleStmt>(pg_query__create_role_stmt__descriptor),
        to<PgQuery__AlterRoleStmt>(pg_query__alter_role_stmt__descriptor),
        to<PgQuery__AlterRoleSetStmt>(pg_query__alter_role_set_stmt__descriptor),
        to<PgQuery__DropRoleStmt>(pg_query__drop_role_stmt__descriptor),
        to<PgQuery__CreatedbStmt>(pg_query__createdb_stmt__descriptor),
        to<PgQuery__DropdbStmt>(pg_query__dropdb_stmt__descriptor),
        to<PgQuery__AlterDatabaseStmt>(pg_query__alter_database_stmt__descriptor),
        to<PgQuery__AlterDatabaseSetStmt>(pg_query__alter_database_set_stmt__descriptor),
        to<PgQuery__CreateTableSpaceStmt>(pg_query__create_table_space_stmt__descriptor),
        to<PgQuery__DropTableSpaceStmt>(pg_query__drop_table_space_stmt__descriptor),
        to<PgQuery__CreatePublicationStmt>(pg_query__create_publication_stmt__descriptor),
        to<PgQuery__AlterPublicationStmt>(pg_query__alter_publication_stmt__descriptor),
        to<PgQuery__CreateSubscriptionStmt>(pg_query__create_subscription_stmt__descriptor),
        to<PgQuery__AlterSubscriptionStmt>(pg_query__alter_subscription_stmt__descriptor),
        to<PgQuery__DropSubscriptionStmt>(pg_query__drop_subscription_stmt__descriptor),
    };
    return handlers;
}

}  // namespace drydock::sql
