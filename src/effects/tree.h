#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "effects/exact.h"
#include "effects/memory.h"
#include "effects/type_change.h"
#include "effects/versions.h"
#include "effects/work.h"

// libpg_query's structures: only tree*.cpp see what is in them.
struct ProtobufCMessage;
struct PgQuery__AlterDomainStmt;
struct PgQuery__AlterTableCmd;
struct PgQuery__AlterTableStmt;
struct PgQuery__ColumnDef;
struct PgQuery__Constraint;
struct PgQuery__CreateStmt;
struct PgQuery__CreateTrigStmt;
struct PgQuery__DropStmt;
struct PgQuery__FuncCall;
struct PgQuery__GrantStmt;
struct PgQuery__IndexStmt;
struct PgQuery__Node;
struct PgQuery__PartitionBoundSpec;
struct PgQuery__PartitionSpec;
struct PgQuery__RangeVar;
struct PgQuery__RefreshMatViewStmt;
struct PgQuery__ReindexStmt;
struct PgQuery__RenameStmt;
struct PgQuery__SelectStmt;
struct PgQuery__TruncateStmt;
struct PgQuery__TypeName;

namespace drydock::effects {

// One thing done to one relation: what facts.cpp has a row for.
struct Step {
    Work work;
    Name relation{};  // an empty name: nothing that the statement names
    Name partner{};
    std::string subject{};
    std::string detail{};             // put before the row's own why
    LockMode asked = LockMode::none;  // of LOCK TABLE
    bool created_here = false;
    bool partner_created_here = false;
    bool planned = false;       // not run
    bool unless_there = false;  // IF NOT EXISTS: nothing is done when it is
    bool only = false;          // ONLY: not what inherits from it
};

Name name_of(const PgQuery__RangeVar* relation);
Name name_of(PgQuery__Node* const* parts, std::size_t count);  // schema and name, the last two of a dotted name
std::string_view string_of(const PgQuery__Node* node);         // of a String node, else empty
bool is_on(PgQuery__Node* const* options, std::size_t count, std::string_view option);  // VERBOSE, FULL on, …

bool is_serial(const PgQuery__ColumnDef& column);
bool fills_itself(const PgQuery__ColumnDef& column);  // by a default, a sequence or an expression
Column column_from(const PgQuery__ColumnDef& given);
std::string bound_text(const PgQuery__PartitionBoundSpec& bound);  // "FOR VALUES …" as far as the proof reads it
std::string partition_key_text(const PgQuery__PartitionSpec& spec);
std::string index_text(const std::vector<std::string>& columns);
Name dropped_name(const PgQuery__Node* object);
int pass_of(const PgQuery__AlterTableCmd& command);

// Calls `visit` for every message of the tree, parents first; it says whether to go into that one.
void walk(const ProtobufCMessage* tree, const std::function<bool(const ProtobufCMessage*)>& visit);

// Turns PostgreSQL's tree of one statement into steps, and writes down in `memory` what it creates, drops and renames.
class TreeReader {
public:
    explicit TreeReader(Reader::Memory& memory);
    void read(const PgQuery__Node* statement);
    Effect take();

private:
    void add(Step step);
    void needs(const since::Feature& feature);
    void look_for_labels(const PgQuery__Node& statement);
    void add(Work work, const PgQuery__RangeVar* relation, std::string subject = {});
    void opaque(Work work, std::string subject);

    // tree_query.cpp: what queries read and write
    bool read_rows(const PgQuery__Node* node);
    void read_block(const PgQuery__Node& node);
    void read_query(const PgQuery__Node* tree, Work reads = Work::read_rows);
    void read_more(const PgQuery__Node& tree);
    void write_keys(const PgQuery__RangeVar* target, const std::set<std::string>* changed, bool deleted);
    void read_copy(const PgQuery__Node* node);
    void read_explain(const PgQuery__Node* node);

    // tree_alter.cpp: ALTER TABLE, INDEX, VIEW … with their subcommands
    void alter_table(const PgQuery__AlterTableStmt& statement);
    void alter_command(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);
    bool alter_other_kind(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);
    void alter_index_command(const Name& index, const PgQuery__AlterTableCmd& command);
    void change_type(const Name& table, std::string_view column, const PgQuery__ColumnDef& definition);
    void add_constraint(const Name& table, const PgQuery__Constraint& constraint);

    // alter_exact.cpp, alter_type_exact.cpp, constraint_exact.cpp, partition_exact.cpp: the same where the catalog is
    // known
    struct TypeChangeOf {
        std::string column;
        TypeText from;
        TypeText to;
        Certainty rewrites;
        std::string why;
        bool same_collation;
    };
    void use_sequence(const PgQuery__FuncCall& call);
    void remember_column(const Name& name, const PgQuery__ColumnDef& given);
    void add_inline_constraint(Id id, const Column& column, const PgQuery__Constraint& given, bool fills);
    bool add_column_exact(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);
    std::vector<Id> targets(Id id, bool only) const;
    bool alter_exact(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);
    bool alter_plain_exact(Id id, const PgQuery__AlterTableCmd& command);
    void refuse_unlogged(Id id);
    void drop_column_exact(Id id, const PgQuery__AlterTableCmd& command, bool only);
    void set_not_null_exact(Id id, std::string_view column, bool only);
    Constraint constraint_from(Id id, const PgQuery__Constraint& given, const std::string& column) const;
    bool add_constraint_exact(Id id, const PgQuery__Constraint& given, const std::string& column, bool only);
    void remember(Id id, Constraint constraint);
    bool speaks_of_new(const std::vector<std::string>& columns) const;
    void add_check_exact(Id id, Constraint constraint, const PgQuery__Constraint& given, bool only);
    void add_not_null_exact(Id id, Constraint constraint, bool only);
    void add_key_exact(Id id, Constraint key, bool checked = true);
    void add_index_exact(Id id, Constraint constraint, const PgQuery__Constraint& given);
    void take_over_index(Id id, Constraint constraint, const PgQuery__Constraint& given);
    void validate_exact(Id id, std::string_view name, bool only);
    void drop_constraint_exact(Id id, const PgQuery__AlterTableCmd& command, bool only);
    bool attach_exact(Id id, const PgQuery__AlterTableCmd& command);
    void read_default_partition(const Relation& parent, Id added);
    void attach_copy_of(Id index, Id part);
    void attach_index_exact(Id index, const Name& name);
    void change_type_exact(Id id, std::string_view column, const PgQuery__ColumnDef& definition, bool only);
    bool refuse_type_change(Id id, std::string_view column);
    void change_type_of(Id id, const TypeChangeOf& what, bool named);
    void change_key_type(Id id, const Constraint& key, const TypeChangeOf& what);

