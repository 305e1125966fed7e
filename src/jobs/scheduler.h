#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "control/store.h"
#include "jobs/leader.h"
#include "jobs/queue.h"

namespace drydock::jobs {

struct SchedulerOptions {
    std::string name{};  // empty: host:pid
    std::chrono::milliseconds poll{1'500};
    std::chrono::milliseconds lease{15'000};
    // Of an `at most skip` schedule: a time that is longer ago than this was missed.
    std::chrono::seconds late{60};
    bool by_row = false;  // behind a proxy that hides itself
    std::function<void(std::string_view, const Error&)> on_trouble{};
};

// Makes a job for each due time of each schedule, in the one server that leads. Exactly one a time, also when two
// believe that they lead: the time is taken from the schedule by compare and swap, and the job has it as its key.
class Scheduler {
public:
    Scheduler(control::Store& store, const Queue& queue, SchedulerOptions options = {});
    ~Scheduler();  // stop()
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    void start();
    void stop();
    bool leads() const { return leads_.load(); }

    // What start() does again and again while it leads: how many jobs it made.
    Result<int> fire_due(const Limits& limits) const;

private:
    struct Due;
    void run(const std::stop_token& stop);
    Result<bool> fire(const Due& due, const Limits& limits) const;
    void trouble(std::string_view what, const Error& error) const;

    control::Store& store_;
    const Queue& queue_;
    SchedulerOptions options_;
    Leadership leadership_;
    std::atomic<bool> leads_{false};
    std::jthread thread_;
};

}  // namespace drydock::jobs
