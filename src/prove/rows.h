#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"

namespace drydock::prove {

// What one table holds, as hashes of its values' texts.
struct TableRows {
    std::string schema;
    std::string name;
    std::vector<std::string> columns;
    std::int64_t rows = 0;
    bool whole = false;  // every value's hash, row by row; else one sum a column: the table is big
    std::vector<std::uint64_t> hashes;
};

struct RowImage {
    std::vector<TableRows> tables;    // those with rows, by schema and name
    std::vector<std::string> unread;  // too big, or refused

    const TableRows* find(std::string_view schema, std::string_view name) const;
};

// Every row of tables up to 1 MiB, sums of those up to 256 MiB; bigger ones are unread. The connection must be in no
// transaction.
Result<RowImage> read_rows(pg::Connection& connection, const Limits& limits);

// What a rollback did to rows, by table in words.
struct RowLosses {
    std::vector<std::string> untouched;  // rows the migration left alone, and that are gone or changed: a fault
    std::vector<std::string> touched;    // rows and columns that it changed or took away, and that are not back
};
RowLosses compare_rows(const RowImage& before, const RowImage& applied, const RowImage& rolled_back);

}  // namespace drydock::prove
