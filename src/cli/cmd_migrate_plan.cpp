#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/lint_world.h"
#include "cli/plan_command.h"
#include "cli/plan_report.h"
#include "cli/session.h"
#include "cli/trace_command.h"

// migrate plan: what `up` would do, without doing it.
namespace drydock::cli {
namespace {

constexpr int kPending = 2;
// What the plan would do after what is applied.
std::vector<prove::TraceOptions::Item> sequence_of(const plan::PlanReport& report) {
    std::vector<prove::TraceOptions::Item> sequence;
    for (const auto index : report.applied_here) sequence.push_back({.index = index, .traced = false});
    for (const auto& entry : report.run) sequence.push_back({.index = *entry.item.index, .traced = true});
    return sequence;
}

std::string sql_text(const plan::PlanReport& report) {
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
    DRYDOCK_TRY(const auto report, plan::make_report(context, arguments.selection, lint_options, session.limits()));
    const int done_code = arguments.exit_code && !report.run.empty() ? kPending : 0;
    std::optional<TracedPlan> traced;
    if (arguments.trace && !report.run.empty()) {
        DRYDOCK_TRY(traced, trace_in_shadow(session, project, sequence_of(report), true));
    }
    if (session.json()) {
        auto document = plan::plan_json(report, arguments.sql);
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
