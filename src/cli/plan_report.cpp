#include "cli/plan_report.h"

#include <algorithm>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/migrate_text.h"
#include "cli/report_json.h"

namespace drydock::cli {
namespace {

namespace json = boost::json;
using effects::Certainty;
using effects::LockMode;
using effects::RelationEffect;

constexpr std::size_t kStatementsShown = 25;
constexpr std::size_t kWaitingShown = 25;
constexpr std::size_t kCommandWidth = 28;

std::string relation_name(const RelationEffect& relation) {
    return relation.schema.empty() ? relation.name : fmt::format("{}.{}", relation.schema, relation.name);
}

const migrate::RelationSize* size_of(const RelationEffect& relation, const Sizes* sizes) {
    if (sizes == nullptr) return nullptr;
    const auto found = sizes->find({relation.schema, relation.name});
    return found == sizes->end() ? nullptr : &found->second;
}

std::string size_text(const RelationEffect& relation, const Sizes* sizes) {
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

// A statement is worth a look when it keeps others out, or goes through a table that is there.
bool heavy(const RelationEffect& relation) {
    if (relation.created_here) return false;
    return relation.lock >= LockMode::share_update_exclusive || relation.rewrites != Certainty::no ||
           relation.scans != Certainty::no;
}

bool heavy(const StatementView& statement) {
    const auto& effect = statement.effect;
    return effect.loses_data ||
           std::any_of(effect.relations.begin(), effect.relations.end(), [](const auto& r) { return heavy(r); });
}

std::string relation_text(const RelationEffect& relation, const Sizes* sizes, const Terminal& terminal) {
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

// `told` keeps a note from being told of every statement of a file.
std::vector<std::string> lines_of(
    const StatementView& statement, const Sizes* sizes, std::set<std::string>& told, const Terminal& terminal
) {
    const auto& effect = statement.effect;
    std::vector<std::string> lines;
    if (!effect.analysed) {
        const auto why = effect.note.empty() ? std::string{} : ": " + printable(effect.note);
        lines.push_back(painted(Tone::faint, "not analysed" + why, terminal));
        return lines;
    }
    for (const auto& relation : effect.relations) {
        if (!relation.created_here) lines.push_back(relation_text(relation, sizes, terminal));
    }
    if (effect.loses_data) {
        lines.push_back(painted(Tone::error, fmt::format("loses data: {}", printable(effect.loses)), terminal));
    }
    if (!effect.note.empty() && told.insert(effect.note).second)
        lines.push_back(painted(Tone::faint, printable(effect.note), terminal));
    return lines;
}

json::object relation_json(const ScriptView& view, const RelationEffect& relation, const Sizes* sizes) {
    json::object object{
        {"name", json_text(view.source.mask(relation.name))},
        {"lock", json_text(effects::name(relation.lock))},
        {"blocks", json_text(effects::what_it_blocks(relation.lock))},
        {"rewrites", json_text(effects::name(relation.rewrites))},
        {"scans", json_text(effects::name(relation.scans))},
    };
    if (!relation.schema.empty()) object["schema"] = json_text(view.source.mask(relation.schema));
    if (relation.created_here) object["created_here"] = true;
    if (!relation.why.empty()) object["why"] = json_text(view.source.mask(relation.why));
    if (const auto* const size = size_of(relation, sizes)) {
        object["bytes"] = size->bytes;
        if (size->rows) object["rows"] = *size->rows;
    }
    return object;
}

std::string entry_text(const PlanReport::Entry& entry, const Sizes* sizes, const Terminal& terminal) {
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

std::string statements_text(const ScriptView& view, const Sizes* sizes, std::size_t most, const Terminal& terminal) {
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

std::string plan_text(const PlanReport& report, const Terminal& terminal) {
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
    if (!report.run.empty() && !report.sizes) text += "\nthe sizes of the tables could not be read\n";
    return text;
}

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
        if (!entry.view.without_value.empty()) object["without_value"] = to_json(entry.view.without_value);
        if (with_sql) object["sql"] = json_text(entry.view.source.original());
        run.push_back(std::move(object));
    }
    json::array waiting;
    for (const auto& item : report.waiting) waiting.push_back(to_json(item));
    json::object object{
        {"project", json_text(report.project)},
        {"target", to_json(report.facts)},
        {"applied", report.applied},
        {"skipped", report.skipped},
        {"run", std::move(run)},
        {"waiting", std::move(waiting)},
        {"warnings", to_json(report.warnings)},
    };
    if (report.refusal) object["error"] = to_json(*report.refusal);
    return object;
}

}  // namespace drydock::cli
