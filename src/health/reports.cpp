#include "health/reports.h"

#include "health/queries.h"

namespace drydock::health {
namespace {

std::string text(const pg::Rows& rows, int row, int column) {
    return std::string{rows.text(row, column)};
}
std::optional<std::int64_t> number(const pg::Rows& rows, int row, int column) {
    if (rows.is_null(row, column)) return std::nullopt;
    return rows.integer(row, column);
}

}  // namespace

Result<std::vector<UnhealthyDatabase>> unhealthy(
    control::Store& store, const control::Actor& actor, const Limits& limits
) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::unhealthy, {}, limits));
    std::vector<UnhealthyDatabase> result;
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .database_id = text(rows, row, 0),
            .project_id = text(rows, row, 1),
            .name = text(rows, row, 2),
            .type = text(rows, row, 3),
            .error = text(rows, row, 4),
            .since = text(rows, row, 5),
            .last_check_at = text(rows, row, 6),
        });
    }
    return result;
}

Result<std::vector<StaleDatabase>> stale(
    control::Store& store, const control::Actor& actor, std::chrono::seconds older_than, const Limits& limits
) {
    const auto seconds = std::to_string(older_than.count());
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::stale, {seconds}, limits));
    std::vector<StaleDatabase> result;
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .database_id = text(rows, row, 0),
            .project_id = text(rows, row, 1),
            .name = text(rows, row, 2),
            .type = text(rows, row, 3),
            .status = text(rows, row, 4),
            .last_check_at = text(rows, row, 5),
            .age_seconds = rows.integer(row, 6),
        });
    }
    return result;
}

Result<std::vector<ErrorRate>> error_rates(
    control::Store& store,
    const control::Actor& actor,
    std::chrono::seconds span,
    const std::optional<std::string>& database_id,
    const Limits& limits
) {
    const auto seconds = std::to_string(span.count());
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::error_rates, {seconds, database_id}, limits));
    std::vector<ErrorRate> result;
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .database_id = text(rows, row, 0),
            .name = text(rows, row, 1),
            .checks = rows.integer(row, 2),
            .failures = rows.integer(row, 3),
            .rate = rows.number(row, 4),
        });
    }
    return result;
}

Result<Summary> summary(
    control::Store& store,
    const control::Actor& actor,
    const std::string& database_id,
    std::chrono::seconds span,
    const Limits& limits
) {
    const auto seconds = std::to_string(span.count());
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::summary, {database_id, seconds}, limits));
    if (rows.size() == 0) return Error{.code = ErrorCode::not_found, .message = "there is no such database"};
    return Summary{
        .status = text(rows, 0, 8),
        .error = text(rows, 0, 9),
        .last_check_at = text(rows, 0, 10),
        .since = text(rows, 0, 11),
        .checks = rows.integer(0, 0),
        .failures = rows.integer(0, 1),
        .uptime = rows.is_null(0, 2) ? std::optional<double>{} : rows.number(0, 2),
        .watched_seconds = rows.integer(0, 3),
        .p50_us = number(rows, 0, 4),
        .p95_us = number(rows, 0, 5),
        .p99_us = number(rows, 0, 6),
        .most_us = number(rows, 0, 7),
    };
}

Result<std::vector<HistoryRow>> history(
    control::Store& store,
    const control::Actor& actor,
    const std::string& database_id,
    const std::string& before,
    int most,
    const Limits& limits
) {
    const auto limit = std::to_string(most);
    const auto place = before.empty() ? pg::Param{} : pg::Param{before};
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::history, {database_id, place, limit}, limits));
    std::vector<HistoryRow> result;
    for (int row = 0; row < rows.size(); ++row) {
        result.push_back({
            .checked_at = text(rows, row, 0),
            .status = text(rows, row, 1),
            .changed = rows.boolean(row, 2),
            .outcome = text(rows, row, 3),
            .phase = text(rows, row, 4),
            .sqlstate = text(rows, row, 5),
            .checks = rows.integer(row, 6),
            .latency_us = number(rows, row, 7),
            .connect_us = number(rows, row, 8),
            .error = text(rows, row, 9),
        });
    }
    return result;
}

}  // namespace drydock::health
