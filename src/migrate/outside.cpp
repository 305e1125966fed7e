#include "migrate/outside.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "migrate/queries.h"
#include "sql/tree.h"

namespace drydock::migrate {
namespace {

using sql::OutsideTarget;

struct Index {
    std::string oid;
    bool valid = false;
    std::string name;
    bool being_built = false;
};

Result<std::optional<Index>> find_index(Target& target, const OutsideTarget& about, const Limits& limits) {
    const std::array<pg::Param, 4> params{about.schema, about.name, about.table_schema, about.table};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::find_index, params, limits));
    if (rows.size() == 0) return std::optional<Index>{};
    return std::optional{
        Index{std::string{rows.text(0, 0)}, rows.boolean(0, 1), std::string{rows.text(0, 2)}, rows.boolean(0, 3)}
    };
}

Result<std::vector<Index>> table_indexes(Target& target, const OutsideTarget& about, const Limits& limits) {
    const std::array<pg::Param, 2> params{about.table_schema, about.table};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::table_indexes, params, limits));
    std::vector<Index> indexes;
    for (int i = 0; i < rows.size(); ++i) {
        indexes.push_back(
            {.oid = std::string{rows.text(i, 0)}, .valid = rows.boolean(i, 1), .name = std::string{rows.text(i, 2)}}
        );
    }
    return indexes;
}

Result<> drop_index(Target& target, std::string_view quoted_name, const Limits& limits) {
    return target.connection().run_message(fmt::format("DROP INDEX CONCURRENTLY IF EXISTS {}", quoted_name), limits);
}

enum class Attached : unsigned char { no, pending, yes };
Result<Attached> attached(Target& target, const OutsideTarget& about, const Limits& limits) {
    const std::array<pg::Param, 2> params{about.schema, about.name};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::detach_state, params, limits));
    if (rows.boolean(0, 0)) return Attached::yes;
    return rows.boolean(0, 1) ? Attached::pending : Attached::no;
}

// "database", "tablespace" or "subscription" when the statement makes or drops one, else empty.
std::string_view cluster_kind(const OutsideTarget& about) {
    for (const std::string_view kind : {"database", "tablespace", "subscription"}) {
        if (about.verb.ends_with(kind)) return kind;
    }
    return {};
}

// Whether what the statement makes or takes away is there now.
Result<bool> exists(Target& target, const OutsideTarget& about, const Limits& limits) {
    if (about.verb == "drop index") {
        DRYDOCK_TRY(const auto index, find_index(target, about, limits));
        return index.has_value();
    }
    if (about.verb == "detach") {
        DRYDOCK_TRY(const auto state, attached(target, about, limits));
        return state != Attached::no;
    }
    const std::array<pg::Param, 2> params{cluster_kind(about), about.name};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::cluster_object, params, limits));
    return rows.boolean(0, 0);
}

// Nothing when there is no note, or one of another statement.
std::optional<boost::json::object> read_note(std::string_view memo, std::string_view identity) {
    boost::system::error_code error;
    auto value = boost::json::parse(boost::json::string_view{memo.data(), memo.size()}, error);
    if (error || !value.is_object()) return std::nullopt;
    const auto* const statement = value.get_object().if_contains("statement");
    if (!statement || !statement->is_string()) return std::nullopt;
    if (std::string_view{statement->get_string().data(), statement->get_string().size()} != identity)
        return std::nullopt;
    return std::move(value.get_object());
}

using Note = std::optional<boost::json::object>;

bool existed(const Note& note) {
    const auto* const value = note->if_contains("existed");
    return value && value->is_bool() && value->get_bool();
}

// One that was there before belongs to somebody else, valid or not: the server will say that its name is taken.
bool was_there(const Note& note, const Index& index) {
    const auto* const list = note->if_contains("indexes_before");
    if (!list || !list->is_array()) return false;
    const auto& before = list->get_array();
    return std::any_of(before.begin(), before.end(), [&](const auto& oid) {
        return boost::json::serialize(oid) == index.oid;
    });
}

