#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "migrate/project.h"
#include "prove/replay.h"
#include "prove/report.h"
#include "shadow/cache.h"
#include "shadow/shadow.h"

namespace drydock::prove {

struct TestOptions {
    ReplayOptions replay{};
    shadow::ShadowOptions shadow{};
    std::vector<std::string> only{};    // prove these alone; the others only run
    std::optional<std::string> from{};  // prove from this one on
    std::optional<std::string> to{};    // as if the chain ended with this one
    bool cache = true;                  // of a throw-away server alone
    std::filesystem::path cache_folder = shadow::Cache::default_folder();
    shadow::Cache::Bounds cache_bounds{};
    std::filesystem::path schema_file{};  // must make the same catalog as all migrations; empty: none
};

// Proves in a shadow, for each migration in order, that it can be applied, taken back and applied again, and that the
// catalog is the same each time and the rows it leaves alone are still there; then the same for all together. A fault
// of one migration is in the report; an Error is what keeps the proof itself from going on.
Result<TestReport> test(
    const migrate::Project& project, const TestOptions& options, Progress& progress, const Limits& limits
);

}  // namespace drydock::prove
