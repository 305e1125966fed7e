#pragma once

#include "base/result.h"
#include "prove/replay.h"
#include "shadow/shadow.h"

namespace drydock::cli {

class Session;

// Where the settings say that proofs run. Asks the target for its version, where one is set and answers soon.
Result<shadow::ShadowOptions> shadow_options(Session& session);
// The engine's options for a replay there.
prove::ReplayOptions replay_options(const Session& session);

}  // namespace drydock::cli
