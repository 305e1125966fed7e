#include "validate/reader.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "pg/pipeline.h"

namespace drydock::validate {
namespace {

// The server's own limit comes first; this is for one that no longer answers.
constexpr std::chrono::seconds kGrace{15};
constexpr std::chrono::seconds kCancel{5};

constexpr pg::Query kBegin{"validate.begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr pg::Query kCommit{"validate.commit", "COMMIT"};
// Rows that a policy hides would make a check lie: with row_security off the server says so instead.
constexpr pg::Query kSet{
    "validate.set",
    "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),"
    " set_config('row_security', 'off', true), set_config('cursor_tuple_fraction', '1', true),"
    " CASE WHEN $3 <> '' THEN set_config('search_path', $3, true) END"
};

// The result of each step; the first error of them otherwise.
Result<std::vector<pg::Rows>> all_of(
    pg::Connection& connection, std::span<const pg::PipelineStep> steps, const Limits& limits
) {
    auto results = pg::run_pipeline(connection, steps, pg::PipelineMode::separate, limits);
    if (!results) {
        // What the server still does for us must not go on without us.
        [[maybe_unused]] const auto cancelled = connection.cancel(Limits::within(kCancel));
        return std::move(results).error();
    }
    std::vector<pg::Rows> rows;
    for (auto& result : *results) {
        if (!result) return std::move(result).error();
        rows.push_back(*std::move(result));
    }
    return rows;
}

Limits with_grace(const Limits& limits, std::chrono::milliseconds timeout) {
    return timeout.count() > 0 ? limits.at_most(timeout + kGrace) : limits;
}

}  // namespace

Reader::Reader(pg::Connection connection, std::chrono::milliseconds lock_timeout)
    : connection_(std::move(connection)), lock_timeout_(fmt::format("{}", lock_timeout.count())) {}

Result<Reader> Reader::open(const pg::Conninfo& where, std::chrono::milliseconds lock_timeout, const Limits& limits) {
    DRYDOCK_TRY(auto connection, pg::Connection::open(where, limits));
    return Reader{std::move(connection), lock_timeout};
}

Result<pg::Rows> Reader::read(
    std::string_view name,
    std::string_view sql,
    std::span<const pg::Param> params,
    const Settings& settings,
    const Limits& limits
) {
    const auto timeout = fmt::format("{}", settings.timeout.count());
    const std::vector<pg::PipelineStep> steps{
        {kBegin},
        {kSet, {timeout, lock_timeout_, settings.search_path}},
        {{name, sql}, {params.begin(), params.end()}},
        {kCommit},
    };
    DRYDOCK_TRY(auto results, all_of(connection_, steps, with_grace(limits, settings.timeout)));
    return std::move(results[2]);
}

Result<Reader::Fetched> Reader::fetch(
    std::string_view name, std::string_view sql, std::size_t keep, const Settings& settings, const Limits& limits
) {
    const auto timeout = fmt::format("{}", settings.timeout.count());
    const auto declare = fmt::format("DECLARE drydock_rows NO SCROLL CURSOR FOR {}", sql);
    const auto fetch = fmt::format("FETCH {} FROM drydock_rows", keep);
    const std::vector<pg::PipelineStep> steps{
        {kBegin},
        {kSet, {timeout, lock_timeout_, settings.search_path}},
        {{name, declare}},
        {{name, fetch}},
        {{name, "MOVE ALL FROM drydock_rows"}},
        {kCommit},
    };
    DRYDOCK_TRY(auto results, all_of(connection_, steps, with_grace(limits, settings.timeout)));
    Fetched fetched{.rows = std::move(results[3])};
    fetched.total = static_cast<std::size_t>(fetched.rows.size() + results[4].affected());
    return fetched;
}

bool out_of_time(const Error& error) {
    return error.sqlstate == "57014" || error.code == ErrorCode::deadline_exceeded;
}

}  // namespace drydock::validate
