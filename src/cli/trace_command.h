#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/plan_report.h"
#include "cli/trace_report.h"
#include "migrate/engine.h"
#include "prove/trace.h"

namespace drydock::cli {

class Session;

// A trace with what the target says of the relations in it.
struct TracedPlan {
    prove::TraceReport report;
    std::optional<plan::Sizes> sizes;
    std::optional<Throughput> throughput;

    TraceView view() const { return {.report = report, .sizes = sizes ? &*sizes : nullptr, .throughput = throughput}; }
};

// Traces in the shadow of the settings; asks the target, where there is one, for sizes and speed.
Result<TracedPlan> trace_in_shadow(
    Session& session, const migrate::Project& project, std::vector<prove::TraceOptions::Item> sequence, bool cache
);

}  // namespace drydock::cli
