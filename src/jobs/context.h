#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/progress.h"
#include "control/actor.h"
#include "jobs/queue.h"

namespace drydock::jobs {

// Why a handler was asked to stop.
enum class StopReason : std::uint8_t { none, cancelled, lost, stopping };

// What a handler has of the world while it runs a job.
class JobContext final : private Progress {
public:
    JobContext(const Queue& queue, Job job, const Limits& limits)
        : queue_(queue), job_(std::move(job)), limits_(limits) {}

    const Job& job() const { return job_; }
    const std::string& args() const { return job_.args; }
    // In whose name it works: drydock itself, in the job's organization.
    control::Actor actor() const;
    // Its time, and a stop: on a cancel, when the lease or the connection to the control plane is lost, at the end of
    // the server. What it does after that is not counted.
    const Limits& limits() const { return limits_; }
    // The last event is shown with the job, about once a second.
    Progress& progress() { return *this; }

    // Of an at-most-once kind, once, before the first byte leaves. After an Error nothing may be sent.
    Result<> mark_sent() { return queue_.mark_sent(job_.ticket(), limits_); }
    // Ties a transaction on the control plane to the lease (Queue::hold): call it first.
    Result<> hold(control::Transaction& transaction) const { return queue_.hold(transaction, job_.ticket()); }

    // What there is to say of it however it ends, as JSON: it becomes the result, also of a job that fails or is
    // cancelled. `certain`: nothing is open about what was done, although something was sent.
    void account(std::string result, bool certain);

    // For the worker:
    const Account& account() const { return account_; }
    // what was reported since the last call, as JSON.
    std::optional<std::string> take_progress();

private:
    void report(const ProgressEvent& event) override;

    const Queue& queue_;
    Job job_;
    Limits limits_;
    std::mutex mutex_;
    std::optional<ProgressEvent> latest_;
    Account account_;  // of the handler's thread, which is the one that writes the end
};

}  // namespace drydock::jobs
