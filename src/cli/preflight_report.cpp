#include "cli/preflight_report.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/migrate_text.h"
#include "migrate/report_json.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;
using preflight::Outcome;
using preflight::Verdict;

constexpr std::size_t kOutcomeWidth = 8;
constexpr std::size_t kGateWidth = 13;

Tone tone_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::pass:
            return Tone::ok;
        case Outcome::off:
            return Tone::faint;
        case Outcome::unknown:
        case Outcome::warn:
            return Tone::warn;
        case Outcome::block:
            return Tone::error;
    }
    return Tone::plain;
}

Tone tone_of(Verdict verdict) {
    return verdict == Verdict::go ? Tone::ok : verdict == Verdict::no_go ? Tone::error : Tone::warn;
}

std::string gate_text(const preflight::Gate& gate, const Terminal& terminal) {
    auto text = fmt::format(
        "{}{} {:<{}} {}\n",
        painted(tone_of(gate.outcome), name(gate.outcome), terminal),
        std::string(kOutcomeWidth - name(gate.outcome).size(), ' '),
        gate.id,
        kGateWidth,
        printable(gate.why)
    );
    const std::string indent(kOutcomeWidth + kGateWidth + 4, ' ');
    for (const auto& line : gate.evidence) text += indent + printable(line) + "\n";
    if (!gate.hint.empty()) text += indent + painted(Tone::faint, "→ " + printable(gate.hint), terminal) + "\n";
    return text;
}

std::string_view wire_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::go:
            return "go";
        case Verdict::go_with_warnings:
            return "go_with_warnings";
        case Verdict::no_go:
            return "no_go";
    }
    return {};
}

}  // namespace

std::string preflight_text(const preflight::Report& report, const Terminal& terminal) {
    auto text = fmt::format(
        "{} to run on {}, as {}\n\n",
        report.run.empty() ? "nothing" : counted(report.run.size(), "migration"),
        target_text(report.facts),
        printable(report.facts.role)
    );
    for (const auto& gate : report.gates) text += gate_text(gate, terminal);
    auto verdict = std::string{name(report.verdict)};
    if (report.verdict != Verdict::go) {
        const auto blocking = report.ids(Outcome::block);
        auto warning = report.ids(Outcome::warn);
        for (auto& id : report.ids(Outcome::unknown)) warning.push_back(std::move(id));
        verdict += fmt::format(": {}", fmt::join(blocking.empty() ? warning : blocking, ", "));
    }
    return text + "\n" + painted(tone_of(report.verdict), verdict, terminal) + "\n";
}

json::object to_json(const preflight::Report& report) {
    json::array gates;
    for (const auto& gate : report.gates) {
        json::object object{
            {"gate", json_text(gate.id)},
            {"outcome", json_text(name(gate.outcome))},
            {"why", json_text(gate.why)},
        };
        if (!gate.evidence.empty()) object["evidence"] = json_texts(gate.evidence);
        if (!gate.hint.empty()) object["hint"] = json_text(gate.hint);
        gates.push_back(std::move(object));
    }
    return {
        {"project", json_text(report.project)},
        {"target", to_json(report.facts)},
        {"verdict", json_text(wire_name(report.verdict))},
        {"run", json_texts(report.run)},
        {"gates", std::move(gates)},
    };
}

}  // namespace drydock::cli
