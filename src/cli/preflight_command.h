#pragma once

#include "base/result.h"
#include "migrate/engine.h"

namespace drydock::cli {

class Session;

// The gates before `migrate up`, as migrate.preflight says or (with `asked_for`) in any case: says what warns, and
// when they say no-go and that is to end the run, prints why.
struct GateCheck {
    bool refused = false;
    int exit_code = 0;  // then
};
Result<GateCheck> check_gates(
    Session& session, const migrate::Context& context, const migrate::Selection& selection, bool asked_for
);

}  // namespace drydock::cli
