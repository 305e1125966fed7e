#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"

namespace drydock::billing {

enum class Metric : std::uint8_t { databases, storage_bytes };
std::string_view name_of(Metric metric);

// Whether a project may have so much more. The Error is `conflict` and says how much it has of how much. What is
// asked for is the caller's until the transaction ends: others that ask for the same project wait, so two can't take
// the last place. (The table of databases refuses as well, for who writes by SQL.)
Result<> check_limit(
    control::Transaction& transaction, std::string_view project_id, Metric metric, std::int64_t increment
);

// A project's own limits; without one, its plan's holds. Needs limits:write. A limit below what is there already is
// allowed: nothing is taken away, and nothing comes in.
struct ProjectLimits {
    std::optional<std::int64_t> max_databases{};
    std::optional<std::int64_t> max_storage_bytes{};
};
Result<> set_limits(
    control::Store& store,
    const control::Actor& actor,
    std::string_view project_id,
    const ProjectLimits& wanted,
    const Limits& limits
);

}  // namespace drydock::billing
