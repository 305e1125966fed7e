#include <iterator>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "validate/report_files.h"

namespace drydock::validate {
namespace {

namespace json = boost::json;

// Nothing is fetched and nothing is run, whatever stands in the page.
constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
)html";

constexpr std::string_view kStyle = R"css(<style>
:root { --paper: #fff; --ink: #1c2024; --faint: #667079; --line: #dde2e6; --card: #f6f8f9; --critical: #b3261e;
        --warning: #8a5a00; --info: #2f5d8a; --ok: #256b3a; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --ink: #e4e7ea; --faint: #98a2ab; --line: #31373d; --card: #1d2125; --critical: #ff8a80;
          --warning: #f0b84d; --info: #8fbcec; --ok: #7fcf97; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink);
       font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .5rem; text-transform: capitalize; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .25rem 0; }
p::first-letter { text-transform: uppercase; }
.faint { color: var(--faint); }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.counts li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem;
             min-width: 7rem; }
.counts b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.check { border: 1px solid var(--line); border-radius: .5rem; margin: .75rem 0; padding: .75rem 1rem; }
.finding { border-top: 1px solid var(--line); margin-top: .75rem; padding-top: .6rem; }
.tag { font-size: .8rem; font-weight: 600; border: 1px solid; border-radius: .3rem; padding: 0 .4rem;
       margin-right: .5rem; }
.critical { color: var(--critical); } .warning { color: var(--warning); } .info { color: var(--info); }
.ok { color: var(--ok); }
code, pre { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0 0;
      padding: .5rem .7rem; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; margin-top: .4rem; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top;
         overflow-wrap: anywhere; }
th { color: var(--faint); font-weight: 500; }
details summary { cursor: pointer; color: var(--faint); margin-top: .3rem; }
@media print {
  :root { --paper: #fff; --ink: #000; --faint: #444; --line: #bbb; --card: #fff; --critical: #900; --warning: #640;
          --info: #024; --ok: #030; }
  body { max-width: none; padding: 0; font-size: 11px; }
  .check, .finding, tr { break-inside: avoid-page; }
  h2 { break-after: avoid-page; }
}
</style>
)css";

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                // Control characters are no HTML.
                result += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
        }
    }
    return result;
}

std::string value_text(const json::value& value) {
    if (const auto* const text = value.if_string()) return {text->data(), text->size()};
    return json::serialize(value);
}

std::string key_text(const json::key_value_pair& member) {
    return {member.key().data(), member.key().size()};
}

// The rows that were found, under the names of the first one's columns.
std::string examples_table(const json::array& rows) {
    if (rows.empty() || !rows.front().is_object()) return {};
    std::string text{"<table><tr>"};
    for (const auto& member : rows.front().get_object()) text += fmt::format("<th>{}</th>", escaped(key_text(member)));
    text += "</tr>";
    for (const auto& row : rows) {
        if (!row.is_object()) continue;
        text += "<tr>";
        for (const auto& member : row.get_object())
            text += fmt::format("<td><code>{}</code></td>", escaped(value_text(member.value())));
        text += "</tr>";
    }
    return text + "</table>";
}

std::string evidence_html(const std::string& evidence) {
    json::error_code error;
    const auto value = json::parse(evidence, error);
    if (error || !value.is_object()) return {};
    std::string facts;
    std::string examples;
    for (const auto& member : value.get_object()) {
        if (member.key() == "examples" && member.value().is_array()) {
            examples = examples_table(member.value().get_array());
            continue;
        }
        facts += fmt::format(
            "{}{} {}", facts.empty() ? "" : " · ", escaped(key_text(member)), escaped(value_text(member.value()))
        );
    }
    std::string text;
    if (!facts.empty()) text += fmt::format("<p class=\"faint\">{}</p>", facts);
    return text + examples;
}

void add_finding(std::string& page, const CheckResult& result, const Finding& finding) {
    fmt::format_to(
        std::back_inserter(page),
        "<div class=\"finding\" id=\"{}\"><span class=\"tag {}\">{}</span>{}{}{}</div>\n",
        escaped(finding_id(result, finding)),
        name(finding.severity),
        name(finding.severity),
        escaped(finding.message),
        evidence_html(finding.evidence),
        finding.fix.empty() ? "" : fmt::format("<pre>{};</pre>", escaped(finding.fix))
    );
}

