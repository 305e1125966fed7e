#include <algorithm>
#include <filesystem>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/db_command.h"
#include "cli/migrate_text.h"
#include "cli/read_report.h"
#include "cli/remote.h"
#include "cli/remote_job.h"
#include "cli/run_command.h"
#include "cli/session.h"

// db migrations, migrate, rollback, validate: what is done to registered databases by the server, so that nobody else
// needs their passwords.
namespace drydock::cli {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

struct Given {
    std::string name;
    std::optional<std::string> dir;
    std::optional<std::string> to;
    std::string fail_on{};
    bool plan = false;
    bool preflight = false;
    bool cascade = false;
    std::vector<std::string> ids;
    std::vector<std::string> accepted;
    std::vector<std::string> groups;
    std::vector<std::string> only;
    std::vector<std::string> skip;
    std::optional<std::size_t> budget;
    bool full = false;
};

json::array texts(const std::vector<std::string>& given) {
    json::array array;
    for (const auto& text : given) {
        for (const auto word : split(text, ','))
            if (!trim(word).empty()) array.emplace_back(trim(word));
    }
    return array;
}

// Every SQL file of a folder, as the server takes them. What begins with a point is not looked at, as everywhere.
Result<json::array> files_of(const fs::path& dir) {
    json::array files;
    std::vector<fs::path> paths;
    std::error_code error;
    auto entry = fs::recursive_directory_iterator(dir, error);
    if (error) return file_error("reading", dir, error.value());
    for (; entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
        if (error) return file_error("reading", dir, error.value());
        const auto& path = entry->path();
        if (path.filename().string().starts_with('.')) {
            entry.disable_recursion_pending();
            continue;
        }
        if (entry->is_directory(error)) continue;
        if (path.extension() == ".sql") {
            paths.push_back(path);
        } else if (path.parent_path() == dir / "hooks") {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("{}: a server runs no programs of yours, only SQL", path.string()),
                .hint = "Make the hook SQL, or run it yourself before and after.",
            };
        }
    }
    std::ranges::sort(paths);
    for (const auto& path : paths) {
        DRYDOCK_TRY(const auto text, read_file(path));
        if (first_invalid_utf8(text)) {
            return Error{.code = ErrorCode::invalid_argument, .message = fmt::format("{} is not UTF-8", path.string())};
        }
        files.push_back(json::object{{"path", path.lexically_relative(dir).generic_string()}, {"text", text}});
    }
    return files;
}

Result<int> migrations(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    const auto path = path_of_database(shown(database, "id")) + "/migrations";
    const std::optional<std::string> project{session.settings().text("project")};
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = with_query(path + "?limit=200", {{"project", project}}),
         .columns =
             {{"migration"},
              {"state"},
              {"ran"},
              {"ms", Table::Align::right},
              {"by"},
              {"checksum"},
              {"error", Table::Align::left, true}},
         .row = [](const json::object& row) -> std::vector<Table::Cell> {
             return {
                 {shown(row, "id"), Tone::bold},
                 shown_state(row, "state"),
                 shown_moment(row, "started_at"),
                 shown(row, "duration_ms"),
                 shown(row, "client"),
                 shown(row, "checksum").substr(0, 12),
                 shown(row, "error")
             };
         },
         .when_empty = "drydock has not migrated this database"}
    ));
    DRYDOCK_TRY(const auto status, api.get(with_query(path + "/status", {{"project", project}}), session.limits()));
    const auto& standing = status.as_object();
    for (const auto& id : standing.at("unfinished").as_array()) {
        const bool runs = shown(standing, "running") == "true";
        session.warn(fmt::format("{} {}", printable(id.as_string()), runs ? "is under way" : "stopped on the way"));
    }
    return 0;
}

std::string finding_text(Session& session, const json::object& finding) {
    const bool error = shown(finding, "severity") == "error";
    auto text = fmt::format(
        "{}:{}:{} {} {}: {}\n",
        printable(shown(finding, "file")),
        shown(finding, "line"),
        shown(finding, "column"),
        painted(error ? Tone::error : Tone::warn, shown(finding, "severity"), session.out()),
        shown(finding, "rule"),
        printable(shown(finding, "message"))
    );
    const auto* const fix = finding.if_contains("fix");
    if (fix == nullptr || !fix->is_array()) return text;
    for (const auto& line : fix->as_array()) {
        if (line.is_string())
            text += painted(Tone::ok, fmt::format("  + {}\n", printable(line.as_string())), session.out());
    }
    return text;
}

