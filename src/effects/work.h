#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "effects/effect.h"

namespace drydock::effects {

// Every kind of thing a statement, or one subcommand of ALTER TABLE, can do to a relation.
enum class Work : std::uint8_t {
    // rows
    read_rows,
    lock_rows,
    insert_rows,
    update_some,
    update_all,
    delete_some,
    delete_all,
    merge_rows,
    merge_and_delete,
    copy_in,
    copy_out,
    planned,
    truncate,
    truncate_cascade,
    lock_table,
    // columns
    add_column,
    add_column_constant,
    add_column_required,
    add_column_volatile,
    add_column_perhaps_volatile,
    add_column_serial,
    add_column_identity,
    add_column_stored,
    add_column_checked_domain,
    add_column_perhaps_domain,
    add_column_check,
    add_column_unique,
    add_column_primary_key,
    add_column_reference,
    add_column_reference_default,
    drop_column,
    set_default,
    set_not_null,
    drop_not_null,
    drop_expression,
    set_statistics,
    set_column_options,
    set_storage,
    set_compression,
    add_identity,
    set_identity,
    drop_identity,
    change_type,
    change_type_perhaps,
    change_type_using,
    // constraints
    add_check,
    add_check_not_valid,
    add_foreign_key,
    add_foreign_key_not_valid,
    add_unique,
    add_primary_key,
    add_exclusion,
    unique_using_index,
    primary_key_using_index,
    validate_constraint,
    alter_constraint,
    drop_constraint,
    // the table as a whole
    set_options,
    set_exclusive_options,
    cluster_mark,
    set_persistence,
    set_tablespace,
    set_access_method,
    set_tablespace_moved,
    set_access_method_changed,
    change_owner,
    set_schema,
    rename,
    rename_part,
    replica_identity,
    row_security,
    policy,
    switch_trigger,
    switch_rule,
    inherit,
    no_inherit,
    of_type,
    attach_partition,
    detach_partition,
    detach_concurrently,
    detach_finalize,
    alter_foreign_table,
    alter_view,
    alter_composite,
    alter_sequence,
    alter_sequence_owner,
    // objects on a table
    create_trigger,
    constraint_trigger_from,
    drop_part,
    create_rule,
    create_statistics,
    comment,
    comment_on_part,
    publish,
    // making
    referenced_by_new_table,
    inherited_by_new_table,
    new_partition,
    copied_by_new_table,
    replace_view,
    own_sequence,
    defined_over,
    create_index,
    create_index_only,
    create_index_concurrently,
    // indexes
    rename_index,
    set_index_tablespace,
    attach_index,
    drop_index,
    drop_index_table,
    drop_index_concurrently,
    drop_index_concurrently_table,
    reindex_index,
    reindex_index_concurrently,
    reindex_table,
    reindex_table_concurrently,
    // dropping
    drop_table,
    drop_foreign_table,
    drop_view,
    drop_materialized_view,
    drop_sequence,
    drop_type,
    cascade,
    cascade_type,
    cascade_schema,
    cascade_extension,
    drop_attribute,
    drop_owned,
    drop_database,
    // care of tables
    cluster,
    vacuum,
    vacuum_full,
    analyze,
    refresh,
    refresh_concurrently,
    // without a relation in the text
    every_table,
    domain_constraint,
    own_script,
    opaque_block,
    opaque_call,
    opaque_execute,
    count_
};

// To which tables below the one that is named a Work goes on, unless ONLY stops it.
enum class Descent : std::uint8_t { none, partitions, all };

// What PostgreSQL does for a Work. In the texts {r} stands for the relation, {p} for the partner, {s} for the
// subject: a column, a constraint, a function.
struct Fact {
    Work work;
    LockMode lock;
    Certainty rewrites;
    Certainty scans;
    std::string_view why;
    LockMode partner_lock = LockMode::none;
    Certainty partner_scans = Certainty::no;
    std::string_view partner_why{};
    std::string_view note{};  // about relations that the statement does not name
    std::string_view loses{};
    Descent descent = Descent::none;
    LockMode indexes = LockMode::none;  // on every index of the relation; a rewrite gives them new files besides
    bool new_indexes = false;           // and builds them anew
};

// The one table of effects: PostgreSQL 13 to 18, differences between versions named in the texts.
const Fact& fact(Work work);

// Text with {r}, {p} and {s} put in.
std::string filled(
    std::string_view text, std::string_view relation, std::string_view partner, std::string_view subject
);

}  // namespace drydock::effects
