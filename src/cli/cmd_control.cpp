#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/run_command.h"
#include "cli/session.h"
#include "cli/status_report.h"
#include "control/project.h"
#include "migrate/engine.h"
#include "migrate/report_json.h"

// control: drydock's own schema, from the migrations that are built in.
namespace drydock::cli {
namespace {

constexpr StatusWords kWords{.place = "built in", .next = "drydock control init"};
constexpr int kPending = 2;

using control::BuiltInProject;

migrate::Options options_of(const Session& session) {
    return BuiltInProject::options(session.engine_options());
}

Result<int> init(Session& session) {
    DRYDOCK_TRY(const auto built_in, BuiltInProject::unpack());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, built_in.project(), options_of(session)};
    DRYDOCK_TRY(const auto report, migrate::up(context, {}, session.progress(), session.limits()));
    return report_run(session, report, 0);
}

Result<int> status(Session& session, bool all, bool exit_code) {
    DRYDOCK_TRY(const auto built_in, BuiltInProject::unpack());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, built_in.project(), options_of(session)};
    DRYDOCK_TRY(const auto standing, migrate::standing(context, {}, false, session.limits()));
    if (session.json())
        session.print_json(status_json(context, standing, kWords));
    else
        session.print(status_text(context, standing, kWords, all, session.out()));
    return exit_code && !standing.plan.run.empty() ? kPending : 0;
}

Result<int> release(Session& session, const std::string& wanted, const std::optional<std::string>& given_reason) {
    DRYDOCK_TRY(const auto reason, needed_reason(given_reason, fmt::format("control release {}", wanted)));
    DRYDOCK_TRY(const auto built_in, BuiltInProject::unpack());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, built_in.project(), options_of(session)};
    return release_held(session, context, wanted, reason, kWords.next);
}

}  // namespace

void declare_control(Arguments& arguments) {
    arguments.noun("control", "The control plane: drydock's own schema");
    arguments.verb("control", "init", "Make it, or bring it up to this version", init)
        .engine_options()
        .example("drydock control init")
        .example("drydock control init --database-url postgresql://drydock@db/drydock");

    const auto all = std::make_shared<bool>(false);
    const auto exit_code = std::make_shared<bool>(false);
    arguments
        .verb(
            "control",
            "status",
            "Whether it is there and up to date",
            [all, exit_code](Session& s) { return status(s, *all, *exit_code); }
        )
        .flag("--all", *all, "List the applied migrations too")
        .flag("--exit-code", *exit_code, "End with 2 when something is pending")
        .example("drydock control status");

    struct ReleaseArguments {
        std::string id;
        std::optional<std::string> reason;
    };
    const auto held = std::make_shared<ReleaseArguments>();
    arguments
        .verb(
            "control",
            "release",
            "Let a held migration of it run from now on",
            [held](Session& s) { return release(s, held->id, held->reason); }
        )
        .argument("MIGRATION", held->id, "The held one")
        .option("--reason", held->reason, "TEXT", "Why; history keeps it")
        .example("drydock control release 007_restrictive_rls --reason 'all programs set the organisation'");
}

}  // namespace drydock::cli
