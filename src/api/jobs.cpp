#include "api/jobs.h"

#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "jobs/lookup.h"
#include "jobs/queue.h"
#include "jobs/schedules.h"

// Work in the background: jobs, and schedules that make them.
namespace drydock::api {
namespace {

using namespace http;

const std::string kJobs = "/api/v2/jobs";
const std::string kSchedules = "/api/v2/schedules";

Schema state_schema() {
    return text(plain).one_of({"queued", "running", "succeeded", "failed", "cancelled", "unknown"});
}
Schema moment() {
    return text(plain).date_time().nullable();
}

std::vector<Field> draft_fields(bool input) {
    const auto presence = input ? Presence::required_input : Presence::output;
    const auto optional = input ? Presence::input : Presence::output;
    return {
        {"name", text(plain).length(1, 200), presence},
        {"kind", text(plain).length(1, 63).example("audit.verify"), presence},
        {"cron",
         text(plain).length(1, 200).example("@daily").describe("Five fields in UTC, or @hourly, @daily …"),
         presence},
        {"args", map(any(plain)), optional},
        {"enabled", boolean().fallback(true), optional},
        {"catch_up",
         text(plain)
             .one_of({"once", "skip"})
             .fallback("once")
             .describe("When times were missed: one job for all of them, or none."),
         optional},
    };
}

Schema schedule_schema() {
    auto fields = draft_fields(false);
    fields.insert(fields.begin(), {"id", text(plain).uuid().id_of("schedule"), Presence::output});
    fields.push_back({"next_run_at", moment(), Presence::output});
    fields.push_back({"last_run_at", moment(), Presence::output});
    fields.push_back({"last_job_id", text(plain).uuid().not_an_object().nullable(), Presence::output});
    fields.push_back({"created_at", moment(), Presence::output});
    fields.push_back({"updated_at", moment(), Presence::output});
    return object("Schedule", "Makes jobs at certain times.", std::move(fields));
}

json::object to_json(const jobs::Schedule& schedule) {
    return {
        {"id", schedule.id},
        {"name", schedule.name},
        {"kind", schedule.kind},
        {"cron", schedule.cron},
        {"args", document(schedule.args)},
        {"enabled", schedule.enabled},
        {"catch_up", jobs::name_of(schedule.catch_up)},
        {"next_run_at", text_or_null(schedule.next_run_at)},
        {"last_run_at", text_or_null(schedule.last_run_at)},
        {"last_job_id", text_or_null(schedule.last_job_id)},
        {"created_at", text_or_null(schedule.created_at)},
        {"updated_at", text_or_null(schedule.updated_at)},
    };
}

jobs::ScheduleDraft draft_of(const Call& call) {
    jobs::ScheduleDraft draft{
        .name = text_field(call, "name"),
        .kind = text_field(call, "kind"),
        .cron = text_field(call, "cron"),
        .enabled = optional_boolean(call, "enabled").value_or(true),
        .catch_up = text_field(call, "catch_up") == "skip" ? jobs::CatchUp::skip : jobs::CatchUp::once,
    };
    if (const auto* const args = field(call, "args")) draft.args = json::serialize(*args);
    return draft;
}

Result<Reply> list_jobs(const Services& services, Call& call) {
    const jobs::JobFilter filter{
        .state = query_text(call, "state").value_or(""),
        .kind = query_text(call, "kind").value_or(""),
        .schedule_id = query_text(call, "schedule_id").value_or(""),
        .cursor = std::string{call.cursor()},
        .limit = static_cast<int>(call.limit()),
    };
    DRYDOCK_TRY(const auto found, jobs::list_jobs(services.store, actor(call), filter, call.limits));
    json::array items;
    for (const auto& job : found.jobs) items.push_back(job_json(job));
    return Reply::page(std::move(items), found.next_cursor);
}

Result<Reply> enqueue(const Services& services, Call& call) {
    jobs::NewJob wanted{.kind = text_field(call, "kind"), .dedup_key = text_field(call, "key")};
    if (const auto* const args = field(call, "args")) wanted.args = json::serialize(*args);
    DRYDOCK_TRY(const auto made, services.store.run(actor(call), call.limits, [&](control::Transaction& transaction) {
        return services.queue.enqueue(transaction, wanted);
    }));
    return made_job(services, call, made.id);
}

Result<Reply> cancel(const Services& services, Call& call) {
    const std::string id{call.path_text("id")};
    DRYDOCK_TRY_VOID(services.store.run(actor(call), call.limits, [&](control::Transaction& transaction) {
        return services.queue.cancel(transaction, id);
    }));
    DRYDOCK_TRY(const auto job, jobs::get_job(services.store, actor(call), id, call.limits));
    return Reply{job_json(job)};
}

Result<Reply> resolve(const Services& services, Call& call) {
    const std::string id{call.path_text("id")};
    const bool succeeded = text_field(call, "state") == "succeeded";
    DRYDOCK_TRY_VOID(services.store.run(actor(call), call.limits, [&](control::Transaction& transaction) {
        return services.queue.resolve(transaction, id, succeeded, text_field(call, "remark"));
    }));
    DRYDOCK_TRY(const auto job, jobs::get_job(services.store, actor(call), id, call.limits));
    return Reply{job_json(job)};
}

Result<Reply> attempts(const Services& services, Call& call) {
    DRYDOCK_TRY_VOID(jobs::get_job(services.store, actor(call), call.path_text("id"), call.limits));
    DRYDOCK_TRY(const auto found, jobs::list_attempts(services.store, actor(call), call.path_text("id"), call.limits));
    json::array items;
    for (const auto& attempt : found) {
        items.push_back(json::object{
            {"fence", attempt.fence},
            {"worker", attempt.worker},
            {"outcome", text_or_null(attempt.outcome)},
            {"error_code", text_or_null(attempt.error_code)},
            {"error_message", text_or_null(attempt.error_message)},
            {"started_at", text_or_null(attempt.started_at)},
            {"sent_at", text_or_null(attempt.sent_at)},
            {"ended_at", text_or_null(attempt.ended_at)},
        });
    }
    return Reply::page(std::move(items), {});
}

std::vector<Route> job_part(const Services& services) {
    const Drafts drafts{"jobs"};
    const auto read = Access::permission("jobs:read");
    const auto run = Access::permission("jobs:run");
    auto listing =
        drafts.read(kJobs, "list_jobs", "Jobs, the newest first", read, many(job_schema()), [&services](Call& call) {
            return list_jobs(services, call);
        });
    listing.query = {
        {"state", state_schema()},
        {"kind", text(plain).length(1, 63)},
        {"schedule_id", text(plain).uuid().not_an_object()},
    };
    auto creation = drafts.change(
        Method::post,
        kJobs,
        "enqueue_job",
        "Have something done",
        run,
        one(job_schema(), 202),
        [&services](Call& call) { return enqueue(services, call); }
    );
    creation.request = object(
        "JobRequest",
        "What is to be done.",
        {
            {"kind", text(plain).length(1, 63), Presence::required_input},
            {"args", map(any(plain)), Presence::input},
            {"key",
             text(plain).length(1, 200).describe(
                 "While a job of this kind and key is not finished, there is no second one."
             ),
             Presence::input},
        }
    );
    creation.creates = true;
    auto reading = drafts.read(
        kJobs + "/{id:uuid}",
        "get_job",
        "One of them",
        read,
        one(job_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto job, jobs::get_job(services.store, actor(call), call.path_text("id"), call.limits));
            return Reply{job_json(job)};
        }
    );
    auto history = drafts.read(
        kJobs + "/{id:uuid}/attempts",
        "list_job_attempts",
        "How often it was begun, by which server, and how that ended",
        read,
        many(object(
            "JobAttempt",
            "A try.",
            {
                {"fence", integer().range(0, INT64_MAX), Presence::output},
                {"worker", text(plain), Presence::output},
                {"outcome", text(plain).nullable(), Presence::output},
                {"error_code", text(plain).nullable(), Presence::output},
                {"error_message", text(plain).nullable(), Presence::output},
                {"started_at", moment(), Presence::output},
                {"sent_at", moment(), Presence::output},
                {"ended_at", moment(), Presence::output},
            }
        )),
        [&services](Call& call) { return attempts(services, call); }
    );
    auto cancelling = drafts.change(
        Method::post,
        kJobs + "/{id:uuid}/cancel",
        "cancel_job",
        "Cancel it: at once while it waits; else its work is asked to stop",
        run,
        one(job_schema()),
        [&services](Call& call) { return cancel(services, call); }
    );
    auto resolving = drafts.change(
        Method::post,
        kJobs + "/{id:uuid}/resolve",
        "resolve_job",
        "Say what became of an `unknown` one, after a look at what it was to do",
        run,
        one(job_schema()),
        [&services](Call& call) { return resolve(services, call); }
    );
    resolving.request = object(
        "JobResolution",
        "What somebody found who has looked.",
        {
            {"state", text(plain).one_of({"succeeded", "failed"}), Presence::required_input},
            {"remark", text(plain).length(1, 500).describe("What was seen; it is audited."), Presence::required_input},
        }
    );
    for (auto* const route : {&reading, &history, &cancelling, &resolving}) route->path_objects = {{"id", "job"}};
    return {
        std::move(listing),
        std::move(creation),
        std::move(reading),
        std::move(history),
        std::move(cancelling),
        std::move(resolving),
    };
}

template <class Work>
Result<Reply> schedule_after(const Services& services, Call& call, const std::string& id, Work work) {
    DRYDOCK_TRY_VOID(jobs::get_schedule(services.store, actor(call), id, call.limits));
    DRYDOCK_TRY_VOID(services.store.run(actor(call), call.limits, work));
    DRYDOCK_TRY(const auto found, jobs::get_schedule(services.store, actor(call), id, call.limits));
    return Reply{to_json(found)};
}

std::vector<Route> schedule_part(const Services& services) {
    const Drafts drafts{"schedules"};
    const auto read = Access::permission("jobs:read");
    const auto write = Access::permission("schedules:write");
    const auto request = object("ScheduleDraft", "What is to be done, and when.", draft_fields(true));
    auto listing = drafts.read(
        kSchedules,
        "list_schedules",
        "What is done at certain times",
        read,
        many(schedule_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, jobs::list_schedules(services.store, actor(call), call.limits));
            json::array items;
            for (const auto& schedule : found) items.push_back(to_json(schedule));
            return Reply::page(std::move(items), {});
        }
    );
    auto creation = drafts.change(
        Method::post,
        kSchedules,
        "create_schedule",
        "A new one",
        write,
        one(schedule_schema(), 201),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto id,
                services.store.run(
                    actor(call),
                    call.limits,
                    [&](control::Transaction& transaction) {
                        return jobs::create_schedule(transaction, services.kinds, draft_of(call));
                    }
                )
            );
            DRYDOCK_TRY(const auto found, jobs::get_schedule(services.store, actor(call), id, call.limits));
            return Reply{to_json(found)};
        }
    );
    creation.request = request;
    creation.creates = true;
    auto reading = drafts.read(
        kSchedules + "/{id:uuid}",
        "get_schedule",
        "One of them",
        read,
        one(schedule_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto found, jobs::get_schedule(services.store, actor(call), call.path_text("id"), call.limits)
            );
            return Reply{to_json(found)};
        }
    );
    auto changing = drafts.change(
        Method::put,
        kSchedules + "/{id:uuid}",
        "change_schedule",
        "Change it",
        write,
        one(schedule_schema()),
        [&services](Call& call) {
            const std::string id{call.path_text("id")};
            return schedule_after(services, call, id, [&](control::Transaction& transaction) {
                return jobs::change_schedule(transaction, services.kinds, id, draft_of(call));
            });
        }
    );
    changing.request = request;
    auto removing = drafts.change(
        Method::remove,
        kSchedules + "/{id:uuid}",
        "remove_schedule",
        "Remove it; the jobs that it made stay",
        write,
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(services.store.run(actor(call), call.limits, [&](control::Transaction& transaction) {
                return jobs::remove_schedule(transaction, call.path_text("id"));
            }));
            return Reply{};
        }
    );
    auto running = drafts.change(
        Method::post,
        kSchedules + "/{id:uuid}/run",
        "run_schedule",
        "Now, whatever its times",
        Access::permission("jobs:run"),
        one(job_schema(), 202),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto made,
                services.store.run(
                    actor(call),
                    call.limits,
                    [&](control::Transaction& transaction) {
                        return jobs::run_now(transaction, services.queue, call.path_text("id"));
                    }
                )
            );
            return made_job(services, call, made.id);
        }
    );
    for (auto* const route : {&reading, &changing, &removing, &running}) route->path_objects = {{"id", "schedule"}};
    return {
        std::move(listing),
        std::move(creation),
        std::move(reading),
        std::move(changing),
        std::move(removing),
        std::move(running)
    };
}

}  // namespace

