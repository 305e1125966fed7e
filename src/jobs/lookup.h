#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "control/store.h"
#include "jobs/job.h"

namespace drydock::jobs {

struct JobFilter {
    std::string state{};  // each empty: any
    std::string kind{};
    std::string schedule_id{};
    std::string cursor{};  // where the page before ended
    int limit = 50;        // 1 … 200
};

struct JobPage {
    std::vector<Job> jobs{};
    std::string next_cursor{};  // empty: this is the last page
};

struct Attempt {
    std::int64_t fence = 0;
    std::string worker{};
    std::string outcome{};  // succeeded, failed, retried, handed_back, lost, cancelled, unknown; empty: under way
    std::string error_code{};
    std::string error_message{};
    std::string started_at{};
    std::string sent_at{};
    std::string ended_at{};
};

// Of the actor's organization (of none: drydock's own), the newest first. invalid_argument: a filter that can't be.
Result<JobPage> list_jobs(
    control::Store& store, const control::Actor& actor, const JobFilter& filter, const Limits& limits
);
Result<Job> get_job(control::Store& store, const control::Actor& actor, std::string_view id, const Limits& limits);
// How often a job was begun, by whom, and how each ended; the oldest first.
Result<std::vector<Attempt>> list_attempts(
    control::Store& store, const control::Actor& actor, std::string_view job, const Limits& limits
);

// Forgets jobs that finished longer ago (`unknown` ones: ten times as long), of all organizations; how many.
Result<std::int64_t> clean_up(control::Store& store, std::chrono::seconds keep, const Limits& limits);

}  // namespace drydock::jobs
