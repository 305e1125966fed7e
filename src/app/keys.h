#pragma once

#include <filesystem>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"
#include "crypto/keyring.h"

namespace drydock::app {

// The master keys of this server, checked against what the control plane remembers of them: a key that sealed values
// need must be there and be the right one, else an Error (not_found, conflict) that names it. With no source at all, a
// key file is made at `own_file` the first time; an empty path: then there must be a source. A key that is new here is
// noted down.
Result<crypto::Keyring> load_master_keys(
    crypto::KeySources sources, const std::filesystem::path& own_file, control::Store& store, const Limits& limits
);

}  // namespace drydock::app
