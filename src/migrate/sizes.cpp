#include "migrate/sizes.h"

#include <array>

#include <boost/json.hpp>

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
        RelationSize size{.bytes = rows.integer(i, 1)};
        if (!rows.is_null(i, 2)) size.rows = rows.integer(i, 2);
        sizes[static_cast<std::size_t>(rows.integer(i, 0))] = size;
    }
    return sizes;
}

}  // namespace drydock::migrate
