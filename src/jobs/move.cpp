#include "jobs/move.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "control/events.h"
#include "jobs/queries.h"
#include "jobs/queue.h"
#include "jobs/statement.h"

namespace drydock::jobs {
namespace {

// A queue works for all organizations; what happens to a job is told in its own.
Result<> enter(control::Transaction& transaction, std::string_view organization) {
    const auto& actor = transaction.actor();
    if (actor.organization_id == organization || !actor.is_system()) return {};
    return transaction.become(control::Actor::system(organization));
}

std::string told(const Job& job) {
    boost::json::object payload{
        {"kind", job.kind},
        {"state", name_of(job.state)},
        {"attempt", job.attempt},
        {"max_attempts", job.max_attempts},
    };
    if (!job.error_code.empty()) payload["error_code"] = job.error_code;
    if (!job.schedule_id.empty()) payload["schedule_id"] = job.schedule_id;
    return boost::json::serialize(payload);
}

}  // namespace

Job job_of(const pg::Rows& rows, int row) {
    const auto text = [&](int column) { return std::string{rows.text(row, column)}; };
    const auto number = [&](int column) { return static_cast<int>(rows.integer(row, column)); };
    return {
        .id = text(0),
        .organization_id = text(1),
        .kind = text(2),
        .args = text(3),
        .state = job_state(rows.text(row, 4)).value_or(JobState::unknown),
        .priority = number(5),
        .attempt = number(6),
        .max_attempts = number(7),
        .losses = number(8),
        .at_most_once = rows.boolean(row, 9),
        .locked_by = text(10),
        .fence = rows.integer(row, 11),
        .dedup_key = text(12),
        .schedule_id = text(13),
        .progress = text(14),
        .result = text(15),
        .error_code = text(16),
        .error_message = text(17),
        .requested_by = text(18),
        .cancel_requested = rows.boolean(row, 19),
        .run_at = text(20),
        .lease_until = text(21),
        .sent_at = text(22),
        .due_at = text(23),
        .created_at = text(24),
        .started_at = text(25),
        .finished_at = text(26),
    };
}

Result<> tell(control::Transaction& transaction, const Ticket& job, std::string_view kind, std::string_view payload) {
    DRYDOCK_TRY_VOID(enter(transaction, job.organization_id));
    if (job.organization_id.empty()) return {};
    return control::publish(
        transaction, {.topic = "jobs", .kind = std::string{kind}, .subject_id = job.id, .payload = std::string{payload}}
    );
}

Result<Job> move(control::Transaction& transaction, const Ticket& ticket, const Move& step) {
    if (!may_move(step.from, step.to)) {
        return Error{
            .code = ErrorCode::internal,
            .message = fmt::format("a job can't go from {} to {}", name_of(step.from), name_of(step.to)),
        };
    }
    DRYDOCK_TRY_VOID(enter(transaction, ticket.organization_id));
    const auto fence = step.fence ? std::to_string(*step.fence) : std::string{};
    const auto seconds = fmt::format("{:.3f}", step.seconds);
    DRYDOCK_TRY(
        const auto rows,
        transaction.query(
            queries::move,
            {ticket.id,
             name_of(step.from),
             name_of(step.to),
             optional(fence),
             step.how,
             optional(step.worker),
             seconds,
             optional(step.result),
             optional(step.error_code),
             optional(step.error_message),
             kJobsChannel}
        )
    );
    if (rows.size() == 0) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format(
                "job {} is no longer {} here: somebody else has taken it on", ticket.id, name_of(step.from)
            ),
        };
    }
    auto job = job_of(rows, 0);
    DRYDOCK_TRY_VOID(tell(transaction, ticket, name_of(step.to), told(job)));
    return job;
}

}  // namespace drydock::jobs
