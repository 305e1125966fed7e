#include "cli/plan_report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/lint_report.h"
#include "cli/migrate_text.h"

namespace drydock::cli {
namespace {

using effects::Certainty;
using effects::LockMode;
using effects::RelationEffect;

constexpr std::size_t kStatementsShown = 25;
constexpr std::size_t kWaitingShown = 25;
constexpr std::size_t kUnnamedShown = 6;
constexpr std::size_t kCommandWidth = 28;

std::string relation_name(const RelationEffect& relation) {
    return relation.schema.empty() ? relation.name : fmt::format("{}.{}", relation.schema, relation.name);
}

const migrate::RelationSize* size_of(const RelationEffect& relation, const plan::Sizes* sizes) {
    if (sizes == nullptr) return nullptr;
    const auto found = sizes->find({relation.schema, relation.name});
    return found == sizes->end() ? nullptr : &found->second;
}

std::string size_text(const RelationEffect& relation, const plan::Sizes* sizes) {
    if (sizes == nullptr) return {};
    const auto* const size = size_of(relation, sizes);
    if (size == nullptr) return " (not there yet)";
    const auto bytes = human_bytes(static_cast<std::uint64_t>(size->bytes));
    if (!size->rows) return fmt::format(" ({})", bytes);
    return fmt::format(" ({}, about {} rows)", bytes, human_count(*size->rows));
}

std::string work_text(const RelationEffect& relation) {
    if (relation.rewrites == Certainty::yes) return "rewrites it";
    if (relation.rewrites == Certainty::maybe) return "may rewrite it";
    if (relation.scans == Certainty::yes) return "reads all of it";
    if (relation.scans == Certainty::maybe) return "may read all of it";
    return {};
}

// Of what the text does not name only what keeps others out or is worked on; indexes go with their table.
bool is_shown(const RelationEffect& relation) {
    if (relation.created_here) return false;
    if (relation.named || relation.kind == effects::RelationKind::unknown) return true;
    if (relation.kind == effects::RelationKind::index) return false;
    return relation.lock >= LockMode::share || relation.rewrites != Certainty::no || relation.scans == Certainty::yes;
}

// A statement is worth a look when it keeps others out, or goes through a table that is there.
bool heavy(const RelationEffect& relation) {
    if (relation.created_here) return false;
    return relation.lock >= LockMode::share_update_exclusive || relation.rewrites != Certainty::no ||
           relation.scans != Certainty::no;
}

bool heavy(const plan::StatementView& statement) {
    const auto& effect = statement.effect;
    return effect.loses_data || !statement.findings.empty() || !effect.error.empty() || !effect.may_fail.empty() ||
           std::any_of(effect.relations.begin(), effect.relations.end(), [](const auto& r) { return heavy(r); });
}

std::string relation_text(const RelationEffect& relation, const plan::Sizes* sizes, const Terminal& terminal) {
    const bool blocks = relation.lock >= LockMode::share;
    auto text =
        fmt::format("{} on {}{}", effects::name(relation.lock), relation_name(relation), size_text(relation, sizes));
    text = painted(blocks ? Tone::warn : Tone::plain, printable(text), terminal);
    if (relation.lock >= LockMode::share_update_exclusive)
        text += fmt::format(", blocks {}", effects::what_it_blocks(relation.lock));
    if (const auto work = work_text(relation); !work.empty()) {
        text += fmt::format("; {}{}{}", work, relation.why.empty() ? "" : ": ", printable(relation.why));
    }
    return text;
}

// How long it takes, and what may come of it.
void add_outlook(const plan::StatementView& statement, const Terminal& terminal, std::vector<std::string>& lines) {
    const auto& effect = statement.effect;
    if (!effect.error.empty()) {
        lines.push_back(painted(Tone::error, "the server will refuse it: " + printable(effect.error), terminal));
    }
    if (effect.no_op) lines.push_back(painted(Tone::faint, "changes nothing here", terminal));
    for (const auto& failure : effect.may_fail) {
        lines.push_back(painted(Tone::warn, "fails if there are " + printable(failure.condition), terminal));
    }
    if (!statement.estimate || !(statement.estimate->work || effect.outside)) return;
    const auto& time = *statement.estimate;
    lines.push_back(
        time.most ? fmt::format("takes {}: {}", effects::range_text(*time.least, *time.most), time.why)
                  : fmt::format("takes a time that is not known: {}", time.why)
    );
}

// Notices are for `migrate lint`: here they would be too many.
void add_findings(const plan::StatementView& statement, const Terminal& terminal, std::vector<std::string>& lines) {
    for (const auto& finding : statement.findings) {
        if (finding.severity < lint::Severity::warning) continue;
        const auto tone = finding.severity == lint::Severity::error ? Tone::error : Tone::warn;
        const auto text =
            fmt::format("{} {}: {}", lint::name(finding.severity), finding.rule->id, printable(finding.message));
        lines.push_back(painted(tone, text, terminal));
    }
}

// `told` keeps a note from being told of every statement of a file.
std::vector<std::string> lines_of(
    const plan::StatementView& statement,
    const plan::Sizes* sizes,
    std::set<std::string>& told,
    const Terminal& terminal
) {
    const auto& effect = statement.effect;
    std::vector<std::string> lines;
    if (!effect.analysed) {
        const auto why = effect.note.empty() ? std::string{} : ": " + printable(effect.note);
        lines.push_back(painted(Tone::faint, "not analysed" + why, terminal));
        add_findings(statement, terminal, lines);
        return lines;
    }
    std::size_t unnamed = 0;
    for (const auto& relation : effect.relations) {
        if (!is_shown(relation)) continue;
        if (relation.named || ++unnamed <= kUnnamedShown) lines.push_back(relation_text(relation, sizes, terminal));
    }
    if (unnamed > kUnnamedShown) lines.push_back(fmt::format("… and {} more relations", unnamed - kUnnamedShown));
    add_outlook(statement, terminal, lines);
    if (effect.loses_data) {
        lines.push_back(painted(Tone::error, fmt::format("loses data: {}", printable(effect.loses)), terminal));
    }
    add_findings(statement, terminal, lines);
    if (!effect.note.empty() && told.insert(effect.note).second)
        lines.push_back(painted(Tone::faint, printable(effect.note), terminal));
    return lines;
}

std::string entry_text(const plan::PlanReport::Entry& entry, const plan::Sizes* sizes, const Terminal& terminal) {
    const auto& item = entry.item;
    const auto count = entry.view.statements.size();
    auto text = fmt::format(
        "\n{}  {}{}, {}\n",
        painted(Tone::bold, printable(item.id), terminal),
        item.state == migrate::State::pending ? "" : fmt::format("{}, ", migrate::name(item.state)),
        entry.view.road_text,
        counted(count, "statement")
    );
    if (!item.why.empty()) text += fmt::format("    {}\n", painted(Tone::faint, printable(item.why), terminal));
    return text + statements_text(entry.view, sizes, kStatementsShown, terminal);
}

}  // namespace

std::string statements_text(
    const plan::ScriptView& view, const plan::Sizes* sizes, std::size_t most, const Terminal& terminal
) {
    std::string text;
    const auto heavy_ones = static_cast<std::size_t>(
        std::count_if(view.statements.begin(), view.statements.end(), [](const auto& s) { return heavy(s); })
    );
    const bool all = view.statements.size() <= most;
    std::size_t heavy_left = all ? view.statements.size() : most;
    std::size_t light_left = all ? view.statements.size() : most - std::min(most, heavy_ones);
    std::size_t left_out = 0;
    std::set<std::string> told;
    for (const auto& statement : view.statements) {
        auto& left = heavy(statement) ? heavy_left : light_left;
        if (left == 0) {
            ++left_out;
            continue;
        }
        --left;
        const auto lines = lines_of(statement, sizes, told, terminal);
        text += fmt::format("{:>6}  {:<{}}", statement.line, statement.command, lines.empty() ? 0 : kCommandWidth);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            if (i > 0) text += std::string(8 + kCommandWidth, ' ');
            text += " " + view.source.mask(lines[i]) + "\n";
        }
        if (lines.empty()) text += '\n';
    }
    if (left_out > 0) text += fmt::format("        … and {} more\n", counted(left_out, "statement"));
    return text;
}

