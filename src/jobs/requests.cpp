// What people ask of the queue: Queue::enqueue, cancel, resolve.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "audit/audit.h"
#include "base/encoding.h"
#include "jobs/move.h"
#include "jobs/queries.h"
#include "jobs/queue.h"
#include "jobs/statement.h"

namespace drydock::jobs {
namespace {

// What drydock does by itself is told by the job's own history; what a person asked for is also in the audit trail.
Result<> note(
    control::Transaction& transaction,
    std::string_view action,
    std::string_view id,
    std::string_view kind,
    boost::json::object details = {}
) {
    if (transaction.actor().is_system()) return {};
    return audit::append(
        transaction,
        {.action = std::string{action},
         .object_type = "job",
         .object_id = std::string{id},
         .object_name = std::string{kind},
         .details = boost::json::serialize(details)}
    );
}

struct Locked {
    Ticket ticket{};
    std::string kind{};
    JobState state = JobState::queued;
};

Result<Locked> lock(control::Transaction& transaction, std::string_view id) {
    if (!is_uuid(id)) return Error{.code = ErrorCode::not_found, .message = "there is no such job"};
    DRYDOCK_TRY(const auto rows, transaction.one(queries::lock_job, {id}, "there is no such job"));
    return Locked{
        .ticket = {.id = std::string{rows.text(0, 0)}, .organization_id = std::string{rows.text(0, 1)}},
        .kind = std::string{rows.text(0, 2)},
        .state = job_state(rows.text(0, 3)).value_or(JobState::unknown),
    };
}

}  // namespace

Result<Enqueued> Queue::enqueue(control::Transaction& transaction, const NewJob& job) const {
    DRYDOCK_TRY(const auto* const kind, kinds_.get(job.kind));
    DRYDOCK_TRY_VOID(require(transaction, kind->permission.empty() ? "jobs:run" : kind->permission));
    DRYDOCK_TRY_VOID(check_args(transaction, job.args));
    const auto& actor = transaction.actor();
    const auto in = fmt::format("{:.3f}", std::chrono::duration<double>(job.in).count());
    const auto priority = std::to_string(job.priority);
    const auto attempts = std::to_string(kind->max_attempts);
    const auto due = job.due_at ? std::to_string(*job.due_at) : std::string{};
    const auto who = actor.is_system() ? pg::Param{} : optional(actor.user_id);
    // What stands in the way may be finished before it is looked for; then there is room.
    for (int tries = 0; tries < 5; ++tries) {
        DRYDOCK_TRY(
            const auto made,
            transaction.query(
                queries::enqueue,
                {job.kind,
                 job.args,
                 in,
                 priority,
                 attempts,
                 kind->at_most_once ? "true" : "false",
                 optional(job.dedup_key),
                 optional(job.schedule_id),
                 optional(due),
                 who,
                 kJobsChannel}
            )
        );
        if (made.size() == 1) {
            const Ticket ticket{.id = std::string{made.text(0, 0)}, .organization_id = actor.organization_id};
            DRYDOCK_TRY_VOID(note(transaction, "job.requested", ticket.id, job.kind));
            DRYDOCK_TRY_VOID(tell(
                transaction,
                ticket,
                "queued",
                boost::json::serialize(boost::json::object{{"kind", job.kind}, {"state", "queued"}})
            ));
            return Enqueued{.id = ticket.id};
        }
        DRYDOCK_TRY(
            const auto found,
            transaction.query(
                queries::existing_job, {job.kind, optional(job.dedup_key), optional(job.schedule_id), optional(due)}
            )
        );
        if (found.size() == 1) return Enqueued{.id = std::string{found.text(0, 0)}, .existed = true};
    }
    return Error{
        .code = ErrorCode::locked, .message = "another job of the same key comes and goes", .hint = "Try again."
    };
}

Result<JobState> Queue::cancel(control::Transaction& transaction, std::string_view id) const {
    DRYDOCK_TRY_VOID(require(transaction, "jobs:run"));
    DRYDOCK_TRY(const auto job, lock(transaction, id));
    if (is_finished(job.state)) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the job is {} already", name_of(job.state)),
        };
    }
    DRYDOCK_TRY_VOID(note(transaction, "job.cancelled", id, job.kind, {{"state", name_of(job.state)}}));
    if (job.state == JobState::queued) {
        const Move step{
            .to = JobState::cancelled,
            .how = "cancelled",
            .error_code = "cancelled",
            .error_message = "cancelled on request",
        };
        DRYDOCK_TRY_VOID(move(transaction, job.ticket, step));
        return JobState::cancelled;
    }
    DRYDOCK_TRY_VOID(transaction.query(queries::request_cancel, {id, kJobsChannel}));
    DRYDOCK_TRY_VOID(tell(transaction, job.ticket, "cancel_requested", "{}"));
    return JobState::running;
}

Result<> Queue::resolve(control::Transaction& transaction, std::string_view id, bool succeeded, std::string_view remark)
    const {
    DRYDOCK_TRY_VOID(require(transaction, "jobs:run"));
    DRYDOCK_TRY(const auto job, lock(transaction, id));
    if (job.state != JobState::unknown) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("the job is {}: there is nothing open about it", name_of(job.state)),
        };
    }
    const auto to = succeeded ? JobState::succeeded : JobState::failed;
    DRYDOCK_TRY_VOID(
        note(transaction, "job.resolved", id, job.kind, {{"state", name_of(to)}, {"remark", std::string{remark}}})
    );
    Move step{.from = JobState::unknown, .to = to, .how = name_of(to)};
    if (!succeeded) step.error_code = "failed";
    step.error_message = remark;
    DRYDOCK_TRY_VOID(move(transaction, job.ticket, step));
    return {};
}

}  // namespace drydock::jobs
