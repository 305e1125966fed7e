#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// schedule: what makes jobs at certain times.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string name;
    std::optional<std::string> new_name;
    std::optional<std::string> kind;
    std::optional<std::string> cron;
    std::optional<std::string> args;
    std::string catch_up;
    bool disabled = false;
    bool enable = false;
    bool disable = false;
};

const Kind& schedule_kind() {
    static const Kind kind{
        .noun = "schedule", .list = "drydock schedule list", .path = "/schedules", .id = "id", .names = {"name"}
    };
    return kind;
}

Result<int> list(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/schedules",
         .columns = {{"name"}, {"kind"}, {"cron (UTC)"}, {"next"}, {"last"}, {"enabled"}},
         .row = [](const json::object& schedule) -> std::vector<Table::Cell> {
             const bool enabled = shown(schedule, "enabled") == "true";
             return {
                 {shown(schedule, "name"), Tone::bold},
                 shown(schedule, "kind"),
                 shown(schedule, "cron"),
                 enabled ? shown_moment(schedule, "next_run_at") : std::string{},
                 shown_moment(schedule, "last_run_at"),
                 {enabled ? "yes" : "no", enabled ? Tone::ok : Tone::warn}
             };
         },
         .when_empty = "no schedules; `drydock schedule create` makes one"}
    ));
    return 0;
}

Result<int> show(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto schedule, find_one(api, schedule_kind(), given.name, session.limits()));
    print_object(session, schedule);
    return 0;
}

// What is given over what is there.
Result<json::object> draft_of(const Given& given, json::object draft) {
    if (given.kind) draft["kind"] = *given.kind;
    if (given.cron) draft["cron"] = *given.cron;
    if (!given.catch_up.empty()) draft["catch_up"] = given.catch_up;
    if (given.args) {
        DRYDOCK_TRY(auto args, json_object(*given.args, "--args"));
        draft["args"] = std::move(args);
    }
    return draft;
}

Result<int> create(Session& session, const Given& given) {
    DRYDOCK_TRY_VOID(needed(given.kind, "--kind"));
    DRYDOCK_TRY_VOID(needed(given.cron, "--cron"));
    DRYDOCK_TRY(const auto draft, draft_of(given, {{"name", given.name}, {"enabled", !given.disabled}}));
    auto api = remote(session);
    DRYDOCK_TRY(const auto made, api.call("POST", "/schedules", draft, session.limits()));
    const auto& schedule = made.body.as_object();
    print_done(
        session,
        fmt::format("made {}; it runs next at {} UTC", given.name, shown_moment(schedule, "next_run_at")),
        schedule
    );
    return 0;
}

Result<int> change(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto present, find_one(api, schedule_kind(), given.name, session.limits()));
    json::object draft;
    for (const char* const key : {"name", "kind", "cron", "args", "enabled", "catch_up"}) {
        if (const auto* const value = present.if_contains(key)) draft[key] = *value;
    }
    if (given.new_name) draft["name"] = *given.new_name;
    if (given.enable && given.disable) {
        return Error{.code = ErrorCode::invalid_argument, .message = "--enable and --disable are both given"};
    }
    if (given.enable || given.disable) draft["enabled"] = given.enable;
    DRYDOCK_TRY(draft, draft_of(given, std::move(draft)));
    DRYDOCK_TRY(const auto changed, api.call("PUT", "/schedules/" + shown(present, "id"), draft, session.limits()));
    print_done(session, fmt::format("changed {}", given.name), changed.body.as_object());
    return 0;
}

Result<int> run(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto present, find_one(api, schedule_kind(), given.name, session.limits()));
    DRYDOCK_TRY(
        const auto answer, api.call("POST", "/schedules/" + shown(present, "id") + "/run", {}, session.limits())
    );
    const auto& job = answer.body.as_object();
    print_done(session, fmt::format("{}  {}", shown(job, "id"), shown(job, "state")), job);
    return 0;
}

Result<int> remove(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto present, find_one(api, schedule_kind(), given.name, session.limits()));
    DRYDOCK_TRY_VOID(agree(session, fmt::format("Remove the schedule {}?", given.name)));
    DRYDOCK_TRY_VOID(api.call("DELETE", "/schedules/" + shown(present, "id"), {}, session.limits()));
    print_done(session, fmt::format("removed {}", given.name), {{"removed", shown(present, "id")}});
    return 0;
}

void add_draft_options(Verb& verb, Given& given) {
    verb.option("--kind", given.kind, "KIND", "What is to be done, as in `drydock job run`")
        .option("--cron", given.cron, "TEXT", "When, in UTC: five fields, or @hourly, @daily …")
        .option("--args", given.args, "JSON", "What the kind asks for")
        .choice("--catch-up", given.catch_up, {"once", "skip"}, "Times that were missed: one job for all, or none");
}

}  // namespace

void declare_schedule(Arguments& arguments) {
    arguments.noun("schedule", "What is done at certain times");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run_it) {
        return arguments.verb("schedule", name, what, [given, run_it](Session& s) { return run_it(s, *given); });
    };
    verb("list", "All of them", list).example("drydock schedule list");
    verb("show", "One of them", show)
        .argument("SCHEDULE", given->name, "Its name or id")
        .example("drydock schedule show nightly");
    auto creating = verb("create", "A new one", create);
    creating.argument("NAME", given->name, "What people call it");
    add_draft_options(creating, *given);
    creating.flag("--disabled", given->disabled, "It does nothing yet")
        .example("drydock schedule create nightly --kind databases.test --cron '0 3 * * *'");
    auto changing = verb("change", "Change what is given", change);
    changing.argument("SCHEDULE", given->name, "Its name or id")
        .option("--name", given->new_name, "NAME", "Another name");
    add_draft_options(changing, *given);
    changing.flag("--enable", given->enable, "From now on it works")
        .flag("--disable", given->disable, "It stays, and does nothing")
        .example("drydock schedule change nightly --cron @hourly")
        .example("drydock schedule change nightly --disable");
    verb("run", "Now, whatever its times", run)
        .argument("SCHEDULE", given->name, "Its name or id")
        .example("drydock schedule run nightly");
    verb("remove", "Remove it; the jobs that it made stay", remove)
        .argument("SCHEDULE", given->name, "Its name or id")
        .example("drydock schedule remove nightly");
}

}  // namespace drydock::cli