Schema job_schema() {
    return object(
        "Job",
        "A piece of work in the background.",
        {
            {"id", text(plain).uuid().id_of("job"), Presence::output},
            {"kind", text(plain), Presence::output},
            {"args", any(plain), Presence::output},
            {"state", state_schema(), Presence::output},
            {"priority", integer().range(-100, 100), Presence::output},
            {"attempt", integer().range(0, 1'000'000), Presence::output},
            {"max_attempts", integer().range(1, 1'000'000), Presence::output},
            {"at_most_once", boolean(), Presence::output},
            {"cancel_requested", boolean(), Presence::output},
            {"schedule_id", text(plain).uuid().not_an_object().nullable(), Presence::output},
            {"requested_by", text(plain).uuid().not_an_object().nullable(), Presence::output},
            {"progress", any(plain).nullable(), Presence::output},
            {"result", any(bulk).nullable(), Presence::output},
            {"error",
             object(
                 "JobError",
                 "Why it failed.",
                 {{"code", text(plain), Presence::output}, {"message", text(plain), Presence::output}}
             ).nullable(),
             Presence::output},
            {"run_at", moment(), Presence::output},
            {"created_at", moment(), Presence::output},
            {"started_at", moment(), Presence::output},
            {"finished_at", moment(), Presence::output},
        }
    );
}

