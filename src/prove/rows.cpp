#include "prove/rows.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.h"
#include "prove/queries.h"

namespace drydock::prove {
namespace {

constexpr std::int64_t kWholeBytes = std::int64_t{1} << 20U;
constexpr std::int64_t kSummedBytes = std::int64_t{256} << 20U;
constexpr std::uint64_t kMix = 0x9E3779B97F4A7C15ULL;

struct Listed {
    TableRows table;
    std::int64_t bytes = 0;
};

std::string label(const TableRows& table) {
    return table.schema + "." + table.name;
}

std::vector<Listed> group(const pg::Rows& rows) {
    std::vector<Listed> result;
    for (int i = 0; i < rows.size(); ++i) {
        if (i == 0 || rows.text(i, 0) != rows.text(i - 1, 0)) {
            result.push_back({
                .table = {.schema = std::string{rows.text(i, 1)}, .name = std::string{rows.text(i, 2)}},
                .bytes = rows.integer(i, 3),
            });
        }
        result.back().table.columns.emplace_back(rows.text(i, 4));
    }
    return result;
}

std::string hash_of(const std::string& column) {
    return fmt::format(
        "coalesce(pg_catalog.hashtextextended({}::pg_catalog.text COLLATE pg_catalog.\"C\", 0), 1)",
        pg::quote_identifier(column)
    );
}

std::string query_text(const TableRows& table) {
    std::string list;
    for (const auto& column : table.columns) {
        const auto hash = hash_of(column);
        list += list.empty() ? "" : ", ";
        list += table.whole ? hash : fmt::format("pg_catalog.mod(pg_catalog.sum({}::numeric), 1e18)::bigint", hash);
    }
    return fmt::format(
        "SELECT {}{} FROM ONLY {}.{}",
        table.whole ? "" : "pg_catalog.count(*), ",
        list,
        pg::quote_identifier(table.schema),
        pg::quote_identifier(table.name)
    );
}

std::uint64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return static_cast<std::uint64_t>(value);
}

Result<> read_table(pg::Connection& connection, TableRows& table, const Limits& limits) {
    const auto text = query_text(table);
    DRYDOCK_TRY(const auto rows, connection.query({"prove.table_rows", text}, limits));
    const int first = table.whole ? 0 : 1;
    table.rows = table.whole ? rows.size() : rows.integer(0, 0);
    for (int i = 0; i < rows.size(); ++i) {
        for (int c = first; c < rows.columns(); ++c) table.hashes.push_back(number(rows.text(i, c)));
    }
    return {};
}

// Where these columns stand in the table; all of them do.
std::vector<std::size_t> positions(const TableRows& table, const std::vector<std::string>& columns) {
    std::vector<std::size_t> result;
    for (const auto& column : columns) {
        const auto at = std::find(table.columns.begin(), table.columns.end(), column);
        result.push_back(static_cast<std::size_t>(at - table.columns.begin()));
    }
    return result;
}

std::vector<std::string> common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    std::vector<std::string> result;
    for (const auto& name : a) {
        if (std::find(b.begin(), b.end(), name) != b.end()) result.push_back(name);
    }
    return result;
}

using Counts = std::unordered_map<std::uint64_t, std::int64_t>;

// How often each row is there, seen through these columns.
Counts count_rows(const TableRows& table, const std::vector<std::string>& columns) {
    const auto at = positions(table, columns);
    Counts counts;
    const auto width = table.columns.size();
    for (std::size_t row = 0; row < static_cast<std::size_t>(table.rows); ++row) {
        std::uint64_t hash = 0;
        for (const auto column : at) hash = (hash ^ table.hashes[row * width + column]) * kMix + (hash >> 29U);
        ++counts[hash];
    }
    return counts;
}

std::int64_t missing(const Counts& wanted, const Counts& there) {
    std::int64_t result = 0;
    for (const auto& [hash, count] : wanted) {
        const auto found = there.find(hash);
        result += std::max<std::int64_t>(0, count - (found == there.end() ? 0 : found->second));
    }
    return result;
}

