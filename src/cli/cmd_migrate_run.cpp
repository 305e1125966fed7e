#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/generated_rollbacks.h"
#include "cli/migrate_text.h"
#include "cli/plan_command.h"
#include "cli/preflight_command.h"
#include "cli/run_command.h"
#include "cli/session.h"
#include "migrate/engine.h"
#include "migrate/report_json.h"

// migrate up, rollback, down: the commands that run something.
namespace drydock::cli {
namespace {

constexpr int kNothingToDo = 10;

struct UpArguments {
    migrate::Selection selection;
    bool exit_code = false;
    bool dry_run = false;
    bool preflight = false;
};

struct RollbackArguments {
    std::vector<std::string> ids;
    std::optional<std::string> to;
    bool cascade = false;
    bool dry_run = false;
    std::vector<std::string> accepted;
};

Result<int> up(Session& session, const UpArguments& arguments) {
    if (arguments.dry_run) return plan(session, {.selection = arguments.selection, .exit_code = arguments.exit_code});
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    migrate::Context context{where, project, session.engine_options()};
    DRYDOCK_TRY(const auto gates, check_gates(session, context, arguments.selection, arguments.preflight));
    if (gates.refused) return gates.exit_code;
    if (session.settings().flag("migrate.prove")) {
        DRYDOCK_TRY(const auto standing, migrate::standing(context, arguments.selection, true, session.limits()));
        DRYDOCK_TRY(context.generated, prove_pending(session, project, standing.plan));
    }
    DRYDOCK_TRY(const auto report, migrate::up(context, arguments.selection, session.progress(), session.limits()));
    const bool nothing = report.done.empty() && !report.error;
    return report_run(session, report, nothing && arguments.exit_code ? kNothingToDo : 0);
}

Result<bool> agreed(Session& session, const migrate::RollbackPlan& plan) {
    if (!session.json()) session.tell(rollback_text(plan, session.out()));
    const bool loses =
        std::any_of(plan.items.begin(), plan.items.end(), [](const auto& i) { return !i.losses.empty(); });
    return session.confirm(loses ? "Roll back, and lose that data?" : "Roll back?");
}

Result<int> roll_back(
    Session& session,
    const migrate::RollbackSelection& selection,
    const std::vector<std::string>& accepted,
    bool dry_run
) {
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options(), rollback_generator(session)};
    DRYDOCK_TRY(const auto plan, migrate::plan_rollback(context, selection, session.limits()));
    if (dry_run) {
        if (session.json())
            session.print_json(to_json(plan));
        else
            session.print(rollback_text(plan, session.out()));
        return 0;
    }
    if (plan.items.empty()) return report_run(session, {}, 0);
    // Before any question: a yes to the rollback is none to the loss.
    DRYDOCK_TRY_VOID(migrate::accept_losses(plan, accepted));
    DRYDOCK_TRY(const bool yes, agreed(session, plan));
    if (!yes) {
        session.note("nothing was done");
        return traits(ErrorCode::cancelled).exit_code;
    }
    // What was agreed to, and not what the words of the selection may mean by now.
    migrate::RollbackSelection agreed_to{.cascade = selection.cascade};
    for (const auto& item : plan.items) {
        agreed_to.ids.push_back(item.id);
        if (item.source == "generated")
            agreed_to.generated.emplace(item.id, migrate::GeneratedRollback{item.sql, item.grade});
    }
    DRYDOCK_TRY(const auto report, migrate::roll_back(context, agreed_to, session.progress(), session.limits()));
    return report_run(session, report, 0);
}

Result<int> rollback(Session& session, const RollbackArguments& arguments) {
    migrate::RollbackSelection selection{.ids = arguments.ids, .to = arguments.to, .cascade = arguments.cascade};
    if (!selection.ids.empty() && selection.to) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "both migrations and --to were given",
            .hint = "name the ones to roll back, or with --to the last one that stays"
        };
    }
    if (selection.ids.empty() && !selection.to) selection.last = 1;
    return roll_back(session, selection, arguments.accepted, arguments.dry_run);
}

}  // namespace

void declare_migrate_run(Arguments& arguments) {
    const auto ups = std::make_shared<UpArguments>();
    arguments.verb("migrate", "up", "Apply what is pending", [ups](Session& s) { return up(s, *ups); })
        .option("--to", ups->selection.to, "MIGRATION", "Up to and with this one")
        .list("--only", ups->selection.only, "MIGRATION", "These alone; what they need must be applied")
        .flag("--dry-run", ups->dry_run, "Only show it: the same as `migrate plan`")
        .flag("--preflight", ups->preflight, "Ask the gates of `migrate preflight` first, and begin only on a go")
        .flag("--exit-code", ups->exit_code, "End with 10 when there was nothing to do")
        .section_options("shadow.")
        .engine_options()
        .example("drydock migrate up")
        .example("drydock migrate up --to 012 --database-url postgresql://deploy@db/shop")
        .example("drydock migrate up --only 014_index --lock-timeout 1s");

    const auto rollbacks = std::make_shared<RollbackArguments>();
    arguments
        .verb(
            "migrate",
            "rollback",
            "Take migrations back: those named, or the last one",
            [rollbacks](Session& s) { return rollback(s, *rollbacks); }
        )
        .arguments("MIGRATION", rollbacks->ids, "What to roll back; without any, the last one applied")
        .option("--to", rollbacks->to, "MIGRATION", "All that ran after this one, which stays")
        .flag("--cascade", rollbacks->cascade, "With them, all that depends on them")
        .list(
            "--accept-data-loss", rollbacks->accepted, "OBJECT", "Give up what is in it, as the refusal names it; all"
        )
        .flag("--dry-run", rollbacks->dry_run, "Only show what would run and what it would lose")
        .section_options("shadow.")
        .engine_options()
        .example("drydock migrate rollback")
        .example("drydock migrate rollback 014_index --yes")
        .example("drydock migrate rollback 012 --accept-data-loss app.orders.note")
        .example("drydock migrate rollback --to 012");

    const auto count = std::make_shared<std::optional<std::size_t>>();
    const auto dry_run = std::make_shared<bool>(false);
    const auto accepted = std::make_shared<std::vector<std::string>>();
    arguments
        .verb(
            "migrate",
            "down",
            "Take the last N migrations back",
            [count, accepted, dry_run](Session& s) {
                return roll_back(s, {.last = count->value_or(1)}, *accepted, *dry_run);
            }
        )
        .count("N", *count, "How many [1]")
        .list("--accept-data-loss", *accepted, "OBJECT", "Give up what is in it, as the refusal names it; all")
        .flag("--dry-run", *dry_run, "Only show what would run and what it would lose")
        .section_options("shadow.")
        .engine_options()
        .example("drydock migrate down 2 --yes");
}

}  // namespace drydock::cli
