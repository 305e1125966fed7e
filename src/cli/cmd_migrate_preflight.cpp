#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/preflight_command.h"
#include "cli/preflight_report.h"
#include "cli/session.h"
#include "migrate/report_json.h"
#include "preflight/preflight.h"

// migrate preflight: go or no-go for what `up` would do.
namespace drydock::cli {
namespace {

using preflight::Outcome;
using preflight::Verdict;

preflight::Policy policy_of(const std::string& text) {
    return text == "off"     ? preflight::Policy::off
           : text == "block" ? preflight::Policy::block
                             : preflight::Policy::warn;
}

preflight::Options options_of(const Session& session) {
    const auto& s = session.settings();
    return {
        .backup = policy_of(s.text("preflight.backup")),
        .window = s.text("preflight.window"),
        .transaction_age = s.duration("preflight.transaction_age"),
        .big_table = s.bytes("preflight.big_table"),
        .big_lock = policy_of(s.text("preflight.big_lock")),
        .replication_lag = s.duration("preflight.replication_lag"),
        .slot_wal = s.bytes("preflight.slot_wal"),
        .replication = policy_of(s.text("preflight.replication")),
        .connections = s.count("preflight.connections"),
        .probe_time = s.duration("preflight.probe_time"),
        .warnings_are_fatal = s.text("preflight.fail_on") == "warn",
    };
}

int exit_code(const preflight::Report& report) {
    return report.verdict == Verdict::no_go ? traits(ErrorCode::conflict).exit_code : 0;
}

Result<int> preflight_command(Session& session, const migrate::Selection& selection) {
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    DRYDOCK_TRY(const auto report, preflight::check(context, selection, options_of(session), session.limits()));
    if (session.json())
        session.print_json(to_json(report));
    else
        session.print(preflight_text(report, session.out()));
    return exit_code(report);
}

void warn_of(Session& session, const preflight::Report& report) {
    for (const auto& gate : report.gates) {
        if (gate.outcome >= Outcome::unknown) session.warn(fmt::format("preflight, {}: {}", gate.id, gate.why));
    }
}

}  // namespace

Result<GateCheck> check_gates(
    Session& session, const migrate::Context& context, const migrate::Selection& selection, bool asked_for
) {
    const auto& mode = session.settings().text("migrate.preflight");
    if (mode == "off" && !asked_for) return GateCheck{};
    DRYDOCK_TRY(const auto report, preflight::check(context, selection, options_of(session), session.limits()));
    const bool refuses = asked_for || mode == "block";
    // Where nothing is to run, nothing can go wrong: `up` says so itself.
    if (report.verdict != Verdict::no_go || !refuses ||
        (report.run.empty() && report.find("plan")->outcome != Outcome::block)) {
        if (!report.run.empty()) warn_of(session, report);
        return GateCheck{};
    }
    auto reasons = report.ids(Outcome::block);
    if (reasons.empty()) reasons = {"warnings, with preflight.fail_on = warn"};
    const Error error{
        .code = ErrorCode::conflict,
        .message = fmt::format("no go: {}; nothing was run", fmt::join(reasons, ", ")),
        .hint = "`drydock migrate preflight` asks again"
    };
    if (session.json()) {
        session.print_json(boost::json::object{{"error", to_json(error)}, {"preflight", to_json(report)}});
    } else {
        session.tell(preflight_text(report, session.out()));
        session.fail_beside_json(error);
    }
    return GateCheck{.refused = true, .exit_code = traits(error.code).exit_code};
}

void declare_migrate_preflight(Arguments& arguments) {
    const auto selection = std::make_shared<migrate::Selection>();
    arguments
        .verb(
            "migrate",
            "preflight",
            "Go or no-go: what stands in the way of `up`",
            [selection](Session& s) { return preflight_command(s, *selection); }
        )
        .option("--to", selection->to, "MIGRATION", "Up to and with this one")
        .list("--only", selection->only, "MIGRATION", "These alone; what they need must be applied")
        .section_options("preflight.")
        .engine_options()
        .example("drydock migrate preflight")
        .example("drydock migrate preflight --fail-on warn --json")
        .example("drydock migrate preflight --to 012 --window \"Sat 22:00-06:00 Europe/Berlin\"");
}

}  // namespace drydock::cli
