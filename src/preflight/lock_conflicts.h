#pragma once

#include <optional>
#include <string_view>

#include "effects/effect.h"

namespace drydock::preflight {

// Whether one has to wait for the other: the table of PostgreSQL's documentation.
bool conflict(effects::LockMode a, effects::LockMode b);
// pg_locks' "ShareUpdateExclusiveLock".
std::optional<effects::LockMode> lock_mode_of(std::string_view name);

}  // namespace drydock::preflight
