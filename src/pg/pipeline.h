#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"

namespace drydock::pg {

struct PipelineStep {
    Query query;
    std::vector<Param> params{};  // the texts must live until the call returns
};

// What an error does to the other steps.
enum class PipelineMode : std::uint8_t {
    one_transaction,  // all or none; after an error the rest is not run
    separate,         // each step is a transaction of its own, unless one is open
};

// Several statements in one flight: one round trip for all of them, a result or an Error for each, in order.
// A step that was not run because of an earlier one has an Error of code `cancelled`. The outer Error means that
// the conversation itself failed (limits, lost connection), and with it every step that was under way.
Result<std::vector<Result<Rows>>> run_pipeline(
    Connection& connection, std::span<const PipelineStep> steps, PipelineMode mode, const Limits& limits
);

}  // namespace drydock::pg
