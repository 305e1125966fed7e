#pragma once

#include <filesystem>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"
#include "crypto/keyring.h"
#include "pg/connection.h"

namespace drydock::app {

// The master keys of this server, checked against what the control plane remembers of them: a key that sealed values
// need must be there and be the right one, else an Error (not_found, conflict) that names it. With no source at all, a
// key file is made at `own_file` the first time; an empty path: then there must be a source. A key that is new here is
// noted down.
Result<crypto::Keyring> load_master_keys(
    crypto::KeySources sources, const std::filesystem::path& own_file, control::Store& store, const Limits& limits
);

// Before the control plane is changed in any way: whether the sources give keys that it knows. Where there is no source
// and no file at `own_file` yet, there is nothing to look at.
Result<> check_master_keys_before(
    const crypto::KeySources& sources,
    const std::filesystem::path& own_file,
    pg::Connection& owner,
    const Limits& limits
);
// As far as that can be told without the control plane.
Result<> check_key_sources(
    const crypto::KeySources& sources, const std::filesystem::path& own_file, const Limits& limits
);

}  // namespace drydock::app
