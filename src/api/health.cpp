#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/pages.h"
#include "api/routes.h"
#include "health/reports.h"

// How the registered databases are.
namespace drydock::api {
namespace {

using namespace http;

const std::string kHealth = "/api/v2/health";
const std::string kDatabase = "/api/v2/databases/{id:uuid}/health";
constexpr std::int64_t kDay = 86'400;

Schema micros() {
    return integer().range(0, INT64_MAX).nullable();
}
Schema moment() {
    return text(plain).date_time().nullable();
}
json::value number(const std::optional<std::int64_t>& value) {
    return value ? json::value(*value) : json::value{};
}

std::vector<Field> place_fields() {
    return {
        {"database_id", text(plain).uuid().id_of("database"), Presence::output},
        {"project_id", text(plain).uuid().id_of("project"), Presence::output},
        {"name", text(plain), Presence::output},
        {"type", text(plain), Presence::output},
    };
}

Schema extended(std::string name, std::string description, std::vector<Field> more) {
    auto fields = place_fields();
    for (auto& field : more) fields.push_back(std::move(field));
    return object(std::move(name), std::move(description), std::move(fields));
}

Field seconds_field(std::string name, std::string what, std::int64_t fallback) {
    return {std::move(name), integer().range(1, 90 * kDay).fallback(fallback).describe(std::move(what))};
}

std::chrono::seconds seconds_of(const Call& call, std::string_view name) {
    return std::chrono::seconds{call.integer(name).value_or(kDay)};
}

Result<Reply> unhealthy(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto found, health::unhealthy(services.store, actor(call), call.limits));
    json::array items;
    for (const auto& database : found) {
        items.push_back(json::object{
            {"database_id", database.database_id},
            {"project_id", database.project_id},
            {"name", database.name},
            {"type", database.type},
            {"error", text_or_null(database.error)},
            {"since", text_or_null(database.since)},
            {"last_check_at", text_or_null(database.last_check_at)},
        });
    }
    return Reply::page(std::move(items), {});
}

Result<Reply> stale(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto found, health::stale(services.store, actor(call), seconds_of(call, "older_than"), call.limits)
    );
    json::array items;
    for (const auto& database : found) {
        items.push_back(json::object{
            {"database_id", database.database_id},
            {"project_id", database.project_id},
            {"name", database.name},
            {"type", database.type},
            {"status", database.status},
            {"last_check_at", text_or_null(database.last_check_at)},
            {"age_seconds", database.age_seconds},
        });
    }
    return Reply::page(std::move(items), {});
}

Result<Reply> error_rates(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto found,
        health::error_rates(services.store, actor(call), seconds_of(call, "span"), std::nullopt, call.limits)
    );
    json::array items;
    for (const auto& rate : found) {
        items.push_back(json::object{
            {"database_id", rate.database_id},
            {"name", rate.name},
            {"checks", rate.checks},
            {"failures", rate.failures},
            {"rate", rate.rate}
        });
    }
    return Reply::page(std::move(items), {});
}

Result<Reply> summary(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto found,
        health::summary(
            services.store, actor(call), std::string{call.path_text("id")}, seconds_of(call, "span"), call.limits
        )
    );
    return Reply{json::object{
        {"status", found.status},
        {"error", text_or_null(found.error)},
        {"last_check_at", text_or_null(found.last_check_at)},
        {"since", text_or_null(found.since)},
        {"checks", found.checks},
        {"failures", found.failures},
        {"uptime", found.uptime ? json::value(*found.uptime) : json::value{}},
        {"watched_seconds", found.watched_seconds},
        {"p50_us", number(found.p50_us)},
        {"p95_us", number(found.p95_us)},
        {"p99_us", number(found.p99_us)},
        {"most_us", number(found.most_us)},
    }};
}

json::object to_json(const health::HistoryRow& row) {
    return {
        {"checked_at", row.checked_at},
        {"status", row.status},
        {"changed", row.changed},
        {"outcome", row.outcome},
        {"phase", text_or_null(row.phase)},
        {"sqlstate", text_or_null(row.sqlstate)},
        {"checks", row.checks},
        {"latency_us", number(row.latency_us)},
        {"connect_us", number(row.connect_us)},
        {"error", text_or_null(row.error)},
    };
}