std::string plan_text(Session& session, const json::object& plan) {
    const auto& run = plan.at("run").as_array();
    auto text = run.empty() ? std::string{"nothing to run"} : counted(run.size(), "migration") + " to run";
    text += fmt::format(", {} applied\n", shown(plan, "applied"));
    for (const auto& one : run) {
        const auto& item = one.as_object();
        text += fmt::format(
            "\n{}  {}\n", painted(Tone::bold, printable(shown(item, "id")), session.out()), shown(item, "road")
        );
        for (const auto& each : item.at("statements").as_array()) {
            const auto& statement = each.as_object();
            text += fmt::format("{:>6}  {}\n", shown(statement, "line"), shown(statement, "command"));
            for (const auto& touched : statement.at("relations").as_array()) {
                const auto& relation = touched.as_object();
                if (shown(relation, "created_here") == "true") continue;
                text += fmt::format(
                    "        {} on {}, blocks {}\n",
                    shown(relation, "lock"),
                    printable(shown(relation, "name")),
                    shown(relation, "blocks")
                );
            }
            const auto* const findings = statement.if_contains("findings");
            if (findings == nullptr) continue;
            for (const auto& finding : findings->as_array())
                text += "        " + finding_text(session, finding.as_object());
        }
    }
    return text;
}

Result<int> show_plan(Session& session, client::Api& api, const std::string& path, json::object body) {
    DRYDOCK_TRY(const auto answer, api.call("POST", path + "/plan", body, session.limits()));
    const auto& plan = answer.body.as_object();
    const auto* const refusal = plan.if_contains("error");
    const auto code = refusal == nullptr ? 0 : traits(report_error(refusal->as_object()).code).exit_code;
    if (session.json()) {
        session.print_json(plan);
        return code;
    }
    session.print(plan_text(session, plan));
    if (refusal != nullptr) return session.fail_beside_json(report_error(refusal->as_object()));
    return 0;
}

// As the local commands end: what was done, and the exit code of what went wrong.
int end_run(Session& session, const json::object& job) {
    const auto* const result = job.if_contains("result");
    const bool succeeded = shown(job, "state") == "succeeded";
    if (result == nullptr || !result->is_object()) {
        if (succeeded) return 0;
        return session.fail(error_of(job));
    }
    const auto& report = result->as_object();
    if (const auto* const findings = report.if_contains("findings")) {
        if (session.json()) {
            session.print_json(report);
            return kNotWell;
        }
        for (const auto& finding : findings->as_array()) session.print(finding_text(session, finding.as_object()));
        session.fail_beside_json(error_of(job));
        return kNotWell;
    }
    auto read = run_report_of(report);
    if (!succeeded && !read.error) read.error = error_of(job);
    return report_run(session, read, 0);
}

Result<int> run_job(Session& session, client::Api& api, const std::string& path, const json::object& body) {
    DRYDOCK_TRY(const auto made, api.call("POST", path, body, session.limits()));
    DRYDOCK_TRY(const auto job, finished(session, api, made.body.as_object()));
    return end_run(session, job);
}

Result<int> migrate(Session& session, const Given& given) {
    auto api = remote(session);
    const auto& settings = session.settings();
    DRYDOCK_TRY(auto files, files_of(settings.text("dir")));
    json::object body{
        {"files", std::move(files)}, {"project", settings.text("project")}, {"environment", settings.text("env")}
    };
    if (given.to) body["to"] = *given.to;
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    const auto path = path_of_database(shown(database, "id")) + "/migrations";
    if (given.plan) return show_plan(session, api, path, std::move(body));
    if (!given.fail_on.empty()) body["fail_on"] = given.fail_on;
    body["preflight"] = given.preflight;
    return run_job(session, api, path, body);
}

Result<int> roll_back(Session& session, const Given& given) {
    auto api = remote(session);
    json::object body{
        {"ids", texts(given.ids)},
        {"project", session.settings().text("project")},
        {"cascade", given.cascade},
        {"accept_data_loss", texts(given.accepted)},
    };
    if (given.to) body["to"] = *given.to;
    // History keeps the rollbacks that it was given, so there need not be a folder.
    if (const auto& dir = session.settings().text("dir"); fs::is_directory(dir)) {
        DRYDOCK_TRY(body["files"], files_of(dir));
    }
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    const auto what = given.to            ? fmt::format("all that ran after {}", printable(*given.to))
                      : given.ids.empty() ? std::string{"the last migration"}
                                          : counted(given.ids.size(), "migration");
    DRYDOCK_TRY_VOID(agree(session, fmt::format("Roll back {} on {}?", what, shown(database, "name"))));
    return run_job(session, api, path_of_database(shown(database, "id")) + "/migrations/rollback", body);
}

