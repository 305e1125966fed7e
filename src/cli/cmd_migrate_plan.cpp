#include <memory>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/plan_command.h"
#include "cli/plan_report.h"
#include "cli/session.h"
#include "migrate/target.h"

// migrate plan: what `up` would do, without doing it.
namespace drydock::cli {
namespace {

using migrate::State;

constexpr int kPending = 2;
constexpr std::chrono::seconds kSizesTime{5};

// Asked for on a connection of its own, so that a table that somebody has locked costs a moment and nothing else.
std::optional<Sizes> read_sizes(const migrate::Context& context, const PlanReport& report, const Limits& limits) {
    std::set<std::pair<std::string, std::string>> wanted;
    for (const auto& entry : report.run) {
        for (const auto& statement : entry.view.statements) {
            for (const auto& relation : statement.effect.relations) {
                if (!relation.created_here) wanted.emplace(relation.schema, relation.name);
            }
        }
    }
    Sizes sizes;
    if (wanted.empty()) return sizes;
    std::vector<migrate::RelationName> names;
    for (const auto& [schema, name] : wanted) names.push_back({schema, name});
    const auto soon = limits.at_most(kSizesTime);
    auto target = migrate::Target::open(context.where, context.options, soon);
    if (!target) return std::nullopt;
    const auto found = migrate::relation_sizes(target->connection(), names, soon);
    if (!found) return std::nullopt;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if ((*found)[i]) sizes.emplace(std::pair{names[i].schema, names[i].name}, *(*found)[i]);
    }
    return sizes;
}

bool waits(State state) {
    return state == State::held || state == State::blocked || state == State::changed || state == State::missing;
}

Result<PlanReport> make_report(
    const migrate::Context& context, const migrate::Selection& selection, const Limits& limits
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
    for (const auto i : plan.run) {
        const auto& item = plan.items[i];
        const auto& migration = context.project.at(*item.index);
        DRYDOCK_TRY(
            auto view, view_script(migration.path, migration.header, context.options.placeholders, Detail::effects)
        );
        for (const auto& name : view.without_value) {
            report.warnings.push_back(
                fmt::format("{} asks for ${{{}}}, which has no value here: `up` would refuse it", item.id, name)
            );
        }
        report.run.push_back({.item = item, .path = migration.path.string(), .view = std::move(view)});
    }
    for (const auto& item : plan.items) {
        if (waits(item.state)) report.waiting.push_back(item);
    }
    report.sizes = read_sizes(context, report, limits);
    return report;
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
    DRYDOCK_TRY(const auto report, make_report(context, arguments.selection, session.limits()));
    const int done_code = arguments.exit_code && !report.run.empty() ? kPending : 0;
    if (session.json()) {
        session.print_json(plan_json(report, arguments.sql));
        return report.refusal ? traits(report.refusal->code).exit_code : done_code;
    }
    session.print(arguments.sql ? sql_text(report) : plan_text(report, session.out()));
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
        .flag("--exit-code", given->exit_code, "End with 2 when there is something to run")
        .engine_options()
        .example("drydock migrate plan")
        .example("drydock migrate plan --sql --to 012")
        .example("drydock migrate plan --json --exit-code");
}

}  // namespace drydock::cli
