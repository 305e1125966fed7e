#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/key_rotation.h"
#include "registry/registry.h"

// A database's own password, replaced by a random one. The states are steps that are each safe to repeat:
//   planned → stored (the new secret is sealed in the control plane) → applied (the database takes it; it was sent the
//   SCRAM verifier or the hash, never the password) → verified (signed in with it) → promoted (it is the database's
//   secret here) → revoked (the old one is taken no more).
// After a crash the next run tries the new one, then the old one, and goes on from there.
namespace drydock::registry {

struct Rotation {
    std::string id{};
    std::string database_id{};
    std::string state{};
    std::string username{};
    int attempts = 0;
    std::string error{};
    std::string created_at{};
    std::string updated_at{};
    std::string finished_at{};  // empty: under way
};

// From beginning to end. An Error leaves it where it is, for resume_rotations(); `failed` means that the database has
// refused and nothing was changed. Takes the permission credentials:write.
Result<Rotation> rotate_credential(
    Registry& registry,
    const control::Actor& actor,
    std::string_view database,
    const Limits& limits,
    const Edge& edge = {}
);

struct Resumed {
    int finished = 0;
    int open = 0;  // could not be ended now; the rotation says why
};
// Those that are under way in all organizations and that no other server is at.
Result<Resumed> resume_rotations(Registry& registry, const Limits& limits, const Edge& edge = {});

// The newest first, at most a hundred.
Result<std::vector<Rotation>> rotations_of(
    Registry& registry, const control::Actor& actor, std::string_view database, const Limits& limits
);

// conflict while the password of this database is being rotated. Holds the row to the end of the transaction, so that
// none can begin meanwhile.
Result<> no_rotation(control::Transaction& transaction, std::string_view database);

}  // namespace drydock::registry
