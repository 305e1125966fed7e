#include "audit/signing.h"

namespace drydock::audit {
namespace {

constexpr std::string_view kPurpose = "audit checkpoints";

Result<crypto::SigningKey> key_of(const crypto::Keyring& ring, std::string_view master) {
    DRYDOCK_TRY(const auto seed, ring.derive(master, kPurpose));
    return crypto::SigningKey::from_seed(seed.reveal());
}

}  // namespace

Result<SigningKeys> signing_keys(const crypto::Keyring& ring, std::string_view name) {
    const auto& current = ring.current();
    DRYDOCK_TRY(auto key, key_of(ring, current));
    SigningKeys keys{.key = std::move(key), .name = std::string{name}};
    keys.trusted.push_back({.name = keys.name, .public_key = keys.key.public_key()});
    for (const auto& id : ring.ids()) {
        if (id == current) continue;
        DRYDOCK_TRY(const auto former, key_of(ring, id));
        keys.trusted.push_back({.name = keys.name, .public_key = former.public_key()});
    }
    return keys;
}

Result<CheckpointRound> make_checkpoints(
    control::Store& store, const Signer& signer, std::span<CheckpointSink* const> sinks, const Limits& limits
) {
    DRYDOCK_TRY(auto chains, store.organizations(limits));
    chains.emplace_back();
    CheckpointRound round;
    for (const auto& organization : chains) {
        auto made = make_checkpoint(store, organization, signer, sinks, limits);
        if (!made) {
            round.errors.push_back(std::move(made).error());
        } else if (*made) {
            ++round.made;
        }
    }
    return round;
}

}  // namespace drydock::audit
