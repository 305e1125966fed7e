#include "cli/report_json.h"

#include <boost/json.hpp>

#include "base/text.h"
#include "cli/error_printer.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;

void put(json::object& object, json::string_view key, std::string_view text) {
    if (!text.empty()) object[key] = json_text(text);
}

std::int64_t milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::round<std::chrono::milliseconds>(time).count();
}

json::object to_json(const migrate::Outcome& outcome) {
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

json::string json_text(std::string_view text) {
    json::string result;
    while (const auto bad = first_invalid_utf8(text)) {
        result.append(text.substr(0, *bad));
        result.append("\xEF\xBF\xBD");
        text.remove_prefix(*bad + 1);
    }
    result.append(text);
    return result;
}

json::array to_json(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) array.emplace_back(json_text(text));
    return array;
}

json::object to_json(const Error& error) {
    return std::move(json::parse(error_json(error)).as_object().at("error").as_object());
}

json::object to_json(const migrate::RunReport& report) {
    json::array done;
    for (const auto& outcome : report.done) done.push_back(to_json(outcome));
    json::object object{
        {"done", std::move(done)},
        {"not_run", to_json(report.not_run)},
        {"warnings", to_json(report.warnings)},
    };
    put(object, "run_id", report.run_id);
    if (report.error) object["error"] = to_json(*report.error);
    return object;
}

json::object to_json(const migrate::Facts& facts) {
    return {
        {"database", json_text(facts.database)},
        {"role", json_text(facts.role)},
        {"server_version", facts.server_version},
        {"read_only", facts.read_only || facts.in_recovery},
    };
}

json::object to_json(const migrate::Item& item) {
    json::object object{{"id", json_text(item.id)}};
    put(object, "state", migrate::name(item.state));
    put(object, "why", item.why);
    if (item.change == migrate::Change::line_ends) object["change"] = "line_ends";
    if (item.change == migrate::Change::comments) object["change"] = "comments";
    if (item.change == migrate::Change::code) object["change"] = "code";
    if (item.failed_before) object["failed_before"] = true;
    if (item.rolled_back) object["rolled_back"] = true;
    return object;
}

json::object to_json(const migrate::Row& row) {
    json::object object{{"id", json_text(row.id)}};
    put(object, "status", migrate::name(row.status));
    put(object, "origin", row.origin);
    put(object, "applied_by", row.applied_by);
    put(object, "client", row.client);
    put(object, "started_at", row.started_at);
    if (row.duration_ms) object["duration_ms"] = *row.duration_ms;
    object["statements"] = row.statements;
    if (row.status == migrate::Status::running) object["position"] = row.position;
    put(object, "rollback", row.rollback_source);
    object["hashes"] = {
        {"raw", json_text(row.hashes.raw)},
        {"canonical", json_text(row.hashes.canonical)},
        {"semantic", json_text(row.hashes.semantic)},
    };
    if (!row.dependencies.empty()) object["dependencies"] = to_json(row.dependencies);
    put(object, "error", row.error);
    return object;
}

json::object to_json(const migrate::Event& event) {
    json::object object{{"at", json_text(event.at)}, {"id", json_text(event.id)}, {"event", json_text(event.event)}};
    put(object, "by", event.by_role);
    put(object, "client", event.client);
    put(object, "detail", event.detail);
    return object;
}

json::object to_json(const migrate::RollbackPlan& plan) {
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
        if (!item.notes.empty()) object["notes"] = to_json(item.notes);
        put(object, "why", item.dependent_of);
        items.push_back(std::move(object));
    }
    return {{"rollbacks", std::move(items)}};
}

}  // namespace drydock::cli