Counts both(const Counts& a, const Counts& b) {
    Counts result;
    for (const auto& [hash, count] : a) {
        const auto found = b.find(hash);
        if (found != b.end()) result[hash] = std::min(count, found->second);
    }
    return result;
}

std::string of_rows(std::int64_t count) {
    return fmt::format("{} row{}", human_count(count), count == 1 ? "" : "s");
}

class TableComparison {
public:
    TableComparison(const TableRows& before, const TableRows* applied, const TableRows* after, RowLosses& losses)
        : before_(before), applied_(applied), after_(after), losses_(losses) {}

    void run() {
        const TableRows none{.columns = before_.columns, .whole = before_.whole};
        const auto& after = after_ ? *after_ : none;
        if (before_.whole && after.whole && (!applied_ || applied_->whole)) {
            by_row(after);
        } else {
            by_column(after);
        }
    }

private:
    void by_row(const TableRows& after) {
        const auto kept = common(before_.columns, after.columns);
        std::int64_t faults = 0;
        if (applied_) {
            const auto seen = common(kept, applied_->columns);
            const auto untouched = both(count_rows(before_, seen), count_rows(*applied_, seen));
            faults = missing(untouched, count_rows(after, seen));
            if (faults > 0) {
                losses_.untouched.push_back(
                    fmt::format("{} of {} that the migration leaves alone", of_rows(faults), label(before_))
                );
            }
        }
        const auto lost = missing(count_rows(before_, kept), count_rows(after, kept)) - faults;
        if (lost > 0) losses_.touched.push_back(fmt::format("{} of {}", of_rows(lost), label(before_)));
    }

    void by_column(const TableRows& after) {
        const auto sum = [](const TableRows& table,
                            const std::string& column) -> std::pair<std::int64_t, std::uint64_t> {
            const auto at = positions(table, {column})[0];
            if (at >= table.columns.size() || table.hashes.empty()) return {table.rows, 0};
            if (!table.whole) return {table.rows, table.hashes[at]};
            // One image of the table was small: the sums of the others can't be compared with its rows.
            return {table.rows, 1};
        };
        for (const auto& column : before_.columns) {
            if (sum(before_, column) == sum(after, column)) continue;
            const bool same_kind = before_.whole == after.whole || before_.rows != after.rows;
            if (!same_kind) continue;
            const bool untouched = applied_ != nullptr && sum(before_, column) == sum(*applied_, column);
            auto& list = untouched ? losses_.untouched : losses_.touched;
            list.push_back(fmt::format(
                "column {} of {}{}", column, label(before_), untouched ? ", which the migration leaves alone" : ""
            ));
        }
    }

    const TableRows& before_;
    const TableRows* applied_;
    const TableRows* after_;
    RowLosses& losses_;
};

}  // namespace

const TableRows* RowImage::find(std::string_view schema, std::string_view name) const {
    const auto at = std::find_if(tables.begin(), tables.end(), [&](const TableRows& table) {
        return table.schema == schema && table.name == name;
    });
    return at == tables.end() ? nullptr : &*at;
}

Result<RowImage> read_rows(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto listed, connection.query(queries::tables_with_rows, limits));
    RowImage image;
    for (auto& [table, bytes] : group(listed)) {
        if (bytes > kSummedBytes) {
            image.unread.push_back(label(table) + " is too big to be compared row by row");
            continue;
        }
        table.whole = bytes <= kWholeBytes;
        const auto read = read_table(connection, table, limits);
        if (!read && (read.error().code == ErrorCode::cancelled || !connection.usable())) return read.error();
        if (!read) {
            image.unread.push_back(fmt::format("{} can't be read: {}", label(table), read.error().message));
        } else if (table.rows > 0) {
            image.tables.push_back(std::move(table));
        }
    }
    return image;
}

RowLosses compare_rows(const RowImage& before, const RowImage& applied, const RowImage& rolled_back) {
    RowLosses losses;
    for (const auto& table : before.tables) {
        // An empty table is not in an image; whether one is there at all is the catalog's to tell.
        TableComparison{
            table, applied.find(table.schema, table.name), rolled_back.find(table.schema, table.name), losses
        }
            .run();
    }
    return losses;
}

}  // namespace drydock::prove
