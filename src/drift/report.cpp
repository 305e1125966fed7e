#include <boost/json.hpp>

#include "drift/drift.h"

namespace drydock::drift {
namespace {

namespace json = boost::json;

std::string_view name(catalog::Change::Kind kind) {
    switch (kind) {
        case catalog::Change::Kind::added:
            return "added";
        case catalog::Change::Kind::removed:
            return "removed";
        case catalog::Change::Kind::changed:
            break;
    }
    return "changed";
}

json::object aspect_json(const catalog::AspectChange& change) {
    json::object object{{"name", change.name}};
    if (change.before) object["expected"] = *change.before;
    if (change.after) object["found"] = *change.after;
    return object;
}

json::object change_json(const catalog::Change& change) {
    const auto& object = change.after ? *change.after : *change.before;
    json::object result{{"change", name(change.kind)}, {"kind", catalog::name(object.kind)}};
    if (!object.schema.empty()) result["schema"] = object.schema;
    if (!object.parent.empty()) result["parent"] = object.parent;
    result["name"] = object.name;
    result["text"] = catalog::describe(change);
    if (!change.aspects.empty()) {
        json::array aspects;
        for (const auto& aspect : change.aspects) aspects.push_back(aspect_json(aspect));
        result["aspects"] = std::move(aspects);
    }
    return result;
}

json::array texts(const std::vector<std::string>& list) {
    json::array array;
    for (const auto& text : list) array.emplace_back(text);
    return array;
}

}  // namespace

json::object to_json(const Report& report) {
    json::object expected{{"source", drift::name(report.source)}};
    if (report.source == Source::snapshot)
        expected["file"] = report.file;
    else
        expected["migrations"] = report.migrations;
    json::array skipped;
    for (const auto& [id, error] : report.skipped) skipped.push_back(json::object{{"id", id}, {"why", error.message}});
    json::array differences;
    for (const auto& change : report.difference.changes) differences.push_back(change_json(change));
    return {
        {"drift", report.drifted()},
        {"expected", std::move(expected)},
        {"skipped", std::move(skipped)},
        {"differences", std::move(differences)},
        {"notes", texts(report.notes)},
    };
}

json::object to_json(const catalog::Script& script) {
    return {{"statements", texts(script.statements)}, {"impossible", texts(script.impossible)}};
}

}  // namespace drydock::drift
