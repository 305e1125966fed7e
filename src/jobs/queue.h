#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"
#include "jobs/job.h"
#include "jobs/kinds.h"

namespace drydock::jobs {

// Channel of the notifications: "queued" or "cancel". Only a hint: whoever waits for it also looks by itself.
inline constexpr std::string_view kJobsChannel = "drydock_jobs";

struct NewJob {
    std::string kind{};
    std::string args = "{}";  // JSON object without secrets
    std::chrono::milliseconds in{0};
    int priority = 0;  // -100 … 100, within an organization
    // While one of the same organization, kind and key is not finished, there is no second one.
    std::string dedup_key{};
    std::string schedule_id{};
    std::optional<std::int64_t> due_at{};  // seconds since 1970: one job a schedule and due time, for ever
};

struct Enqueued {
    std::string id{};
    bool existed = false;  // there was one already, and it is this
};

// One that a worker still has.
struct Held {
    std::string id{};
    bool cancel = false;
};

// What a handler knows of an end that is not a success.
struct Account {
    std::string result{};  // JSON, or empty
    bool certain = false;  // nothing is open about what was done, although it was sent
};

struct QueueOptions {
    std::chrono::milliseconds lease{30'000};
    // Between attempts: doubled each time, and between a half and the whole of it.
    std::chrono::milliseconds first_pause{5'000};
    std::chrono::milliseconds longest_pause{300'000};
    int most_losses = 10;              // a job whose worker went away so often is what kills them
    std::function<double()> random{};  // in [0, 1); none: the real one
};

// The jobs of all organizations, in the control plane's database. Its clock alone decides what is due and what has
// expired. Safe from any thread.
class Queue {
public:
    Queue(control::Store& store, const Kinds& kinds, QueueOptions options = {});

    // In the caller's transaction and organization: done if and when that commits. permission_denied: the actor may
    // not start this kind.
    Result<Enqueued> enqueue(control::Transaction& transaction, const NewJob& job) const;
    // A job that waits is cancelled at once (`cancelled`); of one that runs the handler is asked to stop (`running`).
    Result<JobState> cancel(control::Transaction& transaction, std::string_view id) const;
    // What has become of an `unknown` job, by somebody who has looked.
    Result<> resolve(control::Transaction& transaction, std::string_view id, bool succeeded, std::string_view remark)
        const;

    // The next job in turn of one of these kinds: organizations are served in turn, so that none starves another.
    Result<std::optional<Job>> claim(std::string_view worker, std::span<const std::string> kinds, const Limits& limits)
        const;
    // Those of these that are still the worker's own; their leases begin anew, unless it is only a look.
    Result<std::vector<Held>> renew(std::span<const Ticket> tickets, bool only_look, const Limits& limits) const;

    // All that follow are refused with `conflict` when the ticket's fence is no longer the job's.
    // Commits before it returns: only then may the first byte leave. `cancelled`: it is to be cancelled instead.
    // Any Error means: don't send.
    Result<> mark_sent(const Ticket& ticket, const Limits& limits) const;
    // Ties the caller's transaction to the lease: it commits only while the job is the worker's own. It must be short.
    Result<> hold(control::Transaction& transaction, const Ticket& ticket) const;
    Result<> note_progress(const Ticket& ticket, std::string_view progress, const Limits& limits) const;
    // `result` is JSON, or empty.
    Result<JobState> succeed(const Job& job, std::string_view result, const Limits& limits) const;
    // Tried again later if that may be; `unknown` if it was sent and the error leaves open whether it was done.
    Result<JobState> fail(const Job& job, const Error& error, const Account& account, const Limits& limits) const;
    Result<JobState> fail(const Job& job, const Error& error, const Limits& limits) const {
        return fail(job, error, {}, limits);
    }
    // Stopped because somebody asked for it.
    Result<JobState> stopped(const Job& job, const Account& account, const Limits& limits) const;
    Result<JobState> stopped(const Job& job, const Limits& limits) const { return stopped(job, {}, limits); }
    // Stopped because the server stops: for another one to begin.
    Result<JobState> hand_back(const Job& job, const Limits& limits) const;

    // Takes jobs from workers that are not heard of any more; how many.
    Result<int> reap(const Limits& limits) const;

    const QueueOptions& options() const { return options_; }

private:
    Result<bool> reap_one(const Limits& limits) const;
    double pause_after(int attempt) const;

    control::Store& store_;
    const Kinds& kinds_;
    QueueOptions options_;
};

}  // namespace drydock::jobs