void add_check(std::string& page, const CheckResult& result) {
    auto out = std::back_inserter(page);
    fmt::format_to(
        out,
        "<section class=\"check\"><h3>{}</h3><p class=\"faint\"><code>{}</code> · cost {} · {}</p><p>{}</p>\n",
        escaped(result.title),
        escaped(result.id),
        name(result.cost),
        human_duration(result.elapsed),
        escaped(result.why)
    );
    for (const auto& finding : result.findings) add_finding(page, result, finding);
    if (result.total > result.findings.size()) {
        fmt::format_to(
            std::back_inserter(page),
            "<p class=\"faint\">{} more of {} are not listed</p>\n",
            result.total - result.findings.size(),
            result.total
        );
    }
    page += "</section>\n";
}

void add_gaps(std::string& page, const Report& report) {
    std::string rows;
    for (const auto& result : report.results) {
        for (const auto& gap : result.not_checked) {
            rows += fmt::format(
                "<tr><td><code>{}</code></td><td>{}</td><td class=\"warning\">{}</td><td>{}</td></tr>\n",
                escaped(result.id),
                escaped(gap.object),
                name(gap.reason),
                escaped(gap.detail)
            );
        }
        if (result.total_not_checked > result.not_checked.size()) {
            rows += fmt::format(
                "<tr><td><code>{}</code></td><td colspan=\"3\">and {} more</td></tr>\n",
                escaped(result.id),
                result.total_not_checked - result.not_checked.size()
            );
        }
    }
    if (rows.empty()) return;
    page +=
        "<h2>Not checked</h2>\n<table><tr><th>check</th><th>object</th><th>reason</th><th>what was missing</th></tr>\n";
    page += rows + "</table>\n";
}

void add_ok(std::string& page, const Report& report) {
    std::string rows;
    std::size_t count = 0;
    for (const auto& result : report.results) {
        const auto status = result.status();
        if (status != Status::ok && status != Status::sampled) continue;
        ++count;
        rows += fmt::format(
            "<tr><td><code>{}</code></td><td>{}</td><td class=\"ok\">{}</td></tr>\n",
            escaped(result.id),
            escaped(result.title),
            status == Status::ok ? "ok"
                                 : fmt::format("nothing in a sample ({} of {} objects)", result.sampled, result.objects)
        );
    }
    if (rows.empty()) return;
    page += fmt::format(
        "<h2>Nothing found</h2>\n<details><summary>{} checks</summary><table>\n{}</table></details>\n", count, rows
    );
}

std::string counts_html(const Report& report) {
    const auto counts = report.counts();
    std::string text{"<ul class=\"counts\">"};
    const auto add = [&](std::size_t count, std::string_view tone, std::string_view what) {
        text += fmt::format("<li class=\"{}\"><b>{}</b>{}</li>", count > 0 ? tone : "faint", count, what);
    };
    add(counts.critical, "critical", "critical");
    add(counts.warning, "warning", "warnings");
    add(counts.info, "info", "for information");
    add(counts.ok, "ok", "checks ok");
    if (counts.sampled > 0) add(counts.sampled, "ok", "ok in a sample");
    add(counts.not_checked + counts.partly, "warning", "not checked, or in part");
    return text + "</ul>\n";
}

}  // namespace

std::string to_html(const Report& report) {
    std::string page{kHead};
    const auto title = fmt::format("Validation of {}", report.database);
    page += fmt::format("<title>{}</title>\n{}</head>\n<body>\n<h1>{}</h1>\n", escaped(title), kStyle, escaped(title));
    page += fmt::format(
        "<p class=\"faint\">{} · PostgreSQL {}.{} · as {} · {} checks in {}{}</p>\n",
        time_text(report.started_at),
        report.server_version / 10000,
        report.server_version % 10000,
        escaped(report.role),
        report.results.size(),
        human_duration(report.elapsed),
        report.stopped ? " · <b class=\"warning\">stopped on request</b>" : ""
    );
    page += counts_html(report);
    std::optional<Group> group;
    for (const auto* const result : with_findings(report)) {
        if (group != result->group) page += fmt::format("<h2>{}</h2>\n", name(result->group));
        group = result->group;
        add_check(page, *result);
    }
    add_gaps(page, report);
    add_ok(page, report);
    return page + "</body>\n</html>\n";
}

}  // namespace drydock::validate
