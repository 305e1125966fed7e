#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/lint_world.h"
#include "cli/plan_command.h"
#include "cli/plan_report.h"
#include "cli/plan_world.h"
#include "cli/session.h"
#include "cli/trace_command.h"
#include "migrate/target.h"

// migrate plan: what `up` would do, without doing it.
namespace drydock::cli {
namespace {

using migrate::State;

constexpr int kPending = 2;
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

// What the plan would do after what is applied.
std::vector<prove::TraceOptions::Item> sequence_of(const PlanReport& report) {
    std::vector<prove::TraceOptions::Item> sequence;
    for (const auto index : report.applied_here) sequence.push_back({.index = index, .traced = false});
    for (const auto& entry : report.run) sequence.push_back({.index = *entry.item.index, .traced = true});
    return sequence;
}

std::string sql_text(const PlanReport& report) {
    std::string text;
    for (const auto& entry : report.run) {
        text += fmt::format("-- {} ({})\n", entry.item.id, entry.path);
        text += entry.view.source.original();
        if (!text.ends_with('\n')) text += '\n';
        text += '\n';
    }
    return text;
}

}  // namespace

Result<int> plan(Session& session, const PlanArguments& arguments) {
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    DRYDOCK_TRY(const auto lint_options, lint_settings(session));
    DRYDOCK_TRY(const auto report, make_report(context, arguments.selection, lint_options, session.limits()));
    const int done_code = arguments.exit_code && !report.run.empty() ? kPending : 0;
    std::optional<TracedPlan> traced;
    if (arguments.trace && !report.run.empty()) {
        DRYDOCK_TRY(traced, trace_in_shadow(session, project, sequence_of(report), true));
    }
    if (session.json()) {
        auto document = plan_json(report, arguments.sql);
        if (traced) document["trace"] = trace_json(traced->view());
        session.print_json(document);
        return report.refusal ? traits(report.refusal->code).exit_code : done_code;
    }
    session.print(arguments.sql ? sql_text(report) : plan_text(report, session.out()));
    if (traced) {
        for (const auto& note : traced->report.notes) session.note(note);
        session.print("\nTraced in a shadow:\n" + trace_text(traced->view(), session.out()));
    }
    session.warn(report.warnings);
    if (report.refusal) return session.fail_beside_json(*report.refusal);
    return done_code;
}

void declare_migrate_plan(Arguments& arguments) {
    const auto given = std::make_shared<PlanArguments>();
    arguments
        .verb(
            "migrate",
            "plan",
            "Show what `up` would do, and what it locks",
            [given](Session& s) { return plan(s, *given); }
        )
        .option("--to", given->selection.to, "MIGRATION", "Up to and with this one")
        .list("--only", given->selection.only, "MIGRATION", "These alone; what they need must be applied")
        .flag("--sql", given->sql, "The SQL itself, in order")
        .flag("--trace", given->trace, "Run it in a shadow first, and show what each statement was seen to do")
        .flag("--exit-code", given->exit_code, "End with 2 when there is something to run")
        .engine_options()
        .section_options("shadow.")
        .example("drydock migrate plan")
        .example("drydock migrate plan --sql --to 012")
        .example("drydock migrate plan --json --exit-code");
}

}  // namespace drydock::cli
