#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/migrate_text.h"
#include "cli/run_command.h"
#include "cli/session.h"
#include "migrate/engine.h"
#include "migrate/report_json.h"

// migrate repair, baseline, release: what a person decides about history.
namespace drydock::cli {
namespace {

namespace json = boost::json;
using migrate::State;

struct Trouble {
    migrate::Item item;
    std::string command;
    std::string difference;
};

struct RepairArguments {
    std::optional<std::string> accept;
    std::optional<std::string> reason;
};

std::string command_for(const migrate::Item& item, bool rollback_interrupted) {
    switch (item.state) {
        case State::changed:
            return fmt::format("put the old text back, or: drydock migrate repair --accept {} --reason \"…\"", item.id);
        case State::missing:
            return "bring the file back from version control; where that is meant: --missing ignore";
        case State::interrupted:
            return rollback_interrupted ? fmt::format("drydock migrate rollback {}", item.id) : "drydock migrate up";
        case State::late:
            return "drydock migrate up --late run, or give it a higher number";
        default:
            return "mend the file, then: drydock migrate up";
    }
}

bool in_trouble(const migrate::Item& item) {
    return item.state == State::changed || item.state == State::missing || item.state == State::interrupted ||
           item.state == State::late || item.failed_before;
}

Result<std::vector<Trouble>> find_trouble(const migrate::Context& context, const Limits& limits) {
    DRYDOCK_TRY(const auto standing, migrate::standing(context, {}, false, limits));
    std::vector<Trouble> all;
    for (const auto& item : standing.plan.items) {
        if (!in_trouble(item)) continue;
        const auto* const row = standing.history.find(item.id);
        Trouble trouble{.item = item, .command = command_for(item, row != nullptr && row->down)};
        if (item.state == State::changed) {
            DRYDOCK_TRY(trouble.difference, migrate::difference(context, item.id, limits));
        }
        all.push_back(std::move(trouble));
    }
    return all;
}

json::object trouble_json(const std::vector<Trouble>& all) {
    json::array array;
    for (const auto& trouble : all) {
        auto object = to_json(trouble.item);
        object["command"] = json_text(trouble.command);
        if (!trouble.difference.empty()) object["difference"] = json_text(trouble.difference);
        array.push_back(std::move(object));
    }
    return {{"trouble", std::move(array)}};
}

std::string difference_text(std::string_view difference, const Terminal& terminal) {
    std::string text;
    while (!difference.empty()) {
        const auto end = difference.find('\n');
        const auto line = difference.substr(0, end);
        const auto tone = line.starts_with('+')   ? Tone::ok
                          : line.starts_with('-') ? Tone::error
                          : line.starts_with('@') ? Tone::faint
                                                  : Tone::plain;
        text += "    " + painted(tone, printable(line, true), terminal) + "\n";
        if (end == std::string_view::npos) break;
        difference.remove_prefix(end + 1);
    }
    return text;
}

std::string trouble_text(const std::vector<Trouble>& all, const Terminal& terminal) {
    if (all.empty()) return "nothing needs repair\n";
    std::string text;
    for (const auto& trouble : all) {
        const auto& item = trouble.item;
        text += fmt::format(
            "{}  {}{}{}\n",
            state_text(item.state, terminal),
            painted(Tone::bold, printable(item.id), terminal),
            item.why.empty() ? "" : ": ",
            printable(item.why)
        );
        text += difference_text(trouble.difference, terminal);
        text += fmt::format("    {}\n", printable(trouble.command));
    }
    return text;
}

Result<int> repair(Session& session, const RepairArguments& arguments) {
    DRYDOCK_TRY(const auto project, session.project());
    if (arguments.accept) {
        DRYDOCK_TRY(
            const auto reason,
            needed_reason(arguments.reason, fmt::format("migrate repair --accept {}", *arguments.accept))
        );
        DRYDOCK_TRY(const auto index, project.find(*arguments.accept));
        const auto& id = project.at(index).id;
        DRYDOCK_TRY(const auto where, session.target());
        const migrate::Context context{where, project, session.engine_options()};
        DRYDOCK_TRY_VOID(migrate::accept(context, id, reason, session.limits()));
        if (session.json())
            session.print_json(json::object{{"accepted", json_text(id)}});
        else
            session.tell(fmt::format("history takes {} as it is today\n", printable(id)));
        return 0;
    }
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    DRYDOCK_TRY(const auto all, find_trouble(context, session.limits()));
    if (session.json())
        session.print_json(trouble_json(all));
    else
        session.print(trouble_text(all, session.out()));
    return 0;
}

Result<int> baseline(
    Session& session, const std::optional<std::string>& to, const std::optional<std::string>& given_reason
) {
    DRYDOCK_TRY(const auto reason, needed_reason(given_reason, "migrate baseline"));
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    DRYDOCK_TRY(const auto report, migrate::baseline(context, to, reason, session.limits()));
    if (session.json()) {
        session.print_json(json::object{{"recorded", json_texts(report.recorded)}});
        return 0;
    }
    if (report.recorded.empty()) {
        session.tell("nothing to record: all of them are in history\n");
        return 0;
    }
    session.tell(fmt::format("recorded as applied, without running: {}\n", counted(report.recorded.size(), "migration"))
    );
    for (const auto& id : report.recorded) session.tell(fmt::format("  {}\n", printable(id)));
    return 0;
}

Result<int> release(Session& session, const std::string& wanted, const std::optional<std::string>& given_reason) {
    DRYDOCK_TRY(const auto reason, needed_reason(given_reason, fmt::format("migrate release {}", wanted)));
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    return release_held(session, context, wanted, reason, "drydock migrate up");
}

}  // namespace

void declare_migrate_repair(Arguments& arguments) {
    const auto given = std::make_shared<RepairArguments>();
    arguments
        .verb(
            "migrate",
            "repair",
            "What needs a decision, and the command for it",
            [given](Session& s) { return repair(s, *given); }
        )
        .option("--accept", given->accept, "MIGRATION", "History takes this changed file as it is today")
        .option("--reason", given->reason, "TEXT", "Why; history keeps it")
        .example("drydock migrate repair")
        .example("drydock migrate repair --accept 003_orders --reason 'only a typo in a COMMENT'");

    struct BaselineArguments {
        std::optional<std::string> to;
        std::optional<std::string> reason;
    };
    const auto base = std::make_shared<BaselineArguments>();
    arguments
        .verb(
            "migrate",
            "baseline",
            "Record migrations as applied without running them",
            [base](Session& s) { return baseline(s, base->to, base->reason); }
        )
        .option("--to", base->to, "MIGRATION", "Up to and with this one; not given: all")
        .option("--reason", base->reason, "TEXT", "Why; history keeps it")
        .example("drydock migrate baseline --to 040 --reason 'made by the old scripts'");

    struct ReleaseArguments {
        std::string id;
        std::optional<std::string> reason;
    };
    const auto held = std::make_shared<ReleaseArguments>();
    arguments
        .verb(
            "migrate",
            "release",
            "Let a held migration run from now on",
            [held](Session& s) { return release(s, held->id, held->reason); }
        )
        .argument("MIGRATION", held->id, "The held one")
        .option("--reason", held->reason, "TEXT", "Why; history keeps it")
        .example("drydock migrate release 007_restrictive_rls --reason 'all services set the organisation'");
}

}  // namespace drydock::cli
