#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoint.h"
#include "crypto/keyring.h"

namespace drydock::audit {

// What signs checkpoints, and what counts as having signed them.
struct SigningKeys {
    crypto::SigningKey key;
    std::string name{};
    std::vector<TrustedKey> trusted{};  // of each master key that is loaded, the present one first

    Signer signer() const { return {.key = key, .name = name}; }
};

// Made from the master keys, stored nowhere: every replica has the same, and who has the database alone can't sign.
// With a new master key in use, a new key signs; checkpoints of the former count as long as that one is loaded.
Result<SigningKeys> signing_keys(const crypto::Keyring& ring, std::string_view name = "drydock/audit");

// A checkpoint for each chain that has grown, that of no organization too. One that can't be signed keeps no other from
// it.
struct CheckpointRound {
    std::int64_t made = 0;
    std::vector<Error> errors{};
};
Result<CheckpointRound> make_checkpoints(
    control::Store& store, const Signer& signer, std::span<CheckpointSink* const> sinks, const Limits& limits
);

}  // namespace drydock::audit