Result<Reply> history(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto from, position(services.cursors, call));
    const std::string id{call.path_text("id")};
    // Of a database that is not there nothing was ever found, which is not the same as that it is well.
    DRYDOCK_TRY_VOID(services.registry.find(actor(call), id, call.limits));
    const std::string before = from.empty() ? std::string{} : std::string{from.at(0).as_string()};
    DRYDOCK_TRY(
        const auto rows,
        health::history(services.store, actor(call), id, before, static_cast<int>(call.limit()) + 1, call.limits)
    );
    return page(services.cursors, call, rows, to_json, [](const health::HistoryRow& last) {
        return json::array{last.checked_at};
    });
}

}  // namespace

std::vector<Route> health_routes(const Services& services) {
    const Drafts drafts{"health"};
    const auto read = Access::permission("databases:read");
    auto bad = drafts.read(
        kHealth + "/unhealthy",
        "list_unhealthy",
        "Databases that do not answer as they should",
        read,
        many(extended(
            "UnhealthyDatabase",
            "One that fails.",
            {
                {"error", text(plain).nullable(), Presence::output},
                {"since", moment(), Presence::output},
                {"last_check_at", moment(), Presence::output},
            }
        )),
        [&services](Call& call) { return unhealthy(services, call); }
    );
    auto old = drafts.read(
        kHealth + "/stale",
        "list_stale",
        "Databases that were not checked for long",
        read,
        many(extended(
            "StaleDatabase",
            "Nobody knows how it is now.",
            {
                {"status", text(plain), Presence::output},
                {"last_check_at", moment(), Presence::output},
                {"age_seconds", integer().range(0, INT64_MAX), Presence::output},
            }
        )),
        [&services](Call& call) { return stale(services, call); }
    );
    old.query = {seconds_field("older_than", "Seconds.", 900)};
    auto rates = drafts.read(
        kHealth + "/error-rates",
        "list_error_rates",
        "How many checks of each failed, the worst first",
        read,
        many(object(
            "ErrorRate",
            "Of one database.",
            {
                {"database_id", text(plain).uuid().id_of("database"), Presence::output},
                {"name", text(plain), Presence::output},
                {"checks", integer().range(0, INT64_MAX), Presence::output},
                {"failures", integer().range(0, INT64_MAX), Presence::output},
                {"rate", http::number().describe("0 to 1"), Presence::output},
            }
        )),
        [&services](Call& call) { return error_rates(services, call); }
    );
    rates.query = {seconds_field("span", "Seconds back from now.", kDay)};
    auto single = drafts.read(
        kDatabase,
        "get_database_health",
        "How it is, and was",
        read,
        one(object(
            "DatabaseHealth",
            "Over a span of time.",
            {
                {"status", text(plain).one_of({"healthy", "unhealthy", "unknown"}), Presence::output},
                {"error", text(plain).nullable(), Presence::output},
                {"last_check_at", moment(), Presence::output},
                {"since", moment(), Presence::output},
                {"checks", integer().range(0, INT64_MAX), Presence::output},
                {"failures", integer().range(0, INT64_MAX), Presence::output},
                {"uptime", http::number().nullable().describe("Share of the watched time, 0 to 1."), Presence::output},
                {"watched_seconds", integer().range(0, INT64_MAX), Presence::output},
                {"p50_us", micros(), Presence::output},
                {"p95_us", micros(), Presence::output},
                {"p99_us", micros(), Presence::output},
                {"most_us", micros(), Presence::output},
            }
        )),
        [&services](Call& call) { return summary(services, call); }
    );
    single.query = {seconds_field("span", "Seconds back from now.", kDay)};
    auto rows = drafts.read(
        kDatabase + "/history",
        "list_health_history",
        "What was measured, the newest first",
        read,
        many(object(
            "HealthCheck",
            "One check, or several that found the same.",
            {
                {"checked_at", text(plain).date_time(), Presence::output},
                {"status", text(plain), Presence::output},
                {"changed", boolean(), Presence::output},
                {"outcome", text(plain), Presence::output},
                {"phase", text(plain).nullable(), Presence::output},
                {"sqlstate", text(plain).nullable(), Presence::output},
                {"checks", integer().range(1, INT64_MAX), Presence::output},
                {"latency_us", micros(), Presence::output},
                {"connect_us", micros(), Presence::output},
                {"error", text(plain).nullable(), Presence::output},
            }
        )),
        [&services](Call& call) { return history(services, call); }
    );
    for (auto* const route : {&single, &rows}) route->path_objects = {{"id", "database"}};
    return {std::move(bad), std::move(old), std::move(rates), std::move(single), std::move(rows)};
}

}  // namespace drydock::api