std::string findings_text(Session& session, const json::object& report) {
    std::string text;
    for (const auto& each : report.at("checks").as_array()) {
        const auto& check = each.as_object();
        const auto* const findings = check.if_contains("findings");
        if (findings == nullptr) continue;
        text +=
            fmt::format("{}  {}\n", painted(Tone::bold, shown(check, "check"), session.out()), shown(check, "title"));
        for (const auto& item : findings->as_array()) {
            const auto& finding = item.as_object();
            text += fmt::format("  {}: {}\n", shown(finding, "severity"), printable(shown(finding, "message")));
        }
        const auto left = check.at("total").to_number<std::size_t>() - findings->as_array().size();
        if (left > 0) text += fmt::format("  … and {} more\n", left);
    }
    const auto& counts = report.at("severities").as_object();
    return text + fmt::format(
                      "{} critical, {} warning, {} info; {} checks were not made or only in part\n",
                      shown(counts, "critical"),
                      shown(counts, "warning"),
                      shown(counts, "info"),
                      report.at("counts").at("not_checked").to_number<std::int64_t>() +
                          report.at("counts").at("partly_checked").to_number<std::int64_t>()
                  );
}

Result<int> validate(Session& session, const Given& given) {
    auto api = remote(session);
    json::object body{{"full", given.full}};
    if (given.dir) {
        DRYDOCK_TRY(body["files"], files_of(*given.dir));
    }
    if (!given.groups.empty()) body["groups"] = texts(given.groups);
    if (!given.only.empty()) body["only"] = texts(given.only);
    if (!given.skip.empty()) body["skip"] = texts(given.skip);
    if (given.budget) body["budget_seconds"] = *given.budget;
    DRYDOCK_TRY(const auto database, find_database(api, given.name, session.limits()));
    const auto path = path_of_database(shown(database, "id")) + "/validations";
    DRYDOCK_TRY(const auto made, api.call("POST", path, body, session.limits()));
    DRYDOCK_TRY(const auto job, finished(session, api, made.body.as_object()));
    if (shown(job, "state") != "succeeded") return error_of(job);
    const auto& result = job.at("result").as_object();
    DRYDOCK_TRY(const auto found, api.get("/validations/" + shown(result, "validation_id"), session.limits()));
    const auto& report = found.as_object().at("report").as_object();
    if (session.json())
        session.print_json(report);
    else
        session.print(findings_text(session, report));
    // As `validate` ends: with what is at least as grave as the setting says.
    for (const std::string severity : {"critical", "warning", "info"}) {
        if (session.settings().text("validate.fail_on") == "never") break;
        if (shown(result, severity) != "0") return kNotWell;
        if (severity == session.settings().text("validate.fail_on")) break;
    }
    return 0;
}

}  // namespace

void declare_db_changes(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("db", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("migrations", "What its own history says: which migrations ran, when, by whom", migrations)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .example("drydock db migrations shop/orders");
    verb("migrate", "Have the server apply what is pending of the folder of migrations, and wait for it", migrate)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .option("--to", given->to, "MIGRATION", "Up to and with this one")
        .choice(
            "--fail-on",
            given->fail_on,
            {"error", "warning", "notice", "never"},
            "The weakest finding of lint that refuses the run [error]"
        )
        .flag("--preflight", given->preflight, "Begin only when the gates of `migrate preflight` say go")
        .flag("--plan", given->plan, "Only show what would run, and what it locks")
        .example("drydock db migrate shop/orders --dir migrations --plan")
        .example("drydock db migrate shop/orders --fail-on warning");
    verb("rollback", "Have the server take migrations back: those named, or the last one", roll_back)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .each("--only", given->ids, "MIGRATION", "This one; may be given again")
        .option("--to", given->to, "MIGRATION", "All that ran after this one, which stays")
        .flag("--cascade", given->cascade, "With them, all that depends on them")
        .each("--accept-data-loss", given->accepted, "OBJECT", "Give up what is in it, as the refusal names it; all")
        .example("drydock db rollback shop/orders --to 012");
    verb("validate", "Have the server check it, and show what was found", validate)
        .argument("NAME", given->name, "Its name, PROJECT/NAME or id")
        .option("--dir", given->dir, "FOLDER", "With checks of your own: a query a file")
        .each("--group", given->groups, "GROUP", "schema, data, performance or security; may be given again")
        .each("--only", given->only, "CHECK,…", "These checks alone")
        .each("--skip", given->skip, "CHECK,…", "All but these")
        .count("--seconds", given->budget, "For all of them [60]")
        .flag("--full", given->full, "Read big tables whole, not a sample of them")
        .example("drydock db validate shop/orders --dir checks");
}

}  // namespace drydock::cli
