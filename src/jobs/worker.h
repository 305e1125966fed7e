#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "control/store.h"
#include "jobs/context.h"
#include "jobs/kinds.h"
#include "jobs/queue.h"

namespace drydock::jobs {

struct WorkerOptions {
    std::string name{};     // empty: host:pid
    std::string version{};  // of the program, for the list of replicas
    int threads = 4;
    // How long it takes at most to see what a notification did not tell.
    std::chrono::milliseconds poll{1'500};
    std::chrono::milliseconds heartbeat{5'000};
    // What went wrong and is tried again, for the log: what it was about, and the error.
    std::function<void(std::string_view, const Error&)> on_trouble{};
};

struct WorkerFigures {
    int running = 0;
    std::uint64_t claimed = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;  // for good
    std::uint64_t retried = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t unknown = 0;
    std::uint64_t lost = 0;    // taken away while it ran: nothing of it was written
    std::uint64_t reaped = 0;  // taken from others
};

// Runs jobs in threads of its own, renews their leases in another, and in a third looks after what others have left.
// It needs `threads` + 3 connections of the store for itself; a handler that waits for the same store's connections
// may starve the renewals, so give it a Store of its own.
class Worker {
public:
    Worker(control::Store& store, const Queue& queue, const Kinds& kinds, WorkerOptions options = {});
    ~Worker();  // stop()
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void start();
    // Step one of a graceful end: nothing new is begun.
    void stop_claiming();
    // Waits until nothing runs any more; deadline_exceeded or cancelled by the limits.
    Result<> drain(const Limits& limits);
    // Asks what runs to stop, hands it back for another server to begin, and waits for it.
    void stop();

    const std::string& name() const { return options_.name; }
    WorkerFigures figures() const;

private:
    struct Active;

    void work();
    void keep(const std::stop_token& stop);
    void look_after(const std::stop_token& stop);
    std::shared_ptr<Active> claim();
    void run(Active& active);
    Result<std::string> call(Active& active) const;
    void settle(Active& active, const Result<std::string>& outcome);
    Result<JobState> write_end(Active& active, const Result<std::string>& outcome, bool fits) const;
    void count(JobState state);
    std::vector<std::string> claimable() const;
    std::vector<std::shared_ptr<Active>> all_active() const;
    bool renew(bool only_look);
    void tell_progress();
    std::optional<pg::Connection> listen(const std::stop_token& stop) const;
    void reap();
    void beat(std::string_view state);
    void trouble(std::string_view what, const Error& error) const;
    bool is_claiming() const;
    void wake_claimers();
    void wake_keeper();

    control::Store& store_;
    const Queue& queue_;
    const Kinds& kinds_;
    WorkerOptions options_;
    std::string id_;

    std::mutex claim_mutex_;  // one claim at a time, so that limits of kinds hold
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::map<std::string, std::shared_ptr<Active>> active_;
    WorkerFigures figures_;
    std::uint64_t wakes_ = 0;
    bool keeper_awake_ = false;
    bool claiming_ = false;
    std::stop_source claimers_stop_;
    std::vector<std::jthread> threads_;
    std::jthread keeper_;
    std::jthread looker_;
};

}  // namespace drydock::jobs
