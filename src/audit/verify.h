#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "audit/checkpoint.h"
#include "control/store.h"

namespace drydock::audit {

struct VerifyOptions {
    // Whose signatures count, the key in use and former ones. None: stored checkpoints are not looked at.
    std::vector<TrustedKey> keys{};
    // Notes of this chain that a sink has kept: those find what was altered together with the stored checkpoints.
    std::vector<std::string> notes{};
};

struct VerifyReport {
    std::string organization{};
    std::int64_t rows = 0;             // that fit, from the first on
    std::int64_t checkpoints = 0;      // that fit, stored ones and notes
    std::int64_t signed_rows = 0;      // how far the last of them reaches
    std::string last_hash{};           // of the last row that fits
    std::optional<Finding> finding{};  // the first thing that does not; none: the trail is whole
};

// Goes along the whole chain of the actor's organization (without one: the chain of none, for drydock alone) with code
// of its own, not the database's: each row, the links, personal data, every checkpoint, and the head. Memory does not
// grow with the chain, only with the notes given. An Error means that it could not be verified.
Result<VerifyReport> verify(
    control::Store& store, const control::Actor& actor, const VerifyOptions& options, const Limits& limits
);

}  // namespace drydock::audit
