#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "catalog/snapshot.h"
#include "pg/connection.h"

namespace drydock::undo {

// What a rollback brings back; each is worse than the one before.
enum class Grade : std::uint8_t {
    exact,           // the catalog as it was, and no row or value that the migration took
    data_lost,       // the catalog as it was; rows or values that the migration took away stay away
    lossy,           // nearly: columns in another order, values that were converted, sequences that went on
    not_reversible,  // what the migration did can't be taken back by SQL
};
std::string_view name(Grade grade);   // "exact", "data_lost", "lossy", "not_reversible": for files and tables
std::string_view words(Grade grade);  // "exact", "catalog exact but data lost" …
std::optional<Grade> grade_named(std::string_view name);

// Something that the rollback does not bring back.
struct Loss {
    std::string object;  // "table app.orders", "column app.orders.note"
    std::string words;   // "its values are gone with the column that the migration drops"
    std::string save;    // a statement that would keep it, run before the migration; empty: there is none
    std::optional<std::int64_t> rows{};
    std::optional<std::int64_t> bytes{};
};

struct Generated {
    std::string sql;  // empty: not_reversible, or there is nothing to do
    Grade grade = Grade::exact;
    std::vector<Loss> losses;
    std::vector<std::string> reasons;  // why the grade is no better, in sentences
    std::vector<std::string> left;     // what the catalog lacks after it, as catalog::describe() says it
    std::vector<std::string> drops;    // what later writes are lost with when it runs: "table app.orders"
};

// The migration whose rollback is looked for.
struct Forward {
    std::string id;
    std::string sha256;                   // of its file, for the header
    std::vector<std::string> statements;  // as they ran, in order
    std::vector<std::string> settings{};  // what the engine sets in its transaction: SET LOCAL search_path …
    bool one_transaction = true;          // all of it may run in one
};

// Finds the SQL that takes the migration back. The connection is to a database of no worth, in the state after it, and
// in no transaction; it is left in that state. `before` and `after` are snapshots of this database with dependencies,
// one before and one after the migration. An Error is that of the connection; that there is no rollback is a grade.
//
// Not the statements are inverted but their effect: what the catalogs differ in is taken back, until they are equal.
Result<Generated> synthesise(
    pg::Connection& connection,
    const catalog::Snapshot& before,
    const catalog::Snapshot& after,
    const Forward& forward,
    const Limits& limits
);

}  // namespace drydock::undo
