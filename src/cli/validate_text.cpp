#include "cli/validate_text.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/migrate_text.h"
#include "cli/table.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;
using validate::CheckResult;
using validate::Severity;

constexpr std::size_t kFindingsShown = 10;  // of one check
constexpr std::size_t kInfoShown = 3;       // of one that only informs: there can be very many
constexpr std::size_t kGapsShown = 3;
constexpr std::size_t kAlikeShown = 3;  // checks left out for one reason, until they share a line
constexpr std::size_t kExamplesShown = 5;

Tone tone_of(Severity severity) {
    return severity == Severity::critical ? Tone::error : severity == Severity::warning ? Tone::warn : Tone::faint;
}

std::string value_text(const json::value& value) {
    if (const auto* const text = value.if_string()) return printable(std::string_view{text->data(), text->size()});
    return printable(json::serialize(value));
}

std::string members_text(const json::object& object) {
    std::string text;
    for (const auto& member : object) {
        const std::string_view key{member.key().data(), member.key().size()};
        if (key == "rows" || key == "examples") continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", printable(key), value_text(member.value()));
    }
    return text;
}

// "bytes 8192" and, of the rows found, the first few: "(id 3, parent 7) (id 4, parent 7) …".
std::string evidence_text(std::string_view evidence) {
    json::error_code error;
    const auto value = json::parse(json::string_view{evidence.data(), evidence.size()}, error);
    if (error || !value.is_object()) return {};
    auto text = members_text(value.get_object());
    const auto* const examples = value.get_object().if_contains("examples");
    if (examples == nullptr || !examples->is_array() || examples->get_array().empty()) return text;
    if (!text.empty()) text += "; ";
    const auto& rows = examples->get_array();
    for (std::size_t i = 0; i < std::min(rows.size(), kExamplesShown); ++i) {
        if (rows[i].is_object()) text += fmt::format("{}({})", i > 0 ? " " : "", members_text(rows[i].get_object()));
    }
    if (rows.size() > kExamplesShown) text += " …";
    return text;
}

std::string indented(std::string_view text, std::string_view by) {
    std::string result;
    for (const auto line : split(text, '\n')) result += fmt::format("{}{}\n", by, printable(line));
    return result;
}

void add_finding(std::string& text, const validate::Finding& finding, bool with_fix, const Terminal& terminal) {
    const auto word = fmt::format("{:<8}", name(finding.severity));
    text += fmt::format("    {}  {}\n", painted(tone_of(finding.severity), word, terminal), printable(finding.message));
    if (const auto evidence = evidence_text(finding.evidence); !evidence.empty()) {
        text += fmt::format("              {}\n", painted(Tone::faint, evidence, terminal));
    }
    if (with_fix && !finding.fix.empty()) text += indented(finding.fix + ";", "              ");
}

void add_findings(std::string& text, const CheckResult& result, bool all, const Terminal& terminal) {
    auto out = std::back_inserter(text);
    fmt::format_to(
        out,
        "\n  {}  {}\n",
        painted(Tone::bold, result.id, terminal),
        painted(Tone::faint, printable(result.title), terminal)
    );
    const bool brief = !all && std::all_of(result.findings.begin(), result.findings.end(), [](const auto& finding) {
        return finding.severity == Severity::info;
    });
    const auto most = all ? result.findings.size() : brief ? kInfoShown : kFindingsShown;
    const auto shown = std::min(result.findings.size(), most);
    for (std::size_t i = 0; i < shown; ++i) add_finding(text, result.findings[i], !brief, terminal);
    if (result.total > shown) {
        const auto left = human_count(static_cast<std::int64_t>(result.total - shown));
        fmt::format_to(out, "    and {} more{}\n", left, all ? "" : "; --all, --json or --report lists them");
    }
}

// Checks that were left out as a whole for one reason, in one line when they are many: the budget was over.
using Alike = std::map<std::pair<validate::Reason, std::string>, std::vector<std::string>>;

Alike left_out(const validate::Report& report) {
    Alike alike;
    for (const auto& result : report.results) {
        if (result.not_checked.size() != 1 || !result.not_checked[0].object.empty()) continue;
        alike[{result.not_checked[0].reason, result.not_checked[0].detail}].push_back(result.id);
    }
    std::erase_if(alike, [](const auto& group) { return group.second.size() <= kAlikeShown; });
    return alike;
}

