#include "preflight/look.h"

#include <algorithm>

#include <fmt/format.h>

namespace drydock::preflight {
namespace {

constexpr std::chrono::milliseconds kLockWait{300};
constexpr std::chrono::milliseconds kQuestionTime{10'000};

}  // namespace

Look::Look(migrate::Target& target, const migrate::Options& options)
    : target_(target), search_path_(options.search_path) {
    if (search_path_.empty() && target.facts().own_schema_first) search_path_ = "public";
}

std::string Look::begin(std::string_view schema, std::chrono::milliseconds time) const {
    auto text = fmt::format(
        "BEGIN READ ONLY; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {};",
        kLockWait.count(),
        std::max<std::int64_t>(time.count(), 1)
    );
    if (!search_path_.empty()) text += fmt::format(" SET LOCAL search_path = {};", search_path_);
    if (!schema.empty()) {
        text += fmt::format(
            " SELECT pg_catalog.set_config('search_path', {} || ', ' || pg_catalog.current_setting('search_path'), "
            "true)",
            pg::quote_literal(pg::quote_identifier(schema))
        );
    }
    return text;
}

Result<pg::Rows> Look::in_transaction(
    const std::string& begin, const pg::Query& query, std::span<const pg::Param> params, const Limits& limits
) {
    auto& connection = target_.connection();
    auto begun = connection.run_message(begin, limits);
    auto rows = begun ? connection.query(query, params, limits) : Result<pg::Rows>{std::move(begun).error()};
    if (connection.usable()) DRYDOCK_TRY_VOID(connection.run_message("ROLLBACK", limits));
    return rows;
}

Result<pg::Rows> Look::ask(const pg::Query& query, std::span<const pg::Param> params, const Limits& limits) {
    return in_transaction(begin({}, kQuestionTime), query, params, limits);
}

Result<pg::Rows> Look::ask(
    const pg::Query& query, std::string_view schema, std::chrono::milliseconds time, const Limits& limits
) {
    return in_transaction(begin(schema, time), query, {}, limits);
}

}  // namespace drydock::preflight
