#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/remote_job.h"
#include "cli/session.h"

// job: work in the background.
namespace drydock::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kUsual = 50;

struct Given {
    std::string what;
    std::optional<std::string> state;
    std::optional<std::string> kind;
    std::optional<std::size_t> most;
    std::optional<std::string> args;
    std::optional<std::string> key;
    std::string outcome;
    std::optional<std::string> remark;
    bool wait = false;
};

Result<int> list(Session& session, const Given& given) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = with_query("/jobs", {{"state", given.state}, {"kind", given.kind}}),
         .columns =
             {{"id"},
              {"kind"},
              {"state"},
              {"tries", Table::Align::right},
              {"made"},
              {"ended"},
              {"error", Table::Align::left, true}},
         .row = [](const json::object& job) -> std::vector<Table::Cell> {
             const auto* const error = job.if_contains("error");
             const bool failed = error != nullptr && error->is_object();
             return {
                 shown(job, "id"),
                 {shown(job, "kind"), Tone::bold},
                 shown_state(job, "state"),
                 fmt::format("{}/{}", shown(job, "attempt"), shown(job, "max_attempts")),
                 shown_moment(job, "created_at"),
                 shown_moment(job, "finished_at"),
                 failed ? shown(error->as_object(), "message") : std::string{}
             };
         },
         .when_empty = "no jobs",
         .most = given.most.value_or(kUsual)}
    ));
    return 0;
}

Result<int> show(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto job, api.get("/jobs/" + client::encoded(given.what), session.limits()));
    DRYDOCK_TRY(const auto tries, api.get("/jobs/" + client::encoded(given.what) + "/attempts", session.limits()));
    auto object = job.as_object();
    const auto& attempts = tries.as_object().at("items").as_array();
    if (session.json()) {
        object["attempts"] = attempts;
        session.print_json(object);
        return 0;
    }
    print_object(session, object);
    Table table{{{"server"}, {"began"}, {"ended"}, {"outcome"}, {"error", Table::Align::left, true}}};
    for (const auto& item : attempts) {
        const auto& attempt = item.as_object();
        table.add(
            {shown(attempt, "worker"),
             shown_moment(attempt, "started_at"),
             shown_moment(attempt, "ended_at"),
             shown_state(attempt, "outcome"),
             shown(attempt, "error_message")}
        );
    }
    if (!table.empty()) session.print("\n" + table.text(session.out()));
    return 0;
}

Result<int> run(Session& session, const Given& given) {
    auto api = remote(session);
    json::object body{{"kind", given.what}};
    if (given.args) {
        DRYDOCK_TRY(auto args, json_object(*given.args, "--args"));
        body["args"] = std::move(args);
    }
    if (given.key) body["key"] = *given.key;
    DRYDOCK_TRY(const auto made, api.call("POST", "/jobs", body, session.limits()));
    auto job = made.body.as_object();
    if (given.wait) {
        DRYDOCK_TRY(job, finished(session, api, job));
    }
    print_done(session, fmt::format("{}  {}", shown(job, "id"), shown(job, "state")), job);
    const auto state = shown(job, "state");
    const bool failed = state == "failed" || state == "cancelled" || state == "unknown";
    return given.wait && failed ? traits(ErrorCode::failed).exit_code : 0;
}

Result<int> cancel(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(
        const auto answer, api.call("POST", "/jobs/" + client::encoded(given.what) + "/cancel", {}, session.limits())
    );
    const auto& job = answer.body.as_object();
    const bool over = shown(job, "state") == "cancelled";
    print_done(session, over ? "cancelled" : "asked to stop; `drydock job show` tells when it has", job);
    return 0;
}

Result<int> resolve(Session& session, const Given& given) {
    if (given.outcome.empty() || !given.remark) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "what became of the job is not said",
            .hint = "Give --as succeeded or --as failed, and how you know it with --note.",
        };
    }
    auto api = remote(session);
    const json::object body{{"state", given.outcome}, {"remark", *given.remark}};
    DRYDOCK_TRY(
        const auto answer, api.call("POST", "/jobs/" + client::encoded(given.what) + "/resolve", body, session.limits())
    );
    print_done(session, fmt::format("{} counts as {} from now on", given.what, given.outcome), answer.body.as_object());
    return 0;
}

}  // namespace

void declare_job(Arguments& arguments) {
    arguments.noun("job", "Work in the background");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run_it) {
        return arguments.verb("job", name, what, [given, run_it](Session& s) { return run_it(s, *given); });
    };
    verb("list", "Jobs, the newest first", list)
        .option("--state", given->state, "STATE", "queued, running, succeeded, failed, cancelled or unknown")
        .option("--kind", given->kind, "KIND", "Of this kind only")
        .count("--limit", given->most, "No more than so many [50]")
        .example("drydock job list --state failed");
    verb("show", "One of them, and each time it was tried", show)
        .argument("JOB", given->what, "Its id")
        .example("drydock job show 01981c1e-…");
    verb("run", "Have something done now", run)
        .argument("KIND", given->what, "What")
        .option("--args", given->args, "JSON", "What the kind asks for")
        .option("--key", given->key, "TEXT", "While one of this key is not over, there is no second one")
        .flag("--wait", given->wait, "Until it is over; ends with 5 when it failed")
        .example("drydock job run databases.test --wait");
    verb("cancel", "Cancel one: at once while it waits; else it is asked to stop", cancel)
        .argument("JOB", given->what, "Its id")
        .example("drydock job cancel 0198…");
    verb("resolve", "Say what became of one that is unknown, after a look", resolve)
        .argument("JOB", given->what, "Its id")
        .choice("--as", given->outcome, {"succeeded", "failed"}, "What you found")
        .option("--note", given->remark, "TEXT", "How you know; it is audited")
        .example("drydock job resolve 0198… --as succeeded --note 'the table is there'");
}

}  // namespace drydock::cli
