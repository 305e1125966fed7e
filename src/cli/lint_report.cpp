#include "cli/lint_report.h"

#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "cli/migrate_text.h"
#include "cli/report_json.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;
using lint::Finding;
using lint::Severity;

constexpr std::size_t kLongestLine = 160;

Tone tone_of(Severity severity) {
    if (severity == Severity::error) return Tone::error;
    return severity == Severity::warning ? Tone::warn : Tone::faint;
}

// The line of the file and a caret below; of a long one the part around the place.
std::string excerpt(const Finding& finding, const Terminal& terminal) {
    auto line = printable(finding.place.text);
    auto column = finding.place.column > 0 ? finding.place.column - 1 : 0;
    if (line.empty() || text_width(line) > kLongestLine) return {};
    while (!line.empty() && line.front() == ' ' && column > 0) {
        line.erase(0, 1);
        --column;
    }
    const bool same_line = finding.end_line == finding.place.line && finding.end_column > finding.place.column;
    const auto width = same_line ? finding.end_column - finding.place.column : 1;
    return fmt::format(
        "        {}\n        {}{}\n",
        line,
        std::string(column, ' '),
        painted(tone_of(finding.severity), std::string(width, '^'), terminal)
    );
}

std::string one(const Finding& finding, const Terminal& terminal) {
    auto text = fmt::format(
        "{:>5}:{:<3} {}  {}: {}\n",
        finding.place.line,
        finding.place.column,
        painted(tone_of(finding.severity), lint::name(finding.severity), terminal),
        painted(Tone::bold, finding.rule->id, terminal),
        printable(finding.message)
    );
    text += excerpt(finding, terminal);
    for (const auto& line : finding.fix) {
        for (const auto part : split(line, '\n'))
            text += painted(Tone::ok, fmt::format("      + {}\n", printable(part)), terminal);
    }
    return text;
}

std::string_view level_of(Severity severity) {
    if (severity == Severity::error) return "error";
    return severity == Severity::warning ? "warning" : "note";
}

// A relative path as a URI.
std::string uri(std::string_view path) {
    return percent_encoded(path, "/");
}

json::object sarif_rule(const lint::Rule& rule) {
    const auto help = lint::explanation(rule);
    return {
        {"id", json_text(rule.id)},
        {"shortDescription", {{"text", json_text(rule.title)}}},
        {"fullDescription", {{"text", json_text(rule.why)}}},
        {"help", {{"text", json_text(help)}, {"markdown", json_text(lint::rule_page(rule))}}},
        {"defaultConfiguration",
         {{"enabled", rule.severity != Severity::off}, {"level", json_text(level_of(rule.severity))}}},
        {"properties", {{"category", json_text(lint::name(rule.category))}}},
    };
}

json::object sarif_result(const Finding& finding) {
    json::object region{
        {"startLine", finding.place.line},
        {"startColumn", finding.place.column},
        {"endLine", finding.end_line},
        {"endColumn", finding.end_column},
    };
    auto text = finding.message;
    for (std::size_t i = 0; i < finding.fix.size(); ++i) text += (i == 0 ? "\n\n" : "\n") + finding.fix[i];
    return {
        {"ruleId", json_text(finding.rule->id)},
        {"ruleIndex", finding.rule - lint::rules().data()},
        {"level", json_text(level_of(finding.severity))},
        {"message", {{"text", json_text(text)}}},
        {"locations",
         {{{"physicalLocation",
            {{"artifactLocation", {{"uri", json_text(uri(finding.place.file))}}}, {"region", std::move(region)}}}}}},
        {"properties",
         {{"evidence", json_text(lint::name(finding.evidence))},
          {"lock", json_text(effects::name(finding.lock))},
          {"objects", to_json(finding.objects)}}},
    };
}

json::value lock_json(effects::LockMode lock) {
    if (lock == effects::LockMode::none) return nullptr;
    return json_text(effects::name(lock));
}

