#include "plan/script_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "sql/parser.h"

namespace drydock::plan {
namespace {

using migrate::Road;
using migrate::Step;

std::string why_in_steps(const migrate::Source& source, const Road& road, const layouts::Header& header) {
    const auto& statements = source.script().statements();
    for (const auto& step : road.steps) {
        if (step.kind != Step::Kind::outside) continue;
        const auto& statement = statements[step.first];
        if (statement.shape == sql::Shape::commits_inside) {
            return fmt::format("{} (line {}) commits by itself", statement.command, statement.line);
        }
        if (statement.shape == sql::Shape::outside_only) {
            return fmt::format("{} (line {}) can't run in a transaction", statement.command, statement.line);
        }
    }
    if (header.no_transaction) return "its header says \"Transaction: none\"";
    if (std::any_of(road.steps.begin(), road.steps.end(), [](const Step& s) { return s.begin.has_value(); })) {
        return "the file has transactions of its own";
    }
    for (const auto& step : road.steps) {
        if (step.last == 0 || step.last >= statements.size()) continue;
        const auto& statement = statements[step.last - 1];
        if (statement.command != "ALTER TYPE") continue;
        return fmt::format("the value that line {} adds is used later, which needs a commit between", statement.line);
    }
    return "the file has transactions of its own";
}

std::string describe_road(const migrate::Source& source, const Road& road, const layouts::Header& header) {
    if (!road.atomic()) return fmt::format("step by step: {}", why_in_steps(source, road, header));
    const bool own = road.steps.size() == 1 && road.steps[0].begin;
    return own ? "in one transaction, the file's own" : "in one transaction";
}

void read_effects(ScriptView& view, const std::vector<std::string_view>& texts, effects::Reader* shared) {
    effects::Reader own;
    effects::Reader& reader = shared != nullptr ? *shared : own;
    const auto problem = sql::for_each_tree(texts, [&](std::size_t i, const sql::Parsed& parsed) {
        effects::Effect& effect = view.statements[i].effect;
        if (parsed.tree == nullptr) {
            effect.note = "not analysed: " + parsed.problem;
        } else if (const auto* statement = sql::only_statement(parsed)) {
            effect = reader.read(*statement);
        }
    });
    if (!problem.empty()) {
        for (auto& statement : view.statements) statement.effect.note = "not analysed: " + problem;
    }
    reader.end_script();
}

void number_steps(ScriptView& view) {
    for (std::size_t i = 0; i < view.road.steps.size(); ++i) {
        const auto& step = view.road.steps[i];
        for (auto s = step.first; s < step.last && s < view.statements.size(); ++s) view.statements[s].step = i + 1;
    }
}

}  // namespace

Result<ScriptView> view_script(
    const std::filesystem::path& path,
    const layouts::Header& header,
    const migrate::PlaceholderValues& values,
    Detail detail,
    effects::Reader* reader
) {
    std::vector<std::string> without_value;
    const auto filled = [&](std::string_view name) -> std::optional<std::string> {
        if (auto value = values ? values(name) : std::nullopt) return value;
        const std::string text{name};
        if (std::find(without_value.begin(), without_value.end(), text) == without_value.end())
            without_value.push_back(text);
        return "placeholder_" + to_lower(name);
    };
    DRYDOCK_TRY(auto source, migrate::Source::read(path, header.placeholders, filled));
    DRYDOCK_TRY(auto road, migrate::plan_road(source, header.no_transaction));
    ScriptView view{.source = std::move(source), .road = std::move(road), .without_value = std::move(without_value)};
    view.road_text = describe_road(view.source, view.road, header);

    const auto& script = view.source.script();
    std::vector<std::string_view> texts;
    for (const auto& statement : script.statements()) {
        const auto text = script.text_of(statement);
        // Looking up a place walks the text; without placeholders the script's own figures are the file's.
        const auto place = header.placeholders.empty() ? Place{.line = statement.line, .column = statement.column}
                                                       : view.source.place(statement.range.begin);
        view.statements.push_back({
            .line = place.line,
            .column = place.column,
            .shape = statement.shape,
            .command = statement.command,
        });
        texts.push_back(text);
    }
    read_effects(view, texts, reader);
    if (detail == Detail::objects) {
        auto analyses = sql::analyse(texts);
        for (std::size_t i = 0; i < analyses.size(); ++i) view.statements[i].analysis = std::move(analyses[i]);
    }
    number_steps(view);
    return view;
}

}  // namespace drydock::plan