std::string plan_text(const plan::PlanReport& report, const Terminal& terminal) {
    const auto* const sizes = report.sizes ? &*report.sizes : nullptr;
    auto text = fmt::format(
        "{} to run on {}, {} applied\n",
        report.run.empty() ? "nothing" : counted(report.run.size(), "migration"),
        target_text(report.facts),
        report.applied
    );
    for (const auto& entry : report.run) text += entry_text(entry, sizes, terminal);
    if (!report.waiting.empty() || report.skipped > 0) text += "\nnot to run:\n";
    const auto shown = std::min(report.waiting.size(), kWaitingShown);
    for (std::size_t i = 0; i < shown; ++i) text += waiting_text(report.waiting[i], terminal);
    if (report.waiting.size() > shown) {
        text += fmt::format("  … and {} more: drydock migrate status --all\n", report.waiting.size() - shown);
    }
    if (report.skipped > 0) text += fmt::format("  {} for other environments\n", counted(report.skipped, "migration"));
    if (report.lint.worst() != lint::Severity::off)
        text += fmt::format("\nlint: {}; `drydock migrate lint` shows the safer SQL\n", lint_summary(report.lint));
    if (!report.run.empty() && !report.catalog_known)
        text += "\nthe target's catalog could not be read: this is what the text alone tells\n";
    if (!report.run.empty() && !report.sizes) text += "\nthe sizes of the tables could not be read\n";
    return text;
}

}  // namespace drydock::cli
