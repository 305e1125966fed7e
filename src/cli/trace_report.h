#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/fwd.hpp>

#include "cli/plan_report.h"
#include "cli/terminal.h"
#include "migrate/sizes.h"
#include "prove/trace.h"

namespace drydock::cli {

// How quickly the target reads, found out by a small read there; nothing: not measured.
struct Throughput {
    double bytes_per_second = 0;
    std::string how;  // "64.0 MiB of app.orders read in 80 ms"
};

// A trace, and what is known of the target that it will run on.
struct TraceView {
    const prove::TraceReport& report;
    const plan::Sizes* sizes = nullptr;  // nullptr: no target was asked
    std::optional<Throughput> throughput{};
};

// How long a statement takes on the target: from the size of what it reads and writes.
struct Estimate {
    double least_seconds = 0;
    double most_seconds = 0;
    std::string reason;
};
std::optional<Estimate> estimate(const prove::TracedStatement& statement, const TraceView& view);

std::string trace_text(const TraceView& view, const Terminal& terminal);
boost::json::object trace_json(const TraceView& view);

}  // namespace drydock::cli
