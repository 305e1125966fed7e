#pragma once

#include <filesystem>
#include <memory>

#include "app/control_plane.h"
#include "app/serve_options.h"
#include "base/limits.h"
#include "base/progress.h"
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

// Opens the control plane, and brings it up to date, only when the master keys are those that it knows: with the wrong
// ones nothing is changed. Where there is no source and no key file yet, there is nothing to look at.
Result<std::unique_ptr<ControlPlane>> open_control_plane(
    const ServeOptions& options, Progress& progress, const Limits& limits
);

}  // namespace drydock::app
