#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/store.h"
#include "jobs/job.h"
#include "pg/rows.h"

namespace drydock::jobs {

// One step of a job from a state to the next.
struct Move {
    JobState from = JobState::queued;
    JobState to = JobState::running;
    std::string_view how{};               // outcome of the attempt that ends; "claimed" for one that begins
    std::optional<std::int64_t> fence{};  // of the worker that moves it; none: whoever has the row locked
    std::string_view worker{};            // that it goes to
    double seconds = 0;                   // of the lease, or until it is to run again
    std::string_view result{};            // JSON, or empty
    std::string_view error_code{};
    std::string_view error_message{};
};

// The only way to change a job's state: moves it, keeps its history and tells of it, in the caller's transaction (which
// goes on in the job's organization). conflict: the job is no longer where the caller believes, or the fence is stale.
Result<Job> move(control::Transaction& transaction, const Ticket& job, const Move& move);

// A row of move.sql or list_jobs.sql.
Job job_of(const pg::Rows& rows, int row);
// Tells of something that happened to a job that stays in its state. Of a job of no organization nobody is told.
Result<> tell(control::Transaction& transaction, const Ticket& job, std::string_view kind, std::string_view payload);

}  // namespace drydock::jobs
