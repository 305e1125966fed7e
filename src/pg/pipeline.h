#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"

namespace drydock::pg {

struct PipelineStep {
    Query query;
    std::vector<Param> params{};  // the texts must live until the call returns
    // The server keeps the statement for this connection: the first time it is sent ahead in the same flight, and
    // from then on neither parsed nor planned. What has dropped it meanwhile (DISCARD ALL, a pooler) gives 26000.
    bool prepare = false;
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

// The same for results that are not to be held all at once: each is given as it comes. What the receiver returns as
// an Error ends the receiving and is returned at the end; the steps are run all the same.
using StepReceiver = std::function<Result<>(std::size_t step, Result<Rows> result)>;
Result<> run_pipeline(
    Connection& connection,
    std::span<const PipelineStep> steps,
    PipelineMode mode,
    const StepReceiver& receiver,
    const Limits& limits
);

}  // namespace drydock::pg