Result<Reply> made_job(const Services& services, const Call& call, const std::string& id) {
    const auto job = jobs::get_job(services.store, actor(call), id, call.limits);
    if (!job) {
        auto error = control::may_be_done(job.error());
        error.message = fmt::format("the job {} was made, but could not be read back", id);
        error.hint = "Ask for it by its id before you make another one.";
        return error;
    }
    Reply reply{job_json(*job)};
    reply.headers.add("Location", kJobs + "/" + id);
    return reply;
}

json::object job_json(const jobs::Job& job) {
    json::object object{
        {"id", job.id},
        {"kind", job.kind},
        {"args", document(job.args)},
        {"state", jobs::name_of(job.state)},
        {"priority", job.priority},
        {"attempt", job.attempt},
        {"max_attempts", job.max_attempts},
        {"at_most_once", job.at_most_once},
        {"cancel_requested", job.cancel_requested},
        {"schedule_id", text_or_null(job.schedule_id)},
        {"requested_by", text_or_null(job.requested_by)},
        {"progress", document(job.progress)},
        {"result", document(job.result)},
        {"error", nullptr},
        {"run_at", text_or_null(job.run_at)},
        {"created_at", text_or_null(job.created_at)},
        {"started_at", text_or_null(job.started_at)},
        {"finished_at", text_or_null(job.finished_at)},
    };
    if (!job.error_code.empty())
        object["error"] = json::object{{"code", job.error_code}, {"message", job.error_message}};
    return object;
}

std::vector<Route> job_routes(const Services& services) {
    auto routes = job_part(services);
    for (auto& route : schedule_part(services)) routes.push_back(std::move(route));
    return routes;
}

}  // namespace drydock::api