std::string reason_text(validate::Reason reason, const Terminal& terminal) {
    return painted(Tone::warn, fmt::format("{:<10}", name(reason)), terminal);
}

void add_gaps(std::string& text, const validate::Report& report, bool all, const Terminal& terminal) {
    const auto alike = left_out(report);
    std::string lines;
    for (const auto& [why, ids] : alike) {
        const auto what = fmt::format("{} checks: {}", ids.size(), printable(why.second));
        lines += fmt::format("  {}  {}\n", reason_text(why.first, terminal), what);
        lines +=
            fmt::format("              {}\n", painted(Tone::faint, fmt::format("{}", fmt::join(ids, " ")), terminal));
    }
    for (const auto& result : report.results) {
        if (result.total_not_checked == 0) continue;
        const auto& first = result.not_checked.front();
        if (first.object.empty() && alike.contains({first.reason, first.detail})) continue;
        const auto shown = all ? result.not_checked.size() : std::min(result.not_checked.size(), kGapsShown);
        for (std::size_t i = 0; i < shown; ++i) {
            const auto& gap = result.not_checked[i];
            const auto of = gap.object.empty() ? "" : fmt::format(" of {}", printable(gap.object));
            lines += fmt::format(
                "  {}  {}{}: {}\n", reason_text(gap.reason, terminal), result.id, of, printable(gap.detail)
            );
        }
        if (result.total_not_checked > shown) {
            lines += fmt::format("  {:<10}  {}: and {} more\n", "", result.id, result.total_not_checked - shown);
        }
    }
    if (!lines.empty()) text += fmt::format("\n{}\n{}", painted(Tone::bold, "not checked", terminal), lines);
}

std::string summary(const validate::Report& report, const Terminal& terminal) {
    const auto counts = report.counts();
    auto text = fmt::format("\n{}: {} ok", counted(report.results.size(), "check"), counts.ok);
    const auto add = [&](std::size_t count, Tone tone, std::string_view what) {
        if (count > 0) text += ", " + painted(tone, fmt::format("{} {}", count, what), terminal);
    };
    add(counts.sampled, Tone::plain, "without a finding in a sample");
    add(counts.with_findings, Tone::plain, "with findings");
    add(counts.not_checked, Tone::warn, "not checked");
    add(counts.partly, Tone::warn, "checked in part");
    if (counts.with_findings > 0) {
        text += fmt::format(
            "\n{}, {}, {}",
            painted(
                counts.critical > 0 ? Tone::error : Tone::plain, fmt::format("{} critical", counts.critical), terminal
            ),
            counted(counts.warning, "warning"),
            fmt::format("{} for information", counts.info)
        );
    }
    return text + fmt::format("; {}\n", human_duration(report.elapsed));
}

}  // namespace

std::string validation_text(const validate::Report& report, bool all, const Terminal& terminal) {
    auto text = fmt::format(
        "{} (PostgreSQL {}) as {}\n",
        printable(report.database),
        server_version(report.server_version),
        printable(report.role)
    );
    std::optional<validate::Group> group;
    for (const auto* const result : validate::with_findings(report)) {
        if (group != result->group) text += fmt::format("\n{}\n", painted(Tone::bold, name(result->group), terminal));
        group = result->group;
        add_findings(text, *result, all, terminal);
    }
    add_gaps(text, report, all, terminal);
    if (report.stopped) text += fmt::format("\n{}\n", painted(Tone::warn, "stopped on request", terminal));
    return text + summary(report, terminal);
}

std::string checks_text(const Terminal& terminal) {
    Table table{{{"check"}, {"group"}, {"severity"}, {"cost"}, {"what", Table::Align::left, true}}};
    for (const auto& check : validate::checks()) {
        table.add(
            {check.id,
             std::string{name(check.group)},
             {std::string{name(check.severity)}, tone_of(check.severity)},
             std::string{name(check.cost)},
             check.title}
        );
    }
    return table.text(terminal);
}

}  // namespace drydock::cli
