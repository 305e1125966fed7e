#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/object.h"

// libpg_query's tree, see sql/parser.h.
struct PgQuery__Node;

namespace drydock::effects {

class World;

// PostgreSQL's table-level locks, weakest first; `none` is no lock at all. A stronger one compares greater.
enum class LockMode : std::uint8_t {
    none,
    access_share,
    row_share,
    row_exclusive,
    share_update_exclusive,
    share,
    share_row_exclusive,
    exclusive,
    access_exclusive
};
std::string_view name(LockMode mode);            // "ACCESS EXCLUSIVE"; "no lock" for none
std::string_view what_it_blocks(LockMode mode);  // "reads and writes", "writes", … ; "nothing" for none

// `maybe`: it depends on the catalog or on the data, and `why` says on what.
enum class Certainty : std::uint8_t { no, yes, maybe };
std::string_view name(Certainty certainty);  // "no", "yes", "maybe"

enum class RelationKind : std::uint8_t {
    unknown,  // from the text alone
    table,
    foreign_table,
    view,
    materialized_view,
    index,
    sequence,
    composite_type
};

std::string_view name(RelationKind kind);  // "materialized view"

// What a statement does to one relation: the strongest lock it takes, and the work it does under that lock.
struct RelationEffect {
    std::string schema;  // empty where the statement names none and no catalog is known
    std::string name;
    RelationKind kind = RelationKind::unknown;
    LockMode lock = LockMode::none;
    Certainty rewrites = Certainty::no;  // a new copy of the whole relation (or, of an index, a new index)
    Certainty scans = Certainty::no;     // reads all of it; a rewrite is a scan too
    int scan_count = 0;                  // how often it is read as a whole, at least, where `scans` is yes
    bool created_here = false;           // made earlier in the same script, so nobody waits for it
    bool named = true;                   // the statement's text names it; else the catalog led here
    std::string index_table{};           // of an index, where a catalog is known: its table, in the same schema
    std::string why{};

    std::string_view blocks() const { return what_it_blocks(lock); }
};

// Rows that are there already may make the statement fail.
struct Failure {
    std::string condition;  // "rows of app.big in which t is null"
    std::string sqlstate;   // "23502"
    std::string probe;      // a read-only SELECT that returns rows when it would fail; empty: there is none
    std::string relation;   // app.big, quoted where it has to be
};

// An object that the statement makes, drops, renames or changes.
struct ObjectChange {
    enum class What : std::uint8_t { created, dropped, renamed, altered };
    What what = What::altered;
    catalog::Kind kind = catalog::Kind::table;
    std::string schema{};
    std::string parent{};  // of a column, constraint, index, trigger …: its table
    std::string name{};
    std::string new_name{};   // of renamed: the new name, or for SET SCHEMA the new schema's qualified one
    bool by_cascade = false;  // not named: goes because of what is dropped
};

struct Effect {
    bool analysed = false;  // false: not understood, so nothing is known; `note` says why
    // With a World that has every relation the statement names, `relations` is all that it locks; `exact` says so.
    // A statement that leaves something open even so (what a function does, the planner's choice) says `maybe` or
    // tells of it in `note`.
    bool exact = false;
    std::vector<RelationEffect> relations;
    bool loses_data = false;
    std::string loses;  // "table orders", "column orders.note"; several are joined by ", "
    std::string note;   // what else is to be known: relations that the statement does not name, and the like

    std::vector<Failure> may_fail;
    std::string error;     // the server refuses it whatever the rows are: why. Only where a World says so
    std::string sqlstate;  // of `error`
    bool no_op = false;    // IF NOT EXISTS of what is there, IF EXISTS of what is not: changes nothing
    bool opaque = false;   // a part is only known when it runs: a shadow shows it; `note` says which
    bool outside = false;  // waits for older transactions: CONCURRENTLY
    std::vector<ObjectChange> objects;
};

// Reads a script's statements in their order and says what each does on PostgreSQL 13 to 18: from the text alone, or
// from the text and what a World says of the database. It remembers what the script has changed so far. Not for use by
// two threads at once.
class Reader {
public:
    // `world` must outlive it; nullptr: from the text alone.
    explicit Reader(const World* world = nullptr);
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    // One statement, with or without its semicolon. Parses it on a thread of its own.
    Effect read(std::string_view statement);
    // A statement that is parsed already: RawStmt.stmt. Only on a big stack (sql/parser.h).
    Effect read(const PgQuery__Node& statement);

    // The script ends, and its transaction with it: the next one begins from what it has made.
    void end_script();

    // What the database holds after all that was read; nullptr: only the text is known.
    const World* world() const;

    struct Memory;

private:
    std::unique_ptr<Memory> memory_;
};

}  // namespace drydock::effects
