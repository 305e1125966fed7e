#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "control/store.h"
#include "crypto/keyring.h"
#include "registry/database.h"

namespace drydock::registry {

class Secrets;

// The key that connection strings written by SQL are sealed to: the public half stands in platform.settings, the
// private half sealed by a master key in platform.sealing_keys. Made where there is none; true when it was. At start.
Result<bool> ensure_sealing_key(control::Store& store, const crypto::Keyring& ring, const Limits& limits);
// Puts a new one in its place. What was sealed to the old one still opens.
Result<> replace_sealing_key(control::Store& store, const crypto::Keyring& ring, const Limits& limits);

// Seals their private halves by the ring's current master key. How many that changed.
Result<std::int64_t> reseal_sealing_keys(control::Store& store, const crypto::Keyring& ring, const Limits& limits);

// Opens "pgp:<key id>:<base64>"; conflict unless it was sealed for this row, as it stands.
Result<Secret> open_sealed_by_sql(
    control::Transaction& transaction, const crypto::Keyring& ring, const Database& row, std::string_view sealed
);

// Channel on which SQL tells of a row that it has sealed; its payload is the row's id. Only a hint.
inline constexpr std::string_view kSealedChannel = "drydock_sealed";

struct Resealed {
    int done = 0;
    int failed = 0;  // rows that stay as they are; why stands in the log
};
// Seals anew, with the projects' data keys, what SQL has sealed, in all organizations. Several servers may do it at
// once. `failed(id, error)` hears of each row that could not be opened.
Result<Resealed> reseal_waiting(
    Secrets& secrets, const std::function<void(std::string_view id, const Error& error)>& failed, const Limits& limits
);

}  // namespace drydock::registry