    // change_exact.cpp
    void drop_dependent(const catalog::Object& object, const std::string& of, bool cascade, bool of_type);
    void drop_with_dependents(
        catalog::Kind kind, const std::string& schema, const std::string& name, bool cascade, bool of_type
    );
    void drop_exact(const PgQuery__DropStmt& statement);
    void drop_relation_exact(int kind, const Name& name, const PgQuery__DropStmt& statement);
    void drop_index_exact(Id id, bool concurrently);
    void drop_statistics_exact(const Name& name);
    void drop_type_exact(const Name& name, bool cascade, bool missing_ok);
    void drop_schema_exact(const std::string& schema, bool cascade);
    void drop_function_exact(catalog::Kind kind, const Name& name, bool cascade);
    void truncate_exact(const PgQuery__TruncateStmt& statement);
    bool rename_exact(const PgQuery__RenameStmt& statement);
    void rename_column(Id id, const std::string& from, const std::string& to);
    void rename_constraint(Id id, const std::string& from, const std::string& to);
    bool set_schema_exact(const Name& name, std::string_view schema);
    void reindex_table_exact(Id id, bool concurrently);
    bool reindex_exact(const PgQuery__ReindexStmt& statement, bool concurrently);

    // create_exact.cpp
    bool exists_exact(const Name& name, bool if_not_exists);
    Id make(RelationKind kind, const Name& name);
    void make_table(const PgQuery__CreateStmt& statement);
    void inherit_from(Id id, const Name& name, const PgQuery__PartitionBoundSpec* bound);
    void make_column(Id id, const PgQuery__ColumnDef& given);
    void make_constraint(Id id, const PgQuery__Constraint& given, const std::string& column);
    void make_query_table(RelationKind kind, const Name& name, const PgQuery__Node* query);
    bool create_index_exact(const PgQuery__IndexStmt& statement);
    bool refresh_exact(const PgQuery__RefreshMatViewStmt& statement);
    void check_domain(const Name& name, std::string_view sqlstate, const std::string& condition);

    // tree_column.cpp: ADD COLUMN
    void add_column(const Name& table, const PgQuery__ColumnDef& column);
    void add_column_type(const Name& table, const PgQuery__ColumnDef& column);
    void add_column_default(const Name& table, std::string_view column, const PgQuery__Node* expression);
    void add_column_constraint(
        const Name& table, const PgQuery__ColumnDef& column, const PgQuery__Constraint& constraint
    );

    // tree_create.cpp: CREATE
    bool read_create(const PgQuery__Node* node);
    bool read_create_part(const PgQuery__Node* node);  // what stands on a table, and types
    void create_trigger(const PgQuery__CreateTrigStmt& statement);
    void create_table(const PgQuery__CreateStmt& statement);
    void create_index(const PgQuery__IndexStmt& statement);
    void create_table_as(const PgQuery__Node* node);
    void create_view(const PgQuery__Node* node);
    void create_sequence(const PgQuery__Node* node);
    void create_function(const PgQuery__Node* node);
    void create_domain(const PgQuery__Node* node);
    void create_schema(const PgQuery__Node* node);

    // tree_change.cpp: DROP, RENAME, ALTER of single objects, COMMENT, publications
    bool read_change(const PgQuery__Node* node);
    void drop(const PgQuery__DropStmt& statement);
    bool drop_part_exact(int kind, const Name& table, const std::string& part, bool missing_ok);
    void drop_relation(int kind, const Name& name, bool concurrently);
    void rename(const PgQuery__RenameStmt& statement);
    void set_schema(const PgQuery__Node* node);
    void alter_sequence(const PgQuery__Node* node);
    void alter_domain(const PgQuery__Node* node);
    void alter_domain_exact(const PgQuery__AlterDomainStmt& statement, const Name& domain, bool unchecked);
    void describe(int kind, const PgQuery__Node* object);
    void grant(const PgQuery__GrantStmt& statement);
    void publish(PgQuery__Node* const* objects, std::size_t count);

    // tree_maintain.cpp: TRUNCATE, LOCK, VACUUM, REINDEX …, the session
    bool read_maintenance(const PgQuery__Node* node);
    void truncate(const PgQuery__Node* node);
    void lock_table(const PgQuery__Node* node);
    void vacuum(const PgQuery__Node* node);
    void reindex(const PgQuery__ReindexStmt& statement);
    void session(const PgQuery__Node* node);

    Reader::Memory& memory_;
    Effect effect_;
    std::vector<std::string> new_columns_;  // that this statement adds
    std::optional<Exact> exact_;            // where a World is known
    bool unless_there_ = false;
    bool planning_ = false;  // EXPLAIN: what would be locked is, and nothing is done
};

}  // namespace drydock::effects
