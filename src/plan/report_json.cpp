#include "lint/report_json.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "migrate/report_json.h"
#include "plan/report.h"

namespace drydock::plan {
namespace {

namespace json = boost::json;
using effects::RelationEffect;

const migrate::RelationSize* size_of(const RelationEffect& relation, const Sizes* sizes) {
    if (sizes == nullptr) return nullptr;
    const auto found = sizes->find({relation.schema, relation.name});
    return found == sizes->end() ? nullptr : &found->second;
}

json::object relation_json(const ScriptView& view, const RelationEffect& relation, const Sizes* sizes) {
    json::object object{
        {"name", json_text(view.source.mask(relation.name))},
        {"lock", json_text(effects::name(relation.lock))},
        {"blocks", json_text(effects::what_it_blocks(relation.lock))},
        {"rewrites", json_text(effects::name(relation.rewrites))},
        {"scans", json_text(effects::name(relation.scans))},
    };
    if (relation.kind != effects::RelationKind::unknown) object["kind"] = json_text(effects::name(relation.kind));
    if (!relation.named) object["named"] = false;
    if (relation.scan_count > 1) object["scan_count"] = relation.scan_count;
    if (!relation.schema.empty()) object["schema"] = json_text(view.source.mask(relation.schema));
    if (relation.created_here) object["created_here"] = true;
    if (!relation.why.empty()) object["why"] = json_text(view.source.mask(relation.why));
    if (const auto* const size = size_of(relation, sizes)) {
        object["bytes"] = size->bytes;
        if (size->rows) object["rows"] = *size->rows;
    }
    return object;
}

void add_outlook(const ScriptView& view, const StatementView& statement, json::object& object) {
    const auto& effect = statement.effect;
    const auto masked = [&](const std::string& text) { return json_text(view.source.mask(text)); };
    if (effect.exact) object["exact"] = true;
    if (effect.opaque) object["opaque"] = true;
    if (effect.no_op) object["no_op"] = true;
    if (!effect.error.empty())
        object["error"] = {{"sqlstate", json_text(effect.sqlstate)}, {"message", masked(effect.error)}};
    if (!effect.may_fail.empty()) {
        json::array failures;
        for (const auto& failure : effect.may_fail) {
            json::object one{{"condition", masked(failure.condition)}, {"sqlstate", json_text(failure.sqlstate)}};
            if (!failure.probe.empty()) one["probe"] = masked(failure.probe);
            failures.push_back(std::move(one));
        }
        object["may_fail"] = std::move(failures);
    }
    if (!statement.estimate) return;
    json::object time{{"why", json_text(statement.estimate->why)}};
    if (statement.estimate->most) {
        time["least_seconds"] = *statement.estimate->least;
        time["most_seconds"] = *statement.estimate->most;
    }
    object["estimate"] = std::move(time);
}

}  // namespace

json::array statements_json(const ScriptView& view, const Sizes* sizes) {
    json::array statements;
    for (const auto& statement : view.statements) {
        json::array relations;
        for (const auto& relation : statement.effect.relations) {
            relations.push_back(relation_json(view, relation, sizes));
        }
        json::object object{
            {"line", statement.line},
            {"column", statement.column},
            {"command", json_text(statement.command)},
            {"analysed", statement.effect.analysed},
            {"relations", std::move(relations)},
        };
        if (statement.step > 0) object["step"] = statement.step;
        add_outlook(view, statement, object);
        if (!statement.findings.empty()) {
            json::array findings;
            for (const auto& finding : statement.findings) findings.push_back(to_json(finding));
            object["findings"] = std::move(findings);
        }
        if (statement.effect.loses_data) object["loses"] = json_text(view.source.mask(statement.effect.loses));
        if (!statement.effect.note.empty()) object["note"] = json_text(view.source.mask(statement.effect.note));
        statements.push_back(std::move(object));
    }
    return statements;
}

json::object plan_json(const PlanReport& report, bool with_sql) {
    const auto* const sizes = report.sizes ? &*report.sizes : nullptr;
    json::array run;
    for (const auto& entry : report.run) {
        auto object = to_json(entry.item);
        object["path"] = json_text(entry.path);
        object["transaction"] = entry.view.road.atomic();
        object["road"] = json_text(entry.view.road_text);
        object["steps"] = entry.view.road.steps.size();
        object["statements"] = statements_json(entry.view, sizes);
        if (!entry.view.without_value.empty()) object["without_value"] = json_texts(entry.view.without_value);
        if (with_sql) object["sql"] = json_text(entry.view.source.original());
        run.push_back(std::move(object));
    }
    json::array waiting;
    for (const auto& item : report.waiting) waiting.push_back(to_json(item));
    json::object object{
        {"project", json_text(report.project)},
        {"target", to_json(report.facts)},
        {"applied", report.applied},
        {"catalog_known", report.catalog_known},
        {"skipped", report.skipped},
        {"run", std::move(run)},
        {"waiting", std::move(waiting)},
        {"warnings", json_texts(report.warnings)},
        {"lint",
         {{"error", report.lint.count(lint::Severity::error)},
          {"warning", report.lint.count(lint::Severity::warning)},
          {"notice", report.lint.count(lint::Severity::notice)}}},
    };
    if (report.refusal) object["error"] = to_json(*report.refusal);
    return object;
}

}  // namespace drydock::plan
