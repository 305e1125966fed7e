#pragma once

#include "base/result.h"
#include "migrate/engine.h"

namespace drydock::cli {

class Session;

// Rollbacks that nobody wrote, made in a shadow: the engine asks for them, and knows nothing of shadows.
migrate::GenerateRollback rollback_generator(Session& session);

// Proves what `plan` would run, and gives the rollbacks that were generated for those without a file. Errors: one of
// them can't be applied, or its rollback file does not hold (conflict).
Result<std::map<std::string, migrate::GeneratedRollback, std::less<>>> prove_pending(
    Session& session, const migrate::Project& project, const migrate::Plan& plan
);

}  // namespace drydock::cli
