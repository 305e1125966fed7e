#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "effects/memory.h"
#include "effects/work.h"

// libpg_query's structures: only tree*.cpp see what is in them.
struct ProtobufCMessage;
struct PgQuery__AlterTableCmd;
struct PgQuery__AlterTableStmt;
struct PgQuery__ColumnDef;
struct PgQuery__Constraint;
struct PgQuery__CreateStmt;
struct PgQuery__DropStmt;
struct PgQuery__IndexStmt;
struct PgQuery__Node;
struct PgQuery__RangeVar;
struct PgQuery__ReindexStmt;
struct PgQuery__RenameStmt;
struct PgQuery__SelectStmt;
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
};

struct Steps {
    bool parsed = false;
    bool opaque = false;  // parsed, but what it does is inside a body that is not read
    std::string problem{};
    std::vector<Step> steps{};
};

// Parses one statement, and writes down in `memory` what it creates, drops and renames.
Steps read_steps(std::string_view statement, Reader::Memory& memory);

Name name_of(const PgQuery__RangeVar* relation);
Name name_of(PgQuery__Node* const* parts, std::size_t count);  // schema and name, the last two of a dotted name
std::string_view string_of(const PgQuery__Node* node);         // of a String node, else empty
bool is_on(PgQuery__Node* const* options, std::size_t count, std::string_view option);  // VERBOSE, FULL on, …

// Calls `visit` for every message of the tree, parents first; it says whether to go into that one.
void walk(const ProtobufCMessage* tree, const std::function<bool(const ProtobufCMessage*)>& visit);

// Turns PostgreSQL's tree of one statement into steps.
class TreeReader {
public:
    explicit TreeReader(Reader::Memory& memory) : memory_(memory) {}
    void read(const PgQuery__Node* statement);
    Steps take() { return std::move(out_); }

private:
    void add(Step step);
    void add(Work work, const PgQuery__RangeVar* relation, std::string subject = {});
    void opaque(Work work, std::string subject);

    // tree_query.cpp: what queries read and write
    bool read_rows(const PgQuery__Node* node);
    void read_query(const PgQuery__Node* tree, Work reads = Work::read_rows);
    void read_copy(const PgQuery__Node* node);
    void read_explain(const PgQuery__Node* node);

    // tree_alter.cpp: ALTER TABLE, INDEX, VIEW … with their subcommands
    void alter_table(const PgQuery__AlterTableStmt& statement);
    void alter_command(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);
    bool alter_other_kind(const PgQuery__AlterTableStmt& statement, const PgQuery__AlterTableCmd& command);
    void alter_index_command(const Name& index, const PgQuery__AlterTableCmd& command);
    void change_type(const Name& table, std::string_view column, const PgQuery__ColumnDef& definition);
    void add_constraint(const Name& table, const PgQuery__Constraint& constraint);

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
    void drop_relation(int kind, const Name& name, bool concurrently);
    void rename(const PgQuery__RenameStmt& statement);
    void set_schema(const PgQuery__Node* node);
    void alter_sequence(const PgQuery__Node* node);
    void alter_domain(const PgQuery__Node* node);
    void describe(int kind, const PgQuery__Node* object);
    void publish(PgQuery__Node* const* objects, std::size_t count);

    // tree_maintain.cpp: TRUNCATE, LOCK, VACUUM, REINDEX …, the session
    bool read_maintenance(const PgQuery__Node* node);
    void truncate(const PgQuery__Node* node);
    void lock_table(const PgQuery__Node* node);
    void vacuum(const PgQuery__Node* node);
    void reindex(const PgQuery__ReindexStmt& statement);
    void session(const PgQuery__Node* node);

    Reader::Memory& memory_;
    Steps out_;
};

}  // namespace drydock::effects
