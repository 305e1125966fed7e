#include "cli/read_report.h"

#include <boost/json.hpp>

#include "cli/remote.h"
#include "client/api.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;

std::int64_t number(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

std::vector<std::string> texts(const json::object& object, std::string_view name) {
    std::vector<std::string> found;
    const auto* const list = object.if_contains(name);
    if (list == nullptr || !list->is_array()) return found;
    for (const auto& item : list->as_array())
        if (item.is_string()) found.emplace_back(item.as_string());
    return found;
}

}  // namespace

Error report_error(const json::object& object) {
    Error error{
        .code = client::code_named(shown(object, "code")).value_or(ErrorCode::failed),
        .message = shown(object, "message"),
        .hint = shown(object, "hint"),
        .detail = shown(object, "detail"),
        .sqlstate = shown(object, "sqlstate"),
    };
    if (const auto* const place = object.if_contains("place"); place != nullptr && place->is_object()) {
        const auto& spot = place->as_object();
        error.place = {
            .file = shown(spot, "file"),
            .line = static_cast<std::size_t>(number(spot, "line")),
            .column = static_cast<std::size_t>(number(spot, "column")),
            .text = shown(spot, "text"),
        };
    }
    return error;
}

migrate::RunReport run_report_of(const json::object& object) {
    migrate::RunReport report{
        .run_id = shown(object, "run_id"),
        .warnings = texts(object, "warnings"),
        .not_run = texts(object, "not_run"),
    };
    if (const auto* const done = object.if_contains("done"); done != nullptr && done->is_array()) {
        for (const auto& item : done->as_array()) {
            if (!item.is_object()) continue;
            const auto& outcome = item.as_object();
            report.done.push_back({
                .id = shown(outcome, "id"),
                .down = shown(outcome, "direction") == "down",
                .resumed = shown(outcome, "resumed") == "true",
                .statements = static_cast<std::size_t>(number(outcome, "statements")),
                .rows = number(outcome, "rows"),
                .duration = std::chrono::milliseconds{number(outcome, "duration_ms")},
                .tries = static_cast<int>(number(outcome, "tries")),
            });
        }
    }
    if (const auto* const error = object.if_contains("error"); error != nullptr && error->is_object())
        report.error = report_error(error->as_object());
    return report;
}

}  // namespace drydock::cli
