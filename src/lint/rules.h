#pragma once

#include "lint/context.h"

// The rules: each looks at one statement and reports what it sees. rules.cpp says which look at what.
namespace drydock::lint {

// All of them, for one statement.
void apply_rules(Context& context);

// rules_index.cpp
void create_index_rules(Context& context, const PgQuery__IndexStmt& statement);
void drop_index_rules(Context& context, const PgQuery__DropStmt& statement);
void reindex_rules(Context& context, const PgQuery__ReindexStmt& statement);
void concurrent_work_rules(Context& context, const Name& table);

// One action of an ALTER TABLE.
struct Action {
    const PgQuery__AlterTableStmt& statement;
    const PgQuery__AlterTableCmd& command;
    Name table;
    std::size_t at = 0;   // where its text begins
    std::size_t end = 0;  // and ends
    bool only = false;    // the statement's only action: what it does is what the action does
    // What the action does to the table: of the whole statement where it is the only one.
    Certainty rewrites = Certainty::no;
    Certainty scans = Certainty::no;
};

// rules_constraint.cpp
void constraint_rules(Context& context, const Action& action);
void new_table_constraint_rules(Context& context, const PgQuery__CreateStmt& statement);
void drop_constraint_rules(Context& context, const Action& action);
void drop_table_lock_rules(Context& context, const PgQuery__DropStmt& statement);

// rules_column.cpp
void add_column_rules(Context& context, const Action& action);
void not_null_rules(Context& context, const Action& action);
void type_rules(Context& context, const Action& action);
void domain_rules(Context& context, const PgQuery__AlterDomainStmt& statement);

// rules_partition.cpp
void partition_rules(Context& context, const Action& action);
void new_partition_rules(Context& context, const PgQuery__CreateStmt& statement);

// rules_relation.cpp
void relation_rules(Context& context, const Action& action);
void relation_statement_rules(Context& context);

// rules_transaction.cpp
void transaction_rules(Context& context);
void setting_rules(Context& context, const PgQuery__VariableSetStmt& statement);

// rules_context.cpp
void context_rules(Context& context, std::size_t first_draft);  // those of this statement begin there
void version_rules(Context& context);

// rules_data.cpp
void data_rules(Context& context);
void data_action_rules(Context& context, const Action& action);

// rules_compatibility.cpp
void compatibility_rules(Context& context);
void compatibility_action_rules(Context& context, const Action& action);

// rules_integrity.cpp: replication and integrity
void integrity_rules(Context& context);
void integrity_action_rules(Context& context, const Action& action);

// rules_security.cpp
void security_rules(Context& context);
void security_action_rules(Context& context, const Action& action);

// rules_design.cpp
void design_rules(Context& context);
void design_action_rules(Context& context, const Action& action);

// rules_probe.cpp
void probe_rules(Context& context);

// What an expression calls that is volatile; empty: nothing. `unknown` is the first function nobody knows.
std::string volatile_call(const Context& context, const PgQuery__Node* expression, std::string* unknown);

}  // namespace drydock::lint
