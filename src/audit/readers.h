#pragma once

#include <cstdint>
#include <string>

#include "control/store.h"

namespace drydock::audit {

struct Head {
    std::int64_t sequence = 0;  // 0: no row yet
    std::string hash{};
};

// The head of the actor's chain. `permission_denied` for who may not read the trail: row-level security would show them
// an empty one, which looks whole.
Result<Head> read_head(control::Store& store, const control::Actor& actor, const Limits& limits);

}  // namespace drydock::audit
