#include "migrate/sizes.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "migrate/queries.h"

namespace drydock::migrate {

Result<std::vector<std::optional<RelationSize>>> relation_sizes(
    pg::Connection& connection, const std::vector<RelationName>& names, const Limits& limits
) {
    std::vector<std::optional<RelationSize>> sizes(names.size());
    if (names.empty()) return sizes;
    boost::json::array list;
    for (const auto& [schema, name] : names) {
        const auto prefix = schema.empty() ? std::string{} : pg::quote_identifier(schema) + ".";
        list.emplace_back(prefix + pg::quote_identifier(name));
    }
    const auto text = boost::json::serialize(list);
    const std::array<pg::Param, 1> params{text};
    DRYDOCK_TRY(const auto rows, connection.query(queries::relation_sizes, params, limits));
    for (int i = 0; i < rows.size(); ++i) {
        RelationSize size{.bytes = rows.integer(i, 1), .heap_bytes = rows.integer(i, 2)};
        if (!rows.is_null(i, 3)) size.rows = rows.integer(i, 3);
        sizes[static_cast<std::size_t>(rows.integer(i, 0))] = size;
    }
    return sizes;
}

Result<std::optional<double>> oldest_transaction(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, connection.query(queries::oldest_transaction, limits));
    std::optional<double> age;
    if (rows.size() > 0 && !rows.is_null(0, 0)) age = std::stod(std::string{rows.text(0, 0)});
    return age;
}

Result<double> reading_rate(
    pg::Connection& connection,
    const RelationName& table,
    std::int64_t table_bytes,
    std::int64_t sample_bytes,
    const Limits& limits
) {
    const double share = table_bytes <= sample_bytes
                             ? 100.0
                             : 100.0 * static_cast<double>(sample_bytes) / static_cast<double>(table_bytes);
    const auto prefix = table.schema.empty() ? std::string{} : pg::quote_identifier(table.schema) + ".";
    const auto text = fmt::format(
        "SELECT count(*) FROM ONLY {}{} TABLESAMPLE SYSTEM ({:.6f})", prefix, pg::quote_identifier(table.name), share
    );
    const auto begin = std::chrono::steady_clock::now();
    DRYDOCK_TRY(const auto rows, connection.query({.name = "reading_rate", .text = text}, limits));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const double bytes = static_cast<double>(table_bytes) * share / 100.0;
    return rows.size() > 0 ? bytes / std::max(took.count(), 0.0001) : 0.0;
}

}  // namespace drydock::migrate
