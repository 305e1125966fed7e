#include "migrate/outside.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "migrate/queries.h"
#include "sql/tree.h"

namespace drydock::migrate {
namespace {

using sql::OutsideTarget;

struct Index {
    std::string oid;
    bool valid = false;
    std::string name;
};

Result<std::optional<Index>> find_index(Target& target, const OutsideTarget& about, const Limits& limits) {
    const std::array<pg::Param, 4> params{about.schema, about.name, about.table_schema, about.table};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::find_index, params, limits));
    if (rows.size() == 0) return std::optional<Index>{};
    return std::optional<Index>{Index{.valid = rows.boolean(0, 0), .name = std::string{rows.text(0, 1)}}};
}

Result<std::vector<Index>> table_indexes(Target& target, const OutsideTarget& about, const Limits& limits) {
    const std::array<pg::Param, 2> params{about.table_schema, about.table};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::table_indexes, params, limits));
    std::vector<Index> indexes;
    for (int i = 0; i < rows.size(); ++i) {
        indexes.push_back({std::string{rows.text(i, 0)}, rows.boolean(i, 1), std::string{rows.text(i, 2)}});
    }
    return indexes;
}

Result<> drop_index(Target& target, std::string_view quoted_name, const Limits& limits) {
    return target.connection().run_message(fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}", quoted_name), limits);
}

// The indexes of the table that were not there when the interrupted run noted them.
Result<std::vector<Index>> made_since(
    Target& target, const OutsideTarget& about, std::string_view memo, const Limits& limits
) {
    DRYDOCK_TRY(auto indexes, table_indexes(target, about, limits));
    std::set<std::string, std::less<>> before;
    const auto list = memo.substr(memo.find('[') == std::string_view::npos ? memo.size() : memo.find('[') + 1);
    for (const auto oid : split(list.substr(0, list.find(']')), ',')) before.emplace(trim(oid));
    std::erase_if(indexes, [&](const Index& i) { return before.contains(i.oid); });
    return indexes;
}

Result<Gap::Verdict> examine_create_index(
    Target& target, const OutsideTarget& about, bool interrupted, std::string_view memo, const Limits& limits
) {
    std::vector<Index> found;
    if (!about.name.empty()) {
        DRYDOCK_TRY(const auto index, find_index(target, about, limits));
        if (index) found.push_back(*index);
    } else if (interrupted && !memo.empty()) {
        DRYDOCK_TRY(found, made_since(target, about, memo, limits));
    }
    for (const auto& index : found) {
        if (!index.valid) DRYDOCK_TRY_VOID(drop_index(target, index.name, limits));
    }
    const bool valid = std::any_of(found.begin(), found.end(), [](const Index& i) { return i.valid; });
    return interrupted && valid ? Gap::Verdict::done : Gap::Verdict::run;
}

Result<Gap::Verdict> examine_detach(Target& target, const OutsideTarget& about, const Limits& limits) {
    const std::array<pg::Param, 2> params{about.schema, about.name};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::detach_state, params, limits));
    if (rows.boolean(0, 0)) return Gap::Verdict::run;
    if (rows.boolean(0, 1)) {
        const auto qualified = [](const std::string& schema, const std::string& name) {
            return schema.empty() ? pg::quote_identifier(name)
                                  : pg::quote_identifier(schema) + "." + pg::quote_identifier(name);
        };
        DRYDOCK_TRY_VOID(target.connection().run_message(
            fmt::format(
                "ALTER TABLE {} DETACH PARTITION {} FINALIZE",
                qualified(about.table_schema, about.table),
                qualified(about.schema, about.name)
            ),
            limits
        ));
    }
    return Gap::Verdict::done;
}

Result<Gap::Verdict> examine_cluster_object(
    Target& target, std::string_view kind, const OutsideTarget& about, const Limits& limits
) {
    const std::array<pg::Param, 2> params{kind, about.name};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::cluster_object, params, limits));
    return rows.boolean(0, 0) == about.verb.starts_with("create ") ? Gap::Verdict::done : Gap::Verdict::run;
}

Result<> clear_reindex(Target& target, const OutsideTarget& about, const Limits& limits) {
    if (about.name.empty()) return {};  // a whole schema or database: what is left there may be somebody else's
    const std::array<pg::Param, 2> params{about.schema, about.name};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::reindex_leftovers, params, limits));
    for (int i = 0; i < rows.size(); ++i) DRYDOCK_TRY_VOID(drop_index(target, rows.text(i, 0), limits));
    return {};
}

}  // namespace

Gap::Gap(std::string_view statement) : statement_(statement) {}

Result<std::string> Gap::memo(Target& target, const Limits& limits) const {
    const auto about = sql::outside_target(statement_);
    if (!about || about->verb != "create index" || !about->name.empty()) return std::string{R"({"sent": true})"};
    DRYDOCK_TRY(const auto indexes, table_indexes(target, *about, limits));
    std::string list;
    for (const auto& index : indexes) list += (list.empty() ? "" : ", ") + index.oid;
    return fmt::format(R"({{"sent": true, "indexes_before": [{}]}})", list);
}

Result<Gap::Verdict> Gap::examine(Target& target, bool interrupted, std::string_view memo, const Limits& limits) const {
    const auto about = sql::outside_target(statement_);
    if (!about) return Verdict::run;
    if (about->verb == "create index") return examine_create_index(target, *about, interrupted, memo, limits);
    if (!interrupted) return Verdict::run;
    if (about->verb == "drop index") {
        DRYDOCK_TRY(const auto index, find_index(target, *about, limits));
        return index ? Verdict::run : Verdict::done;
    }
    if (about->verb == "detach") return examine_detach(target, *about, limits);
    if (about->verb.starts_with("reindex")) DRYDOCK_TRY_VOID(clear_reindex(target, *about, limits));
    for (const std::string_view kind : {"database", "tablespace", "subscription"}) {
        if (about->verb.ends_with(kind)) return examine_cluster_object(target, kind, *about, limits);
    }
    // What is left can be done twice: VACUUM, REINDEX, CLUSTER, ALTER SYSTEM.
    return Verdict::run;
}

Result<> Gap::confirm(Target& target, const Limits& limits) const {
    const auto about = sql::outside_target(statement_);
    if (!about || about->verb != "create index" || about->name.empty()) return {};
    DRYDOCK_TRY(const auto index, find_index(target, *about, limits));
    if (!index || index->valid) return {};
    return Error{
        .code = ErrorCode::failed,
        .message = fmt::format("the index {} was left invalid", index->name),
        .hint = "the next run drops it and builds it again"
    };
}

}  // namespace drydock::migrate
