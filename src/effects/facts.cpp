#include <array>
#include <cstddef>

#include "effects/work.h"

namespace drydock::effects {

namespace {

using enum LockMode;
using enum Certainty;

struct Row : Fact {
    constexpr Row(Work what, LockMode mode, Certainty written_anew, Certainty read_whole, std::string_view because)
        : Fact{.work = what, .lock = mode, .rewrites = written_anew, .scans = read_whole, .why = because} {}
    constexpr Row partner(LockMode mode, Certainty its_scan, std::string_view its_why) const {
        Row row = *this;
        row.partner_lock = mode;
        row.partner_scans = its_scan;
        row.partner_why = its_why;
        return row;
    }
    constexpr Row noting(std::string_view text) const {
        Row row = *this;
        row.note = text;
        return row;
    }
    constexpr Row descends(Descent how = Descent::all) const {
        Row row = *this;
        row.descent = how;
        return row;
    }
    constexpr Row with_indexes(LockMode mode, bool built_anew = false) const {
        Row row = *this;
        row.indexes = mode;
        row.new_indexes = built_anew;
        return row;
    }
    constexpr Row losing(std::string_view text) const {
        Row row = *this;
        row.loses = text;
        return row;
    }
};

constexpr std::string_view kShort = "only the catalog changes";
constexpr std::string_view kChildren =
    "partitions and child tables of {r}, if any, are locked and worked on in the same way";
constexpr std::string_view kForeignKeys =
    "tables on the other end of a foreign key on the column get ACCESS EXCLUSIVE too, and so do partitions and child "
    "tables of {r}";
constexpr std::string_view kRewritten = "the whole table is written anew and all its indexes are rebuilt";
constexpr std::string_view kFreed = "for the moment of the catalog change";

// clang-format off
constexpr std::array kFacts = {
    // rows
    Row(Work::read_rows, access_share, no, maybe, "read by the query, as far as its plan goes").with_indexes(access_share).descends(),
    Row(Work::lock_rows, row_share, no, maybe, "the query locks the rows it returns").with_indexes(row_share).descends(),
    Row(Work::insert_rows, row_exclusive, no, no, "rows are added").descends(),
    Row(Work::update_some, row_exclusive, no, maybe, "reads every row unless an index serves the WHERE").with_indexes(row_exclusive).descends(),
    Row(Work::update_all, row_exclusive, no, yes, "no WHERE: every row is read and written again").with_indexes(row_exclusive).descends(),
    Row(Work::delete_some, row_exclusive, no, maybe, "reads every row unless an index serves the WHERE").losing("rows of {r}").with_indexes(row_exclusive).descends(),
    Row(Work::delete_all, row_exclusive, no, yes, "no WHERE: every row is read and deleted").losing("all rows of {r}").with_indexes(row_exclusive).descends(),
    Row(Work::merge_rows, row_exclusive, no, maybe, "as the join needs").with_indexes(row_exclusive).descends(),
    Row(Work::merge_and_delete, row_exclusive, no, maybe, "as the join needs").losing("rows of {r}").with_indexes(row_exclusive).descends(),
    Row(Work::copy_in, row_exclusive, no, no, "rows are added").descends(),
    Row(Work::copy_out, access_share, no, yes, "read as a whole").descends(),
    Row(Work::planned, none, no, no, "planned only, not run").descends(),
    Row(Work::truncate, access_exclusive, no, no, "emptied at once: the old file is dropped at commit").noting(kChildren).losing("all rows of {r}").descends().with_indexes(access_exclusive),
    Row(Work::truncate_cascade, none, no, no, "").noting("CASCADE also empties, under ACCESS EXCLUSIVE, every table with a foreign key to {r}").losing("all rows of the tables that reference {r}"),
    Row(Work::lock_table, none, no, no, "the lock that the statement asks for").noting(kChildren).descends(),

    // columns
    Row(Work::add_column, access_exclusive, no, no, kShort).noting(kChildren).descends(),
    Row(Work::add_column_constant, access_exclusive, no, no, "the default of {s} is computed once and kept in the catalog").descends(),
    Row(Work::add_column_required, access_exclusive, no, yes, "{s} is NOT NULL without a default: every row is checked, and one row is enough to fail").descends(),
    Row(Work::add_column_volatile, access_exclusive, yes, yes, "the default calls {s}, which is volatile: computed for every row, {w}").descends(),
    Row(Work::add_column_perhaps_volatile, access_exclusive, maybe, maybe, "if {s}, which the default calls, is volatile, {w}").descends(),
    Row(Work::add_column_serial, access_exclusive, yes, yes, "{s} is filled from a sequence: {w}").descends(),
    Row(Work::add_column_identity, access_exclusive, yes, yes, "the identity {s} is filled from a sequence: {w}").descends(),
    Row(Work::add_column_stored, access_exclusive, yes, yes, "{s} is computed and stored for every row: {w}").descends(),
    Row(Work::add_column_checked_domain, access_exclusive, yes, yes, "{s} is a domain with a constraint: {w}").descends(),
    Row(Work::add_column_perhaps_domain, access_exclusive, maybe, maybe, "if {s} is a domain with a constraint, {w}").descends(),
    Row(Work::add_column_check, access_exclusive, no, yes, "the CHECK of the new column is tested on every row").descends(),
    Row(Work::add_column_unique, access_exclusive, no, yes, "the index of the new UNIQUE column is built under the lock").descends(),
    Row(Work::add_column_primary_key, access_exclusive, no, yes, "the index of the new PRIMARY KEY is built under the lock").descends(),
    Row(Work::add_column_reference, access_exclusive, no, no, kShort).partner(share_row_exclusive, no, "a foreign key of {r} puts triggers on it").descends(),
    Row(Work::add_column_reference_default, access_exclusive, no, yes, "the default is looked up in {p} for every row").partner(share_row_exclusive, maybe, "a foreign key of {r} puts triggers on it and is checked against it").descends(),
    Row(Work::drop_column, access_exclusive, no, no, "only the catalog changes; the space comes back as rows are written again").noting(kChildren).losing("column {r}.{s}").descends(),
    Row(Work::set_default, access_exclusive, no, no, kShort).noting(kChildren).descends(),
    Row(Work::set_not_null, access_exclusive, no, maybe, "every row is read for nulls in {s}, unless a validated CHECK ({s} IS NOT NULL) proves there are none; one dropped in the same command proves nothing").noting(kChildren).descends(),
    Row(Work::drop_not_null, access_exclusive, no, no, kShort).noting(kChildren).descends(),
    Row(Work::drop_expression, access_exclusive, no, no, kShort).noting(kChildren).descends(),
    Row(Work::set_statistics, share_update_exclusive, no, no, kShort).noting(kChildren).descends(),
    Row(Work::set_column_options, share_update_exclusive, no, no, kShort),
    Row(Work::set_storage, access_exclusive, no, no, "only the catalog changes: stored values stay as they are").noting(kChildren).descends(),
    Row(Work::set_compression, access_exclusive, no, no, "only the catalog changes: stored values stay as they are (14 and later)").noting(kChildren).descends(),
    Row(Work::add_identity, access_exclusive, no, no, "only the catalog changes and a sequence is made"),
    Row(Work::set_identity, access_exclusive, no, no, kShort),
    Row(Work::drop_identity, access_exclusive, no, no, kShort),
    Row(Work::change_type, access_exclusive, yes, yes, "{w}").noting(kForeignKeys),
    Row(Work::change_type_perhaps, access_exclusive, maybe, maybe, "without a rewrite, a validated CHECK on {s} is still tested again, and expression, partial and other-collation indexes on it are rebuilt").noting(kForeignKeys),
    Row(Work::change_type_using, access_exclusive, yes, yes, "USING computes {s} for every row: {w}").noting(kForeignKeys).losing("the old values of {r}.{s}"),

    // constraints
    Row(Work::add_check, access_exclusive, no, yes, "the CHECK is tested on every row under the lock; NOT VALID and a later VALIDATE CONSTRAINT are not").noting(kChildren).descends(),
    Row(Work::add_check_not_valid, access_exclusive, no, no, "NOT VALID: only the catalog changes").noting(kChildren).descends(),
    Row(Work::add_foreign_key, share_row_exclusive, no, yes, "every row is looked up in {p} under the lock").partner(share_row_exclusive, maybe, "the new foreign key of {r} puts triggers on it and is checked against it").noting(kChildren).descends(Descent::partitions),
    Row(Work::add_foreign_key_not_valid, share_row_exclusive, no, no, "NOT VALID: only the catalog changes (from a partitioned table it is an error before 18)").partner(share_row_exclusive, no, "the new foreign key of {r} puts triggers on it").descends(Descent::partitions),
    Row(Work::add_unique, access_exclusive, no, yes, "the unique index is built under the lock; CREATE UNIQUE INDEX CONCURRENTLY and USING INDEX are not").noting(kChildren).descends(Descent::partitions),
    Row(Work::add_primary_key, access_exclusive, no, yes, "the unique index is built under the lock and nulls are looked for").noting(kChildren).descends(Descent::partitions),
    Row(Work::add_exclusion, access_exclusive, no, yes, "the index is built under the lock, and every row is tested against it"),
    Row(Work::unique_using_index, access_exclusive, no, no, "takes over a finished index: only the catalog changes"),
    Row(Work::primary_key_using_index, access_exclusive, no, maybe, "takes over a finished index; every row is read for nulls unless its columns are already NOT NULL"),
    Row(Work::validate_constraint, share_update_exclusive, no, yes, "every row is tested while reads and writes go on").partner(row_share, maybe, "the constraint {s} of {r} is checked against it").noting("if {s} is a foreign key, the referenced table gets ROW SHARE and is read; partitions and child tables of {r} are locked and read in the same way").descends(),
    Row(Work::alter_constraint, access_exclusive, no, no, kShort),
    Row(Work::drop_constraint, access_exclusive, no, no, kShort).partner(access_exclusive, no, "loses the triggers of the foreign key {s}").noting("if {s} is a foreign key, the referenced table gets ACCESS EXCLUSIVE too; partitions and child tables of {r} are locked in the same way").descends(),

    // the table as a whole
    Row(Work::set_options, share_update_exclusive, no, no, kShort),
    Row(Work::set_exclusive_options, access_exclusive, no, no, kShort),
    Row(Work::cluster_mark, share_update_exclusive, no, no, kShort),
    Row(Work::set_persistence, access_exclusive, yes, yes, "LOGGED and UNLOGGED: {w}"),
    Row(Work::set_tablespace, access_exclusive, maybe, maybe, "copied file by file, unless it is in that tablespace already"),
    Row(Work::set_access_method, access_exclusive, maybe, maybe, "written anew with its indexes, unless it has that access method already (15 and later)"),
    Row(Work::set_tablespace_moved, access_exclusive, yes, yes, "copied file by file into the tablespace"),
    Row(Work::set_access_method_changed, access_exclusive, yes, yes, "another access method: {w}"),
    Row(Work::change_owner, access_exclusive, no, no, kShort),
    Row(Work::set_schema, access_exclusive, no, no, kShort),
    Row(Work::rename, access_exclusive, no, no, kShort),
    Row(Work::rename_part, access_exclusive, no, no, kShort),
    Row(Work::replica_identity, access_exclusive, no, no, kShort),
    Row(Work::row_security, access_exclusive, no, no, kShort),
    Row(Work::policy, access_exclusive, no, no, kShort),
    Row(Work::switch_trigger, share_row_exclusive, no, no, kShort).noting(kChildren),
    Row(Work::switch_rule, access_exclusive, no, no, kShort),
    Row(Work::inherit, access_exclusive, no, no, kShort).partner(share_update_exclusive, no, "becomes the parent of {r}"),
    Row(Work::no_inherit, access_exclusive, no, no, kShort).partner(access_share, no, "was the parent of {r}"),
    Row(Work::of_type, access_exclusive, no, no, kShort),
    Row(Work::attach_partition, share_update_exclusive, no, no, kShort).partner(access_exclusive, maybe, "every row is tested against the bounds, unless a validated CHECK implies them").noting("a default partition of {r}, if there is one, gets ACCESS EXCLUSIVE and is read as a whole"),
    Row(Work::detach_partition, access_exclusive, no, no, "only the catalog changes; DETACH … CONCURRENTLY (14 and later) lets reads and writes go on").partner(access_exclusive, no, kFreed).noting("a default partition of {r}, if there is one, gets ACCESS EXCLUSIVE, and tables that a foreign key of {r} references get locks that block writes"),
    Row(Work::detach_concurrently, share_update_exclusive, no, no, "14 and later; in two transactions, with a wait for all that use the table").partner(access_exclusive, no, "only at the end, when no query uses it through its parent; SHARE UPDATE EXCLUSIVE before"),
    Row(Work::detach_finalize, share_update_exclusive, no, no, "ends an interrupted DETACH … CONCURRENTLY").partner(access_exclusive, no, kFreed),
    Row(Work::alter_foreign_table, access_exclusive, no, no, "only the catalog changes: the rows are elsewhere"),
    Row(Work::alter_view, access_exclusive, no, no, kShort),
    Row(Work::alter_composite, access_exclusive, no, no, kShort).noting("typed tables of {r} are altered as well under CASCADE"),
    Row(Work::alter_sequence, share_row_exclusive, no, no, "nextval() waits"),
    Row(Work::alter_sequence_owner, share_row_exclusive, no, no, "nextval() waits").partner(access_share, no, "comes to own the sequence {r}"),

    // objects on a table
    Row(Work::create_trigger, share_row_exclusive, no, no, kShort).noting(kChildren),
    Row(Work::constraint_trigger_from, access_share, no, no, "named in FROM"),
    Row(Work::drop_part, access_exclusive, no, no, kShort),
    Row(Work::create_rule, access_exclusive, no, no, kShort),
    Row(Work::create_statistics, share_update_exclusive, no, no, kShort),
    Row(Work::comment, share_update_exclusive, no, no, kShort),
    Row(Work::comment_on_part, access_share, no, no, kShort),
    Row(Work::publish, share_update_exclusive, no, no, kShort),

    // making
    Row(Work::referenced_by_new_table, share_row_exclusive, no, no, "a foreign key of the new table puts triggers on it"),
    Row(Work::inherited_by_new_table, share_update_exclusive, no, no, "becomes the parent of the new table"),
    Row(Work::new_partition, access_exclusive, no, no, "gets a new partition; CREATE TABLE … LIKE and ATTACH PARTITION need only SHARE UPDATE EXCLUSIVE").noting("a default partition of {r}, if there is one, gets ACCESS EXCLUSIVE and is read as a whole"),
    Row(Work::copied_by_new_table, access_share, no, no, "its definition is copied"),
    Row(Work::replace_view, access_exclusive, no, no, "if the view exists already"),
    Row(Work::own_sequence, access_share, no, no, "comes to own the sequence"),
    Row(Work::defined_over, access_share, no, no, "named in the definition"),
    Row(Work::create_index, share, no, yes, "read as a whole while the index is built; CONCURRENTLY lets writes go on").noting("partitions of {r}, if any, get the same lock and an index each").descends(Descent::partitions),
    Row(Work::create_index_only, share, no, no, "ON ONLY: nothing is built for the partitions"),
    Row(Work::create_index_concurrently, share_update_exclusive, no, yes, "read twice, with waits for all transactions that are older; reads and writes go on"),

    // indexes
    Row(Work::rename_index, share_update_exclusive, no, no, kShort),
    Row(Work::set_index_tablespace, access_exclusive, maybe, maybe, "copied, unless it is in that tablespace already"),
    Row(Work::attach_index, share_update_exclusive, no, no, kShort).partner(access_exclusive, no, kFreed).noting("the tables of both indexes get ACCESS SHARE"),
    Row(Work::drop_index, access_exclusive, no, no, "CONCURRENTLY lets reads and writes go on").noting("the table of index {r} gets ACCESS EXCLUSIVE too"),
    Row(Work::drop_index_table, access_exclusive, no, no, "its index {s} is dropped; CONCURRENTLY lets reads and writes go on"),
    Row(Work::drop_index_concurrently, share_update_exclusive, no, no, "waits for all that use the table; ACCESS EXCLUSIVE only at the end, when nothing uses the index any more").noting("the table of index {r} gets SHARE UPDATE EXCLUSIVE too"),
    Row(Work::drop_index_concurrently_table, share_update_exclusive, no, no, "its index {s} is dropped while reads and writes go on"),
    Row(Work::reindex_index, access_exclusive, yes, no, "built anew").noting("the table of index {r} gets SHARE and is read as a whole; queries on it wait as well, for the planner opens every index"),
    Row(Work::reindex_index_concurrently, share_update_exclusive, yes, no, "built anew beside the old one").noting("the table of index {r} gets SHARE UPDATE EXCLUSIVE and is read as a whole"),
    Row(Work::reindex_table, share, no, yes, "all its indexes are built anew; queries wait as well, for the planner opens every index").noting("every index of {r} gets ACCESS EXCLUSIVE").with_indexes(access_exclusive, true),
    Row(Work::reindex_table_concurrently, share_update_exclusive, no, yes, "all its indexes are built anew beside the old ones; reads and writes go on (partitioned tables: 14 and later)").with_indexes(share_update_exclusive, true),

    // dropping
    Row(Work::drop_table, access_exclusive, no, no, "dropped").noting("tables that a foreign key of {r} references, its parent if it is a partition, and its partitions get ACCESS EXCLUSIVE too").losing("table {r}"),
    Row(Work::drop_foreign_table, access_exclusive, no, no, "dropped; the rows stay where they are"),
    Row(Work::drop_view, access_exclusive, no, no, "dropped"),
    Row(Work::drop_materialized_view, access_exclusive, no, no, "dropped").losing("materialized view {r}"),
    Row(Work::drop_sequence, access_exclusive, no, no, "dropped").losing("sequence {r}"),
    Row(Work::drop_type, none, no, no, "").noting("if {s} is a composite type, it gets ACCESS EXCLUSIVE"),
    Row(Work::cascade, none, no, no, "").noting("CASCADE also drops what depends on it, under ACCESS EXCLUSIVE"),
    Row(Work::cascade_type, none, no, no, "").noting("CASCADE drops the columns of type {s}: their tables get ACCESS EXCLUSIVE").losing("columns of type {s}"),
    Row(Work::cascade_schema, none, no, no, "").noting("everything in schema {s} gets ACCESS EXCLUSIVE").losing("schema {s}"),
    Row(Work::cascade_extension, none, no, no, "").noting("CASCADE drops what uses extension {s}: those tables get ACCESS EXCLUSIVE").losing("what uses extension {s}"),
    Row(Work::drop_attribute, access_exclusive, no, no, kShort).noting("typed tables of {r} are altered as well under CASCADE").losing("attribute {r}.{s}"),
    Row(Work::drop_owned, none, no, no, "").noting("everything that {s} owns in this database gets ACCESS EXCLUSIVE").losing("objects owned by {s}"),
    Row(Work::drop_database, none, no, no, "").losing("database {s}"),

    // care of tables
    Row(Work::cluster, access_exclusive, yes, yes, "CLUSTER: {w}"),
    Row(Work::vacuum, share_update_exclusive, no, maybe, "reads the pages that have changed; reads and writes go on").descends(Descent::partitions).with_indexes(row_exclusive),
    Row(Work::vacuum_full, access_exclusive, yes, yes, "VACUUM FULL: {w}"),
    Row(Work::analyze, share_update_exclusive, no, no, "reads a sample").noting("child tables of {r}, if any, get ACCESS SHARE, partitions SHARE UPDATE EXCLUSIVE").descends(Descent::partitions).with_indexes(access_share),
    Row(Work::refresh, access_exclusive, yes, yes, "computed and written anew; CONCURRENTLY lets reads go on").noting("what {r} reads gets ACCESS SHARE and is read"),
    Row(Work::refresh_concurrently, exclusive, no, yes, "computed anew and compared; reads go on; needs a unique index").noting("what {r} reads gets ACCESS SHARE and is read").with_indexes(row_exclusive),

    // without a relation in the text
    Row(Work::every_table, none, no, no, "").noting("{s}"),
    Row(Work::domain_constraint, none, no, no, "").noting("every table with a column of domain {s} gets SHARE and is read as a whole"),
    Row(Work::own_script, none, no, no, "").noting("what the script of extension {s} does is not known"),
    Row(Work::opaque_block, none, no, no, "").noting("what a DO block runs is not read: {s}"),
    Row(Work::opaque_call, none, no, no, "").noting("what procedure {s} runs is not read"),
    Row(Work::opaque_execute, none, no, no, "").noting("what the prepared statement {s} does is not read"),
};
// clang-format on

constexpr bool in_order() {
    if (kFacts.size() != static_cast<std::size_t>(Work::count_)) return false;
    for (std::size_t i = 0; i < kFacts.size(); ++i) {
        if (kFacts[i].work != static_cast<Work>(i)) return false;
    }
    return true;
}
static_assert(in_order(), "one row for each Work, in the order of the enumeration");

}  // namespace

const Fact& fact(Work work) {
    return kFacts[static_cast<std::size_t>(work)];
}

std::string filled(
    std::string_view text, std::string_view relation, std::string_view partner, std::string_view subject
) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '{' || i + 2 >= text.size() || text[i + 2] != '}') {
            out += text[i];
            continue;
        }
        switch (text[i + 1]) {
            case 'r':
                out += relation;
                break;
            case 'p':
                out += partner;
                break;
            case 's':
                out += subject;
                break;
            default:
                out += kRewritten;
                break;
        }
        i += 2;
    }
    return out;
}

}  // namespace drydock::effects
