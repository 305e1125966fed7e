#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/status_report.h"
#include "cli/table.h"
#include "migrate/engine.h"
#include "migrate/report_json.h"

// migrate status and history: what stands where, and how it came to be.
namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr int kPending = 2;
struct StatusArguments {
    bool all = false;
    bool exit_code = false;
};

struct HistoryArguments {
    std::optional<std::string> id;
    bool events = false;
};

std::string row_time(const migrate::Row& row) {
    return row.duration_ms ? human_duration(std::chrono::milliseconds{*row.duration_ms}) : std::string{};
}

Result<int> status(Session& session, const StatusArguments& arguments) {
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    DRYDOCK_TRY(const auto standing, migrate::standing(context, {}, false, session.limits()));
    const auto place = printable(project.folder().dir.string());
    const StatusWords words{.place = place, .next = "drydock migrate up"};
    if (session.json())
        session.print_json(status_json(context, standing, words));
    else
        session.print(status_text(context, standing, words, arguments.all, session.out()));
    if (!arguments.exit_code) return 0;
    if (standing.plan.count(migrate::State::changed) > 0) return traits(ErrorCode::drift).exit_code;
    return standing.plan.run.empty() ? 0 : kPending;
}

std::string rows_text(const std::vector<const migrate::Row*>& rows, const Terminal& terminal) {
    if (rows.empty()) return "nothing has run here yet\n";
    Table table{{
        {"migration", Table::Align::left, true},
        {"status"},
        {"when"},
        {"took", Table::Align::right},
        {"statements", Table::Align::right},
        {"by", Table::Align::left, true},
        {"rollback"},
    }};
    for (const auto* const row : rows) {
        const auto tone = row->status == migrate::Status::applied  ? Tone::ok
                          : row->status == migrate::Status::failed ? Tone::error
                                                                   : Tone::warn;
        auto status = std::string{name(row->status)};
        if (row->origin != "run") status += fmt::format(" ({})", row->origin);
        table.add({
            row->id,
            {std::move(status), tone},
            row->started_at,
            row_time(*row),
            std::to_string(row->statements),
            row->client.empty() ? row->applied_by : row->client,
            row->rollback_source,
        });
    }
    return table.text(terminal);
}

std::string events_text(const std::vector<migrate::Event>& events, const Terminal& terminal) {
    if (events.empty()) return "nothing has happened here yet\n";
    Table table{
        {{"when"}, {"migration", Table::Align::left, true}, {"event"}, {"by"}, {"detail", Table::Align::left, true}}
    };
    for (const auto& event : events) {
        table.add({event.at, event.id, event.event, event.client.empty() ? event.by_role : event.client, event.detail});
    }
    return table.text(terminal);
}

// By the project's names (a number is enough), or what history alone knows.
std::string history_id(const migrate::Project& project, const migrate::History& history, const std::string& wanted) {
    const auto index = project.find(wanted);
    if (index && history.find(project.at(*index).id) != nullptr) return project.at(*index).id;
    return wanted;
}

Result<int> history(Session& session, const HistoryArguments& arguments) {
    DRYDOCK_TRY(const auto project, session.project());
    DRYDOCK_TRY(const auto where, session.target());
    const migrate::Context context{where, project, session.engine_options()};
    DRYDOCK_TRY(const auto standing, migrate::standing(context, {}, false, session.limits()));
    const auto& known = standing.history;
    std::vector<const migrate::Row*> rows;
    std::optional<std::string> id;
    if (arguments.id) {
        id = history_id(project, known, *arguments.id);
        const auto* const row = known.find(*id);
        if (row == nullptr) {
            std::vector<std::string> names;
            for (const auto& other : known.rows) names.push_back(other.id);
            const auto near = did_you_mean(*id, names);
            return Error{
                .code = ErrorCode::not_found,
                .message = fmt::format("history knows no migration {}", *id),
                .hint = near ? fmt::format("did you mean {}?", *near) : "`drydock migrate history` lists what it knows"
            };
        }
        rows.push_back(row);
    } else {
        for (const auto& row : known.rows) rows.push_back(&row);
    }
    std::vector<migrate::Event> events;
    const bool with_events = arguments.events || id.has_value();
    if (with_events) {
        DRYDOCK_TRY(events, migrate::events(context, id, session.limits()));
    }
    if (session.json()) {
        json::array listed;
        for (const auto* const row : rows) listed.push_back(to_json(*row));
        json::object object{{"project", json_text(context.options.project)}, {"history", std::move(listed)}};
        if (with_events) {
            auto& happened = object["events"].emplace_array();
            for (const auto& event : events) happened.push_back(to_json(event));
        }
        session.print_json(object);
        return 0;
    }
    if (!arguments.events || id) session.print(rows_text(rows, session.out()));
    if (id && !rows[0]->error.empty()) session.print(fmt::format("error: {}\n", printable(rows[0]->error, true)));
    if (id) session.print("\n");
    if (with_events) session.print(events_text(events, session.out()));
    return 0;
}

}  // namespace

void declare_migrate_status(Arguments& arguments) {
    const auto asked = std::make_shared<StatusArguments>();
    arguments
        .verb(
            "migrate",
            "status",
            "What is applied, what is not, and why",
            [asked](Session& s) { return status(s, *asked); }
        )
        .flag("--all", asked->all, "List the applied ones too")
        .flag(
            "--exit-code",
            asked->exit_code,
            "End with 2 when something is pending, with 7 when an applied file was changed"
        )
        .engine_options()
        .example("drydock migrate status")
        .example("drydock migrate status --json --exit-code");

    const auto past = std::make_shared<HistoryArguments>();
    arguments
        .verb("migrate", "history", "What ran, when, and by whom", [past](Session& s) { return history(s, *past); })
        .optional_argument("MIGRATION", past->id, "This one alone, with all that happened to it")
        .flag("--events", past->events, "Every change of state")
        .example("drydock migrate history")
        .example("drydock migrate history 012")
        .example("drydock migrate history --events --json");
}

}  // namespace drydock::cli
