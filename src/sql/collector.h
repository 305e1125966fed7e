#pragma once

#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <pg_query/pg_query.pb-c.h>

#include "sql/names.h"
#include "sql/tree.h"

namespace drydock::sql {

// Walks a tree and notes which objects it names. A message without a handler says what its children say, and a
// relation that no handler claims is read.
class Collector {
public:
    explicit Collector(Analysis& analysis) : analysis_(analysis) {}

    void walk(const ProtobufCMessage& message);

private:
    using Nodes = std::span<PgQuery__Node* const>;
    struct Dispatch;

    void add(ObjectKind kind, Use use, std::string_view schema, std::string_view name, std::string_view table = {});
    void add(ObjectKind kind, Use use, std::string_view name) { add(kind, use, {}, name); }
    void relation(const PgQuery__RangeVar* range, ObjectKind kind, Use use);
    void part(const PgQuery__RangeVar* range, ObjectKind kind, Use use, std::string_view name);
    void part_of_changed(const PgQuery__RangeVar* range, ObjectKind kind, Use use, std::string_view name);
    void named(ObjectKind kind, Use use, Nodes names);
    void object(PgQuery__ObjectType type, const PgQuery__Node* node, Use use);
    void role(const PgQuery__RoleSpec* role, Use use);
    void optional(bool given) { analysis_.if_exists = analysis_.if_exists || given; }
    void children(const ProtobufCMessage& message, std::initializer_list<const void*> without = {});
    void each(Nodes nodes);
    void one(const PgQuery__Node* node);
    template <class Statement>
    void in_scope_of_with(const Statement& statement, std::initializer_list<const void*> without = {});

    // Handlers, one for each type of message that says more than its children do.
    void on(const PgQuery__RangeVar& range);
    void on(const PgQuery__TypeName& type);
    void on(const PgQuery__FuncCall& call);
    void on(const PgQuery__RoleSpec& spec) { role(&spec, Use::reads); }
    void on(const PgQuery__SelectStmt& statement);
    void on(const PgQuery__InsertStmt& statement);
    void on(const PgQuery__UpdateStmt& statement);
    void on(const PgQuery__DeleteStmt& statement);
    void on(const PgQuery__MergeStmt& statement);
    void on(const PgQuery__IntoClause& into) { relation(into.rel, ObjectKind::table, Use::creates); }
    void on(const PgQuery__CopyStmt& statement);
    void on(const PgQuery__TruncateStmt& statement);
    void on(const PgQuery__CallStmt& statement);
    void on(const PgQuery__RefreshMatViewStmt& statement);
    void on(const PgQuery__CreateStmt& statement);
    void on(const PgQuery__CreateTableAsStmt& statement);
    void on(const PgQuery__ViewStmt& statement);
    void on(const PgQuery__IndexStmt& statement);
    void on(const PgQuery__CreateSeqStmt& statement);
    void on(const PgQuery__AlterSeqStmt& statement);
    void on(const PgQuery__CompositeTypeStmt& statement);
    void on(const PgQuery__CreateEnumStmt& statement);
    void on(const PgQuery__CreateRangeStmt& statement);
    void on(const PgQuery__CreateDomainStmt& statement);
    void on(const PgQuery__DefineStmt& statement);
    void on(const PgQuery__AlterEnumStmt& statement);
    void on(const PgQuery__AlterTypeStmt& statement);
    void on(const PgQuery__AlterDomainStmt& statement);
    void on(const PgQuery__CreateFunctionStmt& statement);
    void on(const PgQuery__AlterFunctionStmt& statement);
    void on(const PgQuery__CreateSchemaStmt& statement);
    void on(const PgQuery__CreateExtensionStmt& statement);
    void on(const PgQuery__AlterExtensionStmt& statement);
    void on(const PgQuery__AlterExtensionContentsStmt& statement);
    void on(const PgQuery__CreateTrigStmt& statement);
    void on(const PgQuery__CreatePolicyStmt& statement);
    void on(const PgQuery__AlterPolicyStmt& statement);
    void on(const PgQuery__RuleStmt& statement);
    void on(const PgQuery__AlterTableStmt& statement);
    void on(const PgQuery__DropStmt& statement);
    void on(const PgQuery__RenameStmt& statement);
    void on(const PgQuery__AlterObjectSchemaStmt& statement);
    void on(const PgQuery__AlterOwnerStmt& statement);
    void on(const PgQuery__CommentStmt& statement);
    void on(const PgQuery__SecLabelStmt& statement);
    void on(const PgQuery__GrantStmt& statement);
    void on(const PgQuery__GrantRoleStmt& statement);
    void on(const PgQuery__ReindexStmt& statement);
    void on(const PgQuery__ClusterStmt& statement);
    void on(const PgQuery__CreateRoleStmt& statement) { add(ObjectKind::role, Use::creates, view(statement.role)); }
    void on(const PgQuery__AlterRoleStmt& statement) { role(statement.role, Use::alters); }
    void on(const PgQuery__AlterRoleSetStmt& statement) { role(statement.role, Use::alters); }
    void on(const PgQuery__DropRoleStmt& statement);
    void on(const PgQuery__CreatedbStmt& statement) { add(ObjectKind::database, Use::creates, view(statement.dbname)); }
    void on(const PgQuery__DropdbStmt& statement);
    void on(const PgQuery__AlterDatabaseStmt& statement) {
        add(ObjectKind::database, Use::alters, view(statement.dbname));
    }
    void on(const PgQuery__AlterDatabaseSetStmt& statement) {
        add(ObjectKind::database, Use::alters, view(statement.dbname));
    }
    void on(const PgQuery__CreateTableSpaceStmt& statement) {
        add(ObjectKind::other, Use::creates, view(statement.tablespacename));
    }
    void on(const PgQuery__DropTableSpaceStmt& statement);
    void on(const PgQuery__CreatePublicationStmt& statement);
    void on(const PgQuery__AlterPublicationStmt& statement);
    void on(const PgQuery__CreateSubscriptionStmt& statement) {
        add(ObjectKind::other, Use::creates, view(statement.subname));
    }
    void on(const PgQuery__AlterSubscriptionStmt& statement) {
        add(ObjectKind::other, Use::alters, view(statement.subname));
    }
    void on(const PgQuery__DropSubscriptionStmt& statement);

    void changes_rows(const auto& statement);
    void owner_of_sequence(Nodes options);
    void command(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);
    void constraint(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);

    Analysis& analysis_;
    std::vector<std::string_view> ctes_;
    std::string_view schema_;  // of CREATE SCHEMA, for what is created within it
    std::set<std::tuple<ObjectKind, Use, std::string, std::string, std::string>> seen_;
};

}  // namespace drydock::sql
