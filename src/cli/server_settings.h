#pragma once

#include "app/control_plane.h"
#include "base/result.h"
#include "cli/session.h"

namespace drydock::cli {

// Where the control plane is that the settings name; without database_url, the embedded server, which is not started by
// this.
Result<app::ControlPlaneOptions> control_plane_options(Session& session);

}  // namespace drydock::cli
