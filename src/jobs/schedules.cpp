#include "jobs/schedules.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "audit/audit.h"
#include "base/encoding.h"
#include "jobs/cron.h"
#include "jobs/queries.h"
#include "jobs/statement.h"

namespace drydock::jobs {
namespace {

Error missing() {
    return Error{.code = ErrorCode::not_found, .message = "there is no such schedule"};
}

Schedule schedule_of(const pg::Rows& rows, int row) {
    const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
    Schedule schedule;
    schedule.id = text(0);
    schedule.organization_id = text(1);
    schedule.name = text(2);
    schedule.kind = text(3);
    schedule.cron = text(4);
    schedule.args = text(5);
    schedule.enabled = rows.boolean(row, 6);
    schedule.catch_up = rows.text(row, 7) == "skip" ? CatchUp::skip : CatchUp::once;
    schedule.last_job_id = text(8);
    schedule.created_by = text(9);
    schedule.next_run_at = text(10);
    schedule.last_run_at = text(11);
    schedule.created_at = text(12);
    schedule.updated_at = text(13);
    return schedule;
}

Result<> note(
    control::Transaction& transaction,
    std::string_view action,
    std::string_view id,
    std::string_view name,
    const boost::json::object& details
) {
    if (transaction.actor().is_system()) return {};
    return audit::append(
        transaction,
        {.action = std::string{action},
         .object_type = "schedule",
         .object_id = std::string{id},
         .object_name = std::string{name},
         .details = boost::json::serialize(details)}
    );
}

boost::json::object details_of(const ScheduleDraft& draft) {
    return {
        {"kind", draft.kind}, {"cron", draft.cron}, {"enabled", draft.enabled}, {"catch_up", name_of(draft.catch_up)}
    };
}

// What can be said against it, and when it is due first, in seconds since 1970.
Result<std::string> first_time(control::Transaction& transaction, const Kinds& kinds, const ScheduleDraft& draft) {
    DRYDOCK_TRY_VOID(require(transaction, "schedules:write"));
    DRYDOCK_TRY(const auto* const kind, kinds.get(draft.kind));
    if (!kind->permission.empty()) DRYDOCK_TRY_VOID(require(transaction, kind->permission));
    DRYDOCK_TRY_VOID(check_args(transaction, draft.args));
    DRYDOCK_TRY(const auto cron, Cron::parse(draft.cron));
    DRYDOCK_TRY(const auto rows, transaction.query(queries::database_time));
    const std::chrono::sys_seconds now{std::chrono::seconds{rows.integer(0, 0)}};
    return std::to_string(cron.next_after(now).time_since_epoch().count());
}

Error explained(Error error, const ScheduleDraft& draft) {
    if (error.sqlstate == "23505") {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("there is a schedule named \"{}\" already", draft.name),
            .hint = "Change that one, or choose another name.",
        };
    }
    if (error.sqlstate.starts_with("23") || error.sqlstate.starts_with("22")) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message =
                "the schedule has a name that is empty or too long, or arguments that are no JSON object or hold a "
                "secret",
            .detail = error.message,
            .sqlstate = error.sqlstate,
        };
    }
    return error;
}

}  // namespace

std::string_view name_of(CatchUp catch_up) {
    return catch_up == CatchUp::skip ? "skip" : "once";
}

Result<std::string> create_schedule(control::Transaction& transaction, const Kinds& kinds, const ScheduleDraft& draft) {
    DRYDOCK_TRY(const auto next, first_time(transaction, kinds, draft));
    const auto& actor = transaction.actor();
    const auto made = transaction.query(
        queries::insert_schedule,
        {draft.name,
         draft.kind,
         draft.cron,
         draft.args,
         draft.enabled ? "true" : "false",
         name_of(draft.catch_up),
         next,
         actor.is_system() ? pg::Param{} : optional(actor.user_id)}
    );
    if (!made) return explained(made.error(), draft);
    std::string id{made->text(0, 0)};
    DRYDOCK_TRY_VOID(note(transaction, "schedule.created", id, draft.name, details_of(draft)));
    return id;
}

Result<> change_schedule(
    control::Transaction& transaction, const Kinds& kinds, std::string_view id, const ScheduleDraft& draft
) {
    if (!is_uuid(id)) return missing();
    DRYDOCK_TRY(const auto next, first_time(transaction, kinds, draft));
    DRYDOCK_TRY_VOID(transaction.one(queries::list_schedules, {id, pg::Param{}}, missing().message));
    const auto changed = transaction.query(
        queries::update_schedule,
        {id,
         draft.name,
         draft.kind,
         draft.cron,
         draft.args,
         draft.enabled ? "true" : "false",
         name_of(draft.catch_up),
         next}
    );
    if (!changed) return explained(changed.error(), draft);
    if (changed->size() == 0) return {};  // it was so already
    return note(transaction, "schedule.changed", id, draft.name, details_of(draft));
}

Result<> remove_schedule(control::Transaction& transaction, std::string_view id) {
    DRYDOCK_TRY_VOID(require(transaction, "schedules:write"));
    if (!is_uuid(id)) return missing();
    DRYDOCK_TRY(const auto gone, transaction.one(queries::delete_schedule, {id}, missing().message));
    return note(transaction, "schedule.removed", id, gone.text(0, 0), {});
}

Result<> ensure_schedule(control::Transaction& transaction, const Kinds& kinds, const ScheduleDraft& draft) {
    DRYDOCK_TRY(const auto there, transaction.query(queries::list_schedules, {pg::Param{}, draft.name}));
    if (there.size() > 0) return {};
    DRYDOCK_TRY_VOID(create_schedule(transaction, kinds, draft));
    return {};
}

Result<Enqueued> run_now(control::Transaction& transaction, const Queue& queue, std::string_view id) {
    if (!is_uuid(id)) return missing();
    DRYDOCK_TRY(const auto rows, transaction.one(queries::list_schedules, {id, pg::Param{}}, missing().message));
    const auto schedule = schedule_of(rows, 0);
    return queue.enqueue(transaction, {.kind = schedule.kind, .args = schedule.args, .schedule_id = schedule.id});
}

Result<std::vector<Schedule>> list_schedules(control::Store& store, const control::Actor& actor, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::list_schedules, {pg::Param{}, pg::Param{}}, limits));
    std::vector<Schedule> schedules;
    for (int row = 0; row < rows.size(); ++row) schedules.push_back(schedule_of(rows, row));
    return schedules;
}

Result<Schedule> get_schedule(
    control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits
) {
    if (!is_uuid(id)) return missing();
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::list_schedules, {id, pg::Param{}}, limits));
    if (rows.size() == 0) return missing();
    return schedule_of(rows, 0);
}

}  // namespace drydock::jobs
