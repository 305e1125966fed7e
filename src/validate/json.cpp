#include <array>
#include <ctime>

#include <boost/json.hpp>

#include "validate/report.h"

namespace drydock::validate {
namespace {

namespace json = boost::json;

json::string text(std::string_view value) {
    return json::string{value.data(), value.size()};
}

std::int64_t milliseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

json::object to_json(const CheckResult& result, const Finding& finding) {
    json::object object{
        {"id", text(finding_id(result, finding))},
        {"object", text(finding.object)},
        {"severity", text(name(finding.severity))},
        {"message", text(finding.message)},
    };
    json::error_code error;
    auto evidence = json::parse(finding.evidence, error);
    if (!error && evidence.is_object() && !evidence.get_object().empty()) object["evidence"] = std::move(evidence);
    if (!finding.fix.empty()) object["fix"] = text(finding.fix);
    return object;
}

json::object to_json(const NotChecked& what) {
    json::object object{{"reason", text(name(what.reason))}, {"detail", text(what.detail)}};
    if (!what.object.empty()) object["object"] = text(what.object);
    return object;
}

json::object to_json(const CheckResult& result) {
    json::object object{
        {"check", text(result.id)},
        {"group", text(name(result.group))},
        {"title", text(result.title)},
        {"severity", text(name(result.severity))},
        {"cost", text(name(result.cost))},
        {"status", text(name(result.status()))},
        {"duration_ms", milliseconds(result.elapsed)},
    };
    if (!result.why.empty()) object["why"] = text(result.why);
    if (result.objects > 0) object["objects"] = result.objects;
    if (result.sampled > 0) object["sampled"] = result.sampled;
    if (result.total > 0) {
        object["total"] = result.total;
        auto& findings = object["findings"].emplace_array();
        for (const auto& finding : result.findings) findings.push_back(to_json(result, finding));
    }
    if (result.total_not_checked > 0) {
        object["total_not_checked"] = result.total_not_checked;
        auto& gaps = object["not_checked"].emplace_array();
        for (const auto& what : result.not_checked) gaps.push_back(to_json(what));
    }
    return object;
}

}  // namespace

std::string time_text(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> buffer{};
    const auto length = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {buffer.data(), length};
}

json::value to_json(const Report& report) {
    const auto counts = report.counts();
    json::array groups;
    for (const auto group : report.groups) groups.emplace_back(text(name(group)));
    json::array checks;
    for (const auto& result : report.results) checks.push_back(to_json(result));
    return json::object{
        {"started_at", text(time_text(report.started_at))},
        {"duration_ms", milliseconds(report.elapsed)},
        {"target",
         {{"database", text(report.database)}, {"role", text(report.role)}, {"server_version", report.server_version}}},
        {"groups", std::move(groups)},
        {"full", report.full},
        {"stopped", report.stopped},
        {"counts",
         {{"ok", counts.ok},
          {"sampled", counts.sampled},
          {"findings", counts.with_findings},
          {"not_checked", counts.not_checked},
          {"partly_checked", counts.partly}}},
        {"severities", {{"critical", counts.critical}, {"warning", counts.warning}, {"info", counts.info}}},
        {"checks", std::move(checks)},
    };
}

}  // namespace drydock::validate