std::string escaped(std::string_view text, bool property) {
    std::string result;
    for (const char c : text) {
        if (c == '%')
            result += "%25";
        else if (c == '\r')
            result += "%0D";
        else if (c == '\n')
            result += "%0A";
        else if (property && c == ':')
            result += "%3A";
        else if (property && c == ',')
            result += "%2C";
        else
            result += c;
    }
    return result;
}

}  // namespace

std::string lint_summary(const lint::Report& report) {
    std::string text;
    for (const auto severity : {Severity::error, Severity::warning, Severity::notice}) {
        const auto count = report.count(severity);
        if (count > 0) text += fmt::format("{}{}", text.empty() ? "" : ", ", counted(count, lint::name(severity)));
    }
    if (text.empty()) text = "nothing found";
    text += fmt::format(" in {} ({})", counted(report.files, "file"), counted(report.statements, "statement"));
    if (report.silenced > 0) text += fmt::format("; {} silenced", report.silenced);
    return text;
}

std::string lint_text(const lint::Report& report, const Terminal& terminal) {
    std::string text;
    std::string_view file;
    for (const auto& finding : report.findings) {
        if (file != finding.place.file) {
            if (!file.empty()) text += '\n';
            file = finding.place.file;
            text += painted(Tone::bold, printable(file), terminal) + "\n";
        }
        text += one(finding, terminal);
    }
    if (!report.findings.empty()) text += '\n';
    text += lint_summary(report) + "\n";
    if (!report.findings.empty()) {
        text += painted(
            Tone::faint,
            fmt::format("more about a rule: drydock migrate lint --explain {}\n", report.findings.front().rule->id),
            terminal
        );
    }
    return text;
}

json::object to_json(const Finding& finding) {
    return {
        {"file", json_text(finding.place.file)},
        {"line", finding.place.line},
        {"column", finding.place.column},
        {"end_line", finding.end_line},
        {"end_column", finding.end_column},
        {"rule", json_text(finding.rule->id)},
        {"severity", json_text(lint::name(finding.severity))},
        {"message", json_text(finding.message)},
        {"objects", to_json(finding.objects)},
        {"lock", lock_json(finding.lock)},
        {"fix", to_json(finding.fix)},
        {"evidence", json_text(lint::name(finding.evidence))},
    };
}

std::string lint_json(const lint::Report& report) {
    // There may be many: one after the other, not all as a tree.
    std::string text{"{\"findings\":["};
    for (const auto& finding : report.findings) {
        if (text.back() != '[') text += ',';
        text += json::serialize(to_json(finding));
    }
    const json::object counts{
        {"error", report.count(Severity::error)},
        {"warning", report.count(Severity::warning)},
        {"notice", report.count(Severity::notice)},
    };
    return text + fmt::format(
                      "],\"counts\":{},\"files\":{},\"statements\":{},\"silenced\":{}}}\n",
                      json::serialize(counts),
                      report.files,
                      report.statements,
                      report.silenced
                  );
}

json::object lint_sarif(const lint::Report& report) {
    json::array rules;
    for (const auto& rule : lint::rules()) rules.push_back(sarif_rule(rule));
    json::array results;
    for (const auto& finding : report.findings) results.push_back(sarif_result(finding));
    json::object driver{{"name", "drydock"}, {"rules", std::move(rules)}};
    json::object run{
        {"tool", {{"driver", std::move(driver)}}}, {"columnKind", "unicodeCodePoints"}, {"results", std::move(results)}
    };
    json::array runs;
    runs.push_back(std::move(run));
    return {
        {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", std::move(runs)}
    };
}

std::string lint_github(const lint::Report& report) {
    std::string text;
    for (const auto& finding : report.findings) {
        auto message = finding.message;
        for (const auto& line : finding.fix) message += "\n" + line;
        text += fmt::format(
            "::{} file={},line={},endLine={},col={},title={}::{}\n",
            finding.severity == Severity::notice ? "notice" : lint::name(finding.severity),
            escaped(finding.place.file, true),
            finding.place.line,
            finding.end_line,
            finding.place.column,
            escaped(finding.rule->id, true),
            escaped(message, false)
        );
    }
    return text;
}

}  // namespace drydock::cli