Result<Gap::Verdict> examine_create_index(
    Target& target, const OutsideTarget& about, const Note& note, const Limits& limits
) {
    std::vector<Index> found;
    if (!about.name.empty()) {
        DRYDOCK_TRY(const auto index, find_index(target, about, limits));
        // Without a note none of ours can be under way: somebody else builds it just now.
        if (index && (note || !index->being_built)) found.push_back(*index);
    } else if (note) {
        DRYDOCK_TRY(found, table_indexes(target, about, limits));
        std::erase_if(found, [&](const Index& i) { return was_there(note, i); });
    }
    for (const auto& index : found) {
        if (!index.valid) DRYDOCK_TRY_VOID(drop_index(target, index.name, limits));
    }
    const bool made =
        note && std::any_of(found.begin(), found.end(), [&](const Index& i) { return i.valid && !was_there(note, i); });
    return made ? Gap::Verdict::done : Gap::Verdict::run;
}

Result<Gap::Verdict> examine_detach(
    Target& target, const OutsideTarget& about, const Note& note, const Limits& limits
) {
    DRYDOCK_TRY(const auto state, attached(target, about, limits));
    if (state == Attached::yes) return Gap::Verdict::run;
    if (state == Attached::no) return existed(note) ? Gap::Verdict::done : Gap::Verdict::run;
    const auto qualified = [](const std::string& schema, const std::string& name) {
        return (schema.empty() ? "" : pg::quote_identifier(schema) + ".") + pg::quote_identifier(name);
    };
    DRYDOCK_TRY_VOID(target.connection().run_message(
        fmt::format(
            "ALTER TABLE {} DETACH PARTITION {} FINALIZE",
            qualified(about.table_schema, about.table),
            qualified(about.schema, about.name)
        ),
        limits
    ));
    return Gap::Verdict::done;
}

Result<> clear_reindex(Target& target, const OutsideTarget& about, const Limits& limits) {
    // Of a whole schema or database neither is known: what is left there may be somebody else's.
    const std::array<pg::Param, 4> params{about.schema, about.name, about.table_schema, about.table};
    DRYDOCK_TRY(const auto rows, target.connection().query(queries::reindex_leftovers, params, limits));
    for (int i = 0; i < rows.size(); ++i) DRYDOCK_TRY_VOID(drop_index(target, rows.text(i, 0), limits));
    return {};
}

}  // namespace

Result<std::string> Gap::memo(Target& target, const Limits& limits) const {
    boost::json::object note{{"statement", identity_}};
    const auto about = sql::outside_target(statement_);
    if (about && about->verb == "create index") {
        DRYDOCK_TRY(const auto indexes, table_indexes(target, *about, limits));
        boost::json::array before;
        for (const auto& index : indexes) before.push_back(boost::json::parse(index.oid));
        note["indexes_before"] = std::move(before);
    } else if (about && (about->verb == "drop index" || about->verb == "detach" || !cluster_kind(*about).empty())) {
        DRYDOCK_TRY(note["existed"], exists(target, *about, limits));
    }
    return boost::json::serialize(note);
}

Result<Gap::Verdict> Gap::examine(Target& target, std::string_view memo, const Limits& limits) const {
    const auto about = sql::outside_target(statement_);
    if (!about) return Verdict::run;
    const auto note = read_note(memo, identity_);
    if (about->verb == "create index") return examine_create_index(target, *about, note, limits);
    if (!note) return Verdict::run;
    if (about->verb == "detach") return examine_detach(target, *about, note, limits);
    if (about->verb.starts_with("reindex")) DRYDOCK_TRY_VOID(clear_reindex(target, *about, limits));
    if (about->verb == "drop index" || !cluster_kind(*about).empty()) {
        const bool makes = about->verb.starts_with("create ");
        DRYDOCK_TRY(const bool is_there, exists(target, *about, limits));
        return is_there == makes && existed(note) != makes ? Verdict::done : Verdict::run;
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
