#pragma once

#include <atomic>
#include <utility>

#include "jobs/worker.h"

namespace drydock::jobs {

// A job that runs here.
struct Worker::Active {
    Active(const Queue& queue, const Kind& a_kind, Job job)
        : kind(a_kind), context(queue, std::move(job), Limits::within(a_kind.timeout, stop.get_token())) {}

    void ask_to_stop(StopReason why) {
        auto none = StopReason::none;
        // A lost lease outweighs all else: nothing may be written any more.
        if (!reason.compare_exchange_strong(none, why) && why == StopReason::lost) reason = why;
        stop.request_stop();
    }

    const Kind& kind;
    std::stop_source stop;
    JobContext context;
    std::atomic<StopReason> reason{StopReason::none};
    std::atomic<Limits::Clock::time_point> held_until{};
};

}  // namespace drydock::jobs
