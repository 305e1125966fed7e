#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/health_source.h"
#include "app/housekeeping.h"
#include "app/metrics.h"
#include "control/store.h"
#include "health/engine.h"
#include "jobs/kinds.h"
#include "jobs/queue.h"
#include "jobs/scheduler.h"
#include "jobs/worker.h"

namespace drydock::app {

struct BackgroundOptions {
    control::StoreOptions store{};  // of connections of its own, so that requests and jobs don't starve each other
    unsigned workers = 2;           // 0: this server runs no jobs
    std::string version{};
    bool pooler = false;
    health::EngineOptions health{};
    std::chrono::milliseconds lease{0};  // of jobs and of the lead; 0: as they are by themselves
    std::vector<jobs::Kind> more_kinds{};
};

// What works without being asked: jobs, their schedules, health checks, and the sealing anew of what was written by
// SQL. Several servers share it: jobs by their queue, schedules by a leader, health checks by a part each.
class Background {
public:
    Background(BackgroundOptions options, HousekeepingParts parts);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    Result<> start(const Limits& limits);
    // Nothing new is begun; what runs has until the limits end, and is handed back then.
    void stop(const Limits& limits);

    const jobs::Queue& queue() const { return queue_; }
    const jobs::Kinds& kinds() const { return kinds_; }
    // The registry has changed: health checks take it up at once.
    void registry_changed();
    // What seals by another master key, and what else a rotation has left, does not wait for its time.
    Result<> rotate_now(const Limits& limits);
    void sample(std::vector<Sample>& samples) const;

private:
    void look_after(const std::stop_token& stop);
    void share_health_checks(const Limits& limits);
    void notice_master_keys(const Limits& limits);
    void reseal(const Limits& limits);
    void sample_pools(std::vector<Sample>& samples) const;

    BackgroundOptions options_;
    HousekeepingParts parts_;
    control::Store store_;
    jobs::Kinds kinds_;
    jobs::Queue queue_;
    std::unique_ptr<jobs::Worker> worker_;
    std::unique_ptr<jobs::Scheduler> scheduler_;
    HealthSource source_;
    std::unique_ptr<health::Engine> engine_;
    std::vector<std::string> missing_keys_{};  // the looker's
    std::jthread looker_;
    std::jthread tender_;
};

}  // namespace drydock::app
