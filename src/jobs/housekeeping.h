#pragma once

#include <chrono>

#include "control/store.h"
#include "jobs/kinds.h"

namespace drydock::jobs {

// The kind "jobs.clean_up": forgets jobs that finished longer ago than this, and servers that are silent for a day.
Result<> add_housekeeping(Kinds& kinds, control::Store& store, std::chrono::days keep = std::chrono::days{30});
// Its schedule, every night, where there is none yet.
Result<> ensure_housekeeping(control::Store& store, const Kinds& kinds, const Limits& limits);

}  // namespace drydock::jobs
