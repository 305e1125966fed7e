#include "plan/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "plan/world.h"

namespace drydock::plan {
namespace {

using migrate::State;

bool waits(State state) {
    return state == State::held || state == State::blocked || state == State::changed || state == State::missing;
}

// What `migrate lint` says of the files that would run, each finding at its statement.
void add_lint(const lint::Options& settings, const PlanWorld* known, PlanReport& report) {
    std::vector<lint::Input> inputs;
    for (const auto& entry : report.run) {
        const auto* const source = &entry.view.source;
        inputs.push_back({
            .file = entry.path,
            .text = source->script().text(),
            .place = [source](std::size_t offset) { return source->place(offset); },
            .no_transaction = entry.no_transaction,
        });
    }
    auto options = settings;
    std::optional<effects::World> world;
    if (known != nullptr) {
        world = known->world;
        for (const auto& [name, size] : report.sizes.value_or(Sizes{})) {
            world->set_sizes(name.first, name.second, {.heap_bytes = size.heap_bytes, .rows = size.rows.value_or(-1)});
        }
        options.world = &*world;
        options.snapshot = &known->snapshot;
        options.evidence = lint::Evidence::target;
    }
    auto found_by_lint = lint::lint(inputs, options);
    if (!found_by_lint) {  // a drydock:allow that names no rule: no reason not to plan
        const auto& error = found_by_lint.error();
        report.warnings.push_back(fmt::format("not linted: {}: {}", error.place.label(), error.message));
        report.not_linted = error;
        return;
    }
    report.lint = *std::move(found_by_lint);
    for (auto finding : report.lint.findings) {
        auto& view = report.run[finding.input].view;
        const auto& statements = view.source.script().statements();
        const auto found = std::find_if(statements.begin(), statements.end(), [&](const auto& statement) {
            return statement.range.begin == finding.statement.begin;
        });
        if (found == statements.end()) continue;
        finding.message = view.source.mask(std::move(finding.message));
        finding.place.text = view.source.mask(std::move(finding.place.text));
        for (auto* const texts : {&finding.fix, &finding.objects}) {
            for (auto& text : *texts) text = view.source.mask(std::move(text));
        }
        view.statements[static_cast<std::size_t>(found - statements.begin())].findings.push_back(std::move(finding));
    }
}

}  // namespace

Result<PlanReport> make_report(
    const migrate::Context& context,
    const migrate::Selection& selection,
    const lint::Options& lint_options,
    const Limits& limits
) {
    DRYDOCK_TRY(auto standing, migrate::standing(context, selection, false, limits));
    const auto& plan = standing.plan;
    PlanReport report{
        .facts = standing.facts,
        .project = context.options.project,
        .applied = plan.count(State::applied) + plan.count(State::changed) + plan.count(State::missing),
        .skipped = plan.count(State::skipped),
        .warnings = plan.warnings,
    };
    const auto for_run = migrate::make_plan(context.project, standing.history, context.options, selection, true);
    if (!for_run) report.refusal = for_run.error();
    // One reader for all files, in their order: what one makes is there for the next.
    const auto known = plan.run.empty() ? nullptr : read_plan_world(context, limits);
    std::optional<effects::Reader> reader;
    if (known != nullptr) reader.emplace(&*known->world);
    report.catalog_known = known != nullptr;
    for (const auto i : plan.run) {
        const auto& item = plan.items[i];
        const auto& migration = context.project.at(*item.index);
        DRYDOCK_TRY(
            auto view,
            view_script(
                migration.path,
                migration.header,
                context.options.placeholders,
                Detail::effects,
                reader ? &*reader : nullptr
            )
        );
        for (const auto& name : view.without_value) {
            report.warnings.push_back(
                fmt::format("{} asks for ${{{}}}, which has no value here: `up` would refuse it", item.id, name)
            );
        }
        report.run.push_back({
            .item = item,
            .path = migration.path.string(),
            .view = std::move(view),
            .no_transaction = migration.header.no_transaction,
        });
    }
    for (const auto& item : plan.items) {
        if (waits(item.state)) report.waiting.push_back(item);
        if (item.index && (item.state == State::applied || item.state == State::changed)) {
            report.applied_here.push_back(*item.index);
        }
    }
    add_sizes(context, report, limits);
    add_lint(lint_options, known.get(), report);
    return report;
}

}  // namespace drydock::plan
