#pragma once

#include <string_view>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "migrate/engine.h"

namespace drydock::migrate {

// Runs the project's hooks of that name ("before-run", "after-003_orders" …), in the order of their file names. SQL in
// a transaction of its own on the target; a program with the target in its environment: DATABASE_URL, DRYDOCK_HOOK,
// DRYDOCK_MIGRATION, DRYDOCK_DIRECTION. Each has options.hook_timeout.
Result<> run_hooks(
    const Context& context,
    Runner& runner,
    std::string_view when,
    std::string_view migration,
    bool down,
    Progress& progress,
    const Limits& limits
);

}  // namespace drydock::migrate
