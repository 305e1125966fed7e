#include <algorithm>
#include <chrono>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// audit: who did what, and whether that record is whole.
namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kUsual = 50;
constexpr std::chrono::minutes kLong{10};

struct Given {
    std::optional<std::string> from;
    std::optional<std::string> before;
    std::optional<std::string> action;
    std::optional<std::string> outcome;
    std::optional<std::string> object_type;
    std::optional<std::string> object_id;
    std::optional<std::size_t> most;
    std::optional<std::string> output;
    std::optional<std::string> checkpoints;
    bool no_personal_data = false;
};

std::string filtered(std::string path, const Given& given) {
    return with_query(
        std::move(path),
        {{"from", given.from},
         {"before", given.before},
         {"action", given.action},
         {"outcome", given.outcome},
         {"object_type", given.object_type},
         {"object_id", given.object_id}}
    );
}

constexpr std::string_view kNobody = "00000000-0000-4000-8000-000000000000";  // drydock's own work

std::string who_did(const json::object& line) {
    if (shown(line, "via") == "operator") return fmt::format("operator {}", shown(line, "login"));
    if (shown(line, "user_id") == kNobody) return "drydock";
    for (const char* const key : {"user_name", "login", "user_id"}) {
        if (auto text = shown(line, key); !text.empty()) return text;
    }
    return "drydock";
}

Result<int> list(Session& session, const Given& given) {
    const auto most = given.most.value_or(kUsual);
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = filtered(fmt::format("/audit?limit={}", std::clamp<std::size_t>(most, 1, 200)), given),
         .columns =
             {{"#", Table::Align::right},
              {"when"},
              {"who", Table::Align::left, true},
              {"action"},
              {"what", Table::Align::left, true},
              {"outcome"},
              {"from"}},
         .row = [](const json::object& line) -> std::vector<Table::Cell> {
             const auto name = shown(line, "object_name");
             return {
                 shown(line, "sequence"),
                 shown_moment(line, "occurred_at"),
                 who_did(line),
                 {shown(line, "action"), Tone::bold},
                 name.empty() ? shown(line, "object_id") : name,
                 shown_state(line, "outcome"),
                 shown(line, "address")
             };
         },
         .when_empty = "nothing like that is recorded",
         .most = most}
    ));
    return 0;
}

Result<int> write_out(Session& session, const std::optional<std::string>& file, const std::string& text) {
    if (!file) {
        session.print(text);
        return 0;
    }
    DRYDOCK_TRY_VOID(write_file(*file, text, 0600));
    return 0;
}

Result<int> export_lines(Session& session, const Given& given) {
    auto options = remote(session).options();
    options.time_limit = kLong;
    client::Api api{std::move(options)};
    auto path = filtered("/audit/export", given);
    if (given.no_personal_data) path = with_query(path, {{"personal_data", "false"}});
    if (given.output && given.checkpoints && *given.output == *given.checkpoints) {
        return Error{.code = ErrorCode::invalid_argument, .message = "--output and --checkpoints are the same file"};
    }
    // First the notes: a trail may be longer than they say, but never shorter.
    if (given.checkpoints) {
        DRYDOCK_TRY(const auto notes, api.bytes("/audit/checkpoints", session.limits()));
        DRYDOCK_TRY_VOID(write_file(*given.checkpoints, notes, 0600));
    }
    DRYDOCK_TRY(const auto lines, api.bytes(path, session.limits()));
    DRYDOCK_TRY_VOID(write_out(session, given.output, lines));
    if (given.output) {
        const auto count = std::count(lines.begin(), lines.end(), '\n');
        print_done(
            session,
            fmt::format("{} lines in {}; tools/verify-audit checks them anywhere", count, *given.output),
            {{"file", *given.output}, {"lines", count}}
        );
    }
    return 0;
}

Result<int> verify(Session& session, const Given&) {
    auto options = remote(session).options();
    options.time_limit = kLong;
    client::Api api{std::move(options)};
    DRYDOCK_TRY(const auto answer, api.call("POST", "/audit/verify", {}, session.limits()));
    const auto& report = answer.body.as_object();
    const bool whole = shown(report, "whole") == "true";
    const int exit_code = whole ? 0 : traits(ErrorCode::drift).exit_code;
    if (session.json()) {
        session.print_json(report);
        return exit_code;
    }
    const auto* const finding = report.if_contains("finding");
    if (whole) {
        session.tell(fmt::format(
            "the trail is whole: {} rows, {} signed checkpoints that reach to row {}\n",
            shown(report, "rows"),
            shown(report, "checkpoints"),
            shown(report, "signed_rows")
        ));
    } else if (finding != nullptr && finding->is_object()) {
        const auto& object = finding->as_object();
        session.print(fmt::format(
            "{} at row {}: {}\n", shown(object, "kind"), shown(object, "sequence"), printable(shown(object, "text"))
        ));
    }
    return exit_code;
}

void add_filters(Verb& verb, Given& given) {
    verb.option("--from", given.from, "TIME", "Not before this: 2026-07-01T00:00:00Z")
        .option("--before", given.before, "TIME", "Before this")
        .option("--action", given.action, "ACTION", "database.changed, or all of a kind: database.")
        .option("--outcome", given.outcome, "OUTCOME", "success, denied or failed")
        .option("--object-type", given.object_type, "TYPE", "database, project, …")
        .option("--object-id", given.object_id, "ID", "What it was done to");
}

}  // namespace

void declare_audit(Arguments& arguments) {
    arguments.noun("audit", "Who did what, and whether that record is whole");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("audit", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    auto listing = verb("list", "What was done, the newest first", list);
    add_filters(listing, *given);
    listing.count("--limit", given->most, "No more than so many [50]")
        .example("drydock audit list --action database. --from 2026-07-01T00:00:00Z")
        .example("drydock audit list --outcome denied");
    auto exporting = verb("export", "All of it, the oldest first, a JSON object a line", export_lines);
    add_filters(exporting, *given);
    exporting.option("--output", given->output, "FILE", "Instead of standard output")
        .option("--checkpoints", given->checkpoints, "FILE", "The signed checkpoints too, to verify it with")
        .flag(
            "--no-personal-data",
            given->no_personal_data,
            "Without names and addresses; it can be verified all the same"
        )
        .example("drydock audit export --output trail.ndjson --checkpoints notes");
    verb("verify", "Whether the trail is whole, by its hashes and signed checkpoints", verify)
        .example("drydock audit verify");
}

}  // namespace drydock::cli
