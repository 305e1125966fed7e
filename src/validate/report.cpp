#include "validate/report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace drydock::validate {
namespace {

constexpr std::array<std::string_view, 7> kReasons{
    "budget", "permission", "locked", "version", "extension", "stopped", "error"
};
constexpr std::array<std::string_view, 4> kStatuses{"ok", "sampled", "findings", "not_checked"};

std::size_t& of(Counts& counts, Severity severity) {
    switch (severity) {
        case Severity::critical:
            return counts.critical;
        case Severity::warning:
            return counts.warning;
        case Severity::info:
            break;
    }
    return counts.info;
}

}  // namespace

std::string_view name(Reason reason) {
    return kReasons[static_cast<std::size_t>(reason)];
}

std::string_view name(Status status) {
    return kStatuses[static_cast<std::size_t>(status)];
}

Status CheckResult::status() const {
    if (total > 0) return Status::findings;
    if (total_not_checked > 0) return Status::not_checked;
    return sampled > 0 ? Status::sampled : Status::ok;
}

Counts Report::counts() const {
    Counts counts;
    for (const auto& result : results) {
        switch (result.status()) {
            case Status::ok:
                ++counts.ok;
                break;
            case Status::sampled:
                ++counts.sampled;
                break;
            case Status::findings:
                ++counts.with_findings;
                if (result.total_not_checked > 0) ++counts.partly;
                break;
            case Status::not_checked:
                ++counts.not_checked;
                break;
        }
        for (const auto& finding : result.findings) ++of(counts, finding.severity);
        of(counts, result.severity) += result.total - result.findings.size();
    }
    return counts;
}

std::optional<Severity> Report::worst() const {
    const auto all = counts();
    if (all.critical > 0) return Severity::critical;
    if (all.warning > 0) return Severity::warning;
    if (all.info > 0) return Severity::info;
    return std::nullopt;
}

std::vector<const CheckResult*> with_findings(const Report& report) {
    std::vector<const CheckResult*> results;
    for (const auto& result : report.results) {
        if (result.total > 0) results.push_back(&result);
    }
    const auto worst = [](const CheckResult& result) {
        auto severity = Severity::info;
        for (const auto& finding : result.findings) severity = std::max(severity, finding.severity);
        return severity;
    };
    std::stable_sort(results.begin(), results.end(), [&](const CheckResult* a, const CheckResult* b) {
        return std::pair{a->group, worst(*b)} < std::pair{b->group, worst(*a)};
    });
    return results;
}

std::string finding_id(const CheckResult& result, const Finding& finding) {
    return fmt::format("{}:{}", result.id, finding.object);
}

}  // namespace drydock::validate
