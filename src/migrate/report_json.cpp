#include "migrate/report_json.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace drydock::migrate {
namespace {

namespace json = boost::json;

void put(json::object& object, json::string_view key, std::string_view text) {
    if (!text.empty()) object[key] = json_text(text);
}

std::int64_t milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::round<std::chrono::milliseconds>(time).count();
}

json::object to_json(const Outcome& outcome) {
    json::object object{
        {"id", json_text(outcome.id)},
        {"direction", outcome.down ? "down" : "up"},
        {"statements", outcome.statements},
        {"rows", outcome.rows},
        {"duration_ms", milliseconds(outcome.duration)},
        {"tries", outcome.tries},
    };
    if (outcome.resumed) object["resumed"] = true;
    return object;
}

}  // namespace

json::object to_json(const RunReport& report) {
    json::array done;
    for (const auto& outcome : report.done) done.push_back(to_json(outcome));
    json::object object{
        {"done", std::move(done)},
        {"not_run", json_texts(report.not_run)},
        {"warnings", json_texts(report.warnings)},
    };
    put(object, "run_id", report.run_id);
    if (report.error) object["error"] = to_json(*report.error);
    return object;
}

json::object to_json(const Facts& facts) {
    return {
        {"database", json_text(facts.database)},
        {"role", json_text(facts.role)},
        {"server_version", facts.server_version},
        {"read_only", facts.read_only || facts.in_recovery},
    };
}

json::object to_json(const Item& item) {
    json::object object{{"id", json_text(item.id)}};
    put(object, "state", name(item.state));
    put(object, "why", item.why);
    if (item.change == Change::line_ends) object["change"] = "line_ends";
    if (item.change == Change::comments) object["change"] = "comments";
    if (item.change == Change::code) object["change"] = "code";
    if (item.failed_before) object["failed_before"] = true;
    if (item.rolled_back) object["rolled_back"] = true;
    return object;
}

json::object to_json(const Row& row) {
    json::object object{{"id", json_text(row.id)}};
    put(object, "status", name(row.status));
    put(object, "origin", row.origin);
    put(object, "applied_by", row.applied_by);
    put(object, "client", row.client);
    put(object, "started_at", row.started_at);
    if (row.duration_ms) object["duration_ms"] = *row.duration_ms;
    object["statements"] = row.statements;
    if (row.status == Status::running) object["position"] = row.position;
    put(object, "rollback", row.rollback_source);
    object["hashes"] = {
        {"raw", json_text(row.hashes.raw)},
        {"canonical", json_text(row.hashes.canonical)},
        {"semantic", json_text(row.hashes.semantic)},
    };
    if (!row.dependencies.empty()) object["dependencies"] = json_texts(row.dependencies);
    put(object, "error", row.error);
    return object;
}

json::object to_json(const Event& event) {
    json::object object{{"at", json_text(event.at)}, {"id", json_text(event.id)}, {"event", json_text(event.event)}};
    put(object, "by", event.by_role);
    put(object, "client", event.client);
    put(object, "detail", event.detail);
    return object;
}

json::object to_json(const RollbackPlan& plan) {
    json::array items;
    for (const auto& item : plan.items) {
        json::array losses;
        json::array accept;
        for (const auto& loss : item.losses) {
            losses.push_back(json_text(loss.words));
            accept.push_back(json_text(loss.object));
        }
        json::object object{{"id", json_text(item.id)}, {"losses", std::move(losses)}};
        if (!accept.empty()) object["accept"] = std::move(accept);
        put(object, "source", item.source);
        put(object, "label", item.label);
        put(object, "grade", item.grade);
        if (!item.notes.empty()) object["notes"] = json_texts(item.notes);
        put(object, "why", item.dependent_of);
        items.push_back(std::move(object));
    }
    return {{"rollbacks", std::move(items)}};
}

}  // namespace drydock::migrate
