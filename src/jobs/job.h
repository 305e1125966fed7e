#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::jobs {

// What became of a job. `unknown`: it was to be done at most once, it was sent, and its worker was not heard of again.
enum class JobState : std::uint8_t { queued, running, succeeded, failed, cancelled, unknown };

std::string_view name_of(JobState state);
std::optional<JobState> job_state(std::string_view name);
bool is_finished(JobState state);
// The only moves there are.
bool may_move(JobState from, JobState to);

// What a worker has of a job that it runs. Every write of its own names the fence, and is refused when somebody else
// has got a higher one.
struct Ticket {
    std::string id{};
    std::string organization_id{};  // empty: of none
    std::int64_t fence = 0;
};

struct Job {
    std::string id{};
    std::string organization_id{};  // empty: drydock's own housekeeping
    std::string kind{};
    std::string args = "{}";  // JSON object
    JobState state = JobState::queued;
    int priority = 0;
    int attempt = 0;  // the present one counted
    int max_attempts = 1;
    int losses = 0;  // how often its worker went away
    bool at_most_once = false;
    std::string locked_by{};
    std::int64_t fence = 0;
    std::string dedup_key{};
    std::string schedule_id{};
    std::string progress{};  // JSON object, or empty
    std::string result{};    // JSON, or empty
    std::string error_code{};
    std::string error_message{};
    std::string requested_by{};  // user's id; empty: nobody in person
    bool cancel_requested = false;
    // ISO 8601 in UTC; empty: not (yet).
    std::string run_at{};
    std::string lease_until{};
    std::string sent_at{};
    std::string due_at{};
    std::string created_at{};
    std::string started_at{};
    std::string finished_at{};

    Ticket ticket() const { return {.id = id, .organization_id = organization_id, .fence = fence}; }
};

}  // namespace drydock::jobs
