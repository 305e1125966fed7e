#include <chrono>
#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "registry/registry.h"

// What registered databases tell of themselves, and the connections that are kept to them.
namespace drydock::api {
namespace {

using namespace http;

const std::string kOne = "/api/v2/databases/{id:uuid}";
constexpr std::chrono::milliseconds kAskTime{30'000};

Schema count() {
    return integer().range(0, INT64_MAX);
}

Schema facts_schema() {
    return object(
        "DatabaseFacts",
        "What a database itself told when it was asked last.",
        {
            {"server_version", text(plain).nullable(), Presence::output},
            {"size_bytes",
             count().nullable().describe("Null: its login may not see it. Of Redis, the whole server's."),
             Presence::output},
            {"facts", map(text(plain)).describe("As its kind has them."), Presence::output},
            {"taken_at", text(plain).date_time().nullable().describe("Null: it never answered yet."), Presence::output},
            {"tried_at", text(plain).date_time(), Presence::output},
            {"error",
             text(plain).nullable().describe("Why the last try gave nothing; what it told before stays."),
             Presence::output},
        }
    );
}

json::object to_json(const registry::DatabaseFacts& facts) {
    return {
        {"server_version", text_or_null(facts.server_version)},
        {"size_bytes", facts.size_bytes ? json::value(*facts.size_bytes) : json::value{}},
        {"facts", document(facts.facts)},
        {"taken_at", text_or_null(facts.taken_at)},
        {"tried_at", facts.tried_at},
        {"error", text_or_null(facts.error)},
    };
}

Schema pool_schema() {
    return object(
        "DatabasePool",
        "The connections that the server which answers keeps to a database.",
        {
            {"in_use",
             boolean().describe("Whether some were asked for lately; else there are none, and nothing was counted."),
             Presence::output},
            {"min", count(), Presence::output},
            {"max", count(), Presence::output},
            {"connect_timeout_seconds", count(), Presence::output},
            {"idle_seconds", count(), Presence::output},
            {"lifetime_seconds", count(), Presence::output},
            {"open", count().describe("Idle ones and those lent out."), Presence::output},
            {"idle", count(), Presence::output},
            {"leased", count(), Presence::output},
            {"waiting", count().describe("Callers that no connection is free for."), Presence::output},
            {"acquired", count(), Presence::output},
            {"opened", count(), Presence::output},
            {"open_failed", count(), Presence::output},
            {"closed_expired", count().describe("For being idle too long, or too old."), Presence::output},
            {"closed_broken", count(), Presence::output},
            {"timed_out", count().describe("Callers that went away without one."), Presence::output},
            {"breaker", text(plain).one_of({"closed", "open", "half_open"}), Presence::output},
            {"failures", count().describe("In a row."), Presence::output},
            {"refused", count().describe("Calls that the breaker did not let through."), Presence::output},
        }
    );
}

json::object to_json(const registry::PoolState& state) {
    const auto& limits = state.limits;
    const auto& figures = state.figures;
    const auto& pool = figures.pool;
    const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
    return {
        {"in_use", state.in_use},
        {"min", number(limits.min)},
        {"max", number(limits.max)},
        {"connect_timeout_seconds", limits.connect_timeout.count()},
        {"idle_seconds", limits.idle.count()},
        {"lifetime_seconds", limits.lifetime.count()},
        {"open", number(pool.idle + pool.in_use)},
        {"idle", number(pool.idle)},
        {"leased", number(pool.in_use)},
        {"waiting", number(pool.waiting)},
        {"acquired", number(pool.acquired)},
        {"opened", number(pool.opened)},
        {"open_failed", number(pool.open_failed)},
        {"closed_expired", number(pool.expired)},
        {"closed_broken", number(pool.broken)},
        {"timed_out", number(pool.timed_out)},
        {"breaker", targets::wire_name(figures.phase)},
        {"failures", figures.failures},
        {"refused", number(figures.refused)},
    };
}

}  // namespace

std::vector<Route> database_fact_routes(const Services& services) {
    const Drafts drafts{"databases"};
    const auto read = Access::permission("databases:read");
    auto known = drafts.read(
        kOne + "/facts",
        "get_database_facts",
        "What it told of itself when it was asked last: version, size, settings",
        read,
        one(facts_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto facts, services.registry.facts(actor(call), call.path_text("id"), call.limits));
            return Reply{to_json(facts)};
        }
    );
    auto asked = drafts.change(
        Method::post,
        kOne + "/facts",
        "take_database_facts",
        "Ask it now; its size is metered, and what its login may do is kept",
        Access::permission("databases:test"),
        one(facts_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto facts, services.registry.take_facts(actor(call), call.path_text("id"), {}, call.limits)
            );
            return Reply{to_json(facts)};
        }
    );
    asked.rate = RateClass::expensive;
    asked.time_limit = kAskTime;
    auto pool = drafts.read(
        kOne + "/pool",
        "get_database_pool",
        "The connections that this server keeps to it",
        read,
        one(pool_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto state, services.registry.pool(actor(call), call.path_text("id"), call.limits));
            return Reply{to_json(state)};
        }
    );
    for (auto* const route : {&known, &asked, &pool}) route->path_objects = {{"id", "database"}};
    return {std::move(known), std::move(asked), std::move(pool)};
}

}  // namespace drydock::api
