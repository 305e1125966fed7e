#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/store.h"

// What is asked of the health of an organization's databases. Times are ISO 8601 in UTC; empty where there is none.
namespace drydock::health {

struct UnhealthyDatabase {
    std::string database_id{};
    std::string project_id{};
    std::string name{};
    std::string type{};
    std::string error{};
    std::string since{};
    std::string last_check_at{};
};
Result<std::vector<UnhealthyDatabase>> unhealthy(
    control::Store& store, const control::Actor& actor, const Limits& limits
);

struct StaleDatabase {
    std::string database_id{};
    std::string project_id{};
    std::string name{};
    std::string type{};
    std::string status{};  // healthy, unhealthy, unknown: as it was known last
    std::string last_check_at{};
    std::int64_t age_seconds = 0;
};
// Not checked for so long.
Result<std::vector<StaleDatabase>> stale(
    control::Store& store, const control::Actor& actor, std::chrono::seconds older_than, const Limits& limits
);

struct ErrorRate {
    std::string database_id{};
    std::string name{};
    std::int64_t checks = 0;
    std::int64_t failures = 0;
    double rate = 0;  // 0 … 1
};
// Of all databases, or of one; the worst first.
Result<std::vector<ErrorRate>> error_rates(
    control::Store& store,
    const control::Actor& actor,
    std::chrono::seconds span,
    const std::optional<std::string>& database_id,
    const Limits& limits
);

struct Summary {
    std::string status{};
    std::string error{};
    std::string last_check_at{};
    std::string since{};  // when the status changed last, as far as the history tells
    std::int64_t checks = 0;
    std::int64_t failures = 0;
    std::optional<double> uptime{};  // share of the watched time; nothing: nobody watched
    std::int64_t watched_seconds = 0;
    // Nothing: it never answered in that time.
    std::optional<std::int64_t> p50_us{};
    std::optional<std::int64_t> p95_us{};
    std::optional<std::int64_t> p99_us{};
    std::optional<std::int64_t> most_us{};
};
// not_found: no such database in this organization.
Result<Summary> summary(
    control::Store& store,
    const control::Actor& actor,
    const std::string& database_id,
    std::chrono::seconds span,
    const Limits& limits
);

struct HistoryRow {
    std::string checked_at{};
    std::string status{};
    bool changed = false;
    std::string outcome{};
    std::string phase{};
    std::string sqlstate{};
    std::int64_t checks = 0;
    std::optional<std::int64_t> latency_us{};
    std::optional<std::int64_t> connect_us{};
    std::string error{};
};
// The newest first, those before a time (empty: now): the last row's checked_at is where to go on from.
Result<std::vector<HistoryRow>> history(
    control::Store& store,
    const control::Actor& actor,
    const std::string& database_id,
    const std::string& before,
    int most,
    const Limits& limits
);

}  // namespace drydock::health
