#include "cli/server_settings.h"

namespace drydock::cli {

Result<app::ControlPlaneOptions> control_plane_options(Session& session) {
    app::ControlPlaneOptions plane{.engine = session.engine_options()};
    if (!session.settings().text("database_url").empty()) {
        DRYDOCK_TRY(plane.where, session.target());
    } else {
        DRYDOCK_TRY(plane.embedded, session.embedded());
    }
    return plane;
}

}  // namespace drydock::cli
