#include "app/control_plane.h"

#include <array>

#include "app/queries.h"
#include "control/isolation.h"
#include "control/project.h"
#include "migrate/engine.h"

namespace drydock::app {
namespace {

constexpr std::string_view kRole = "drydock_api";

Result<> bring_up_to_date(
    const pg::Conninfo& where, const ControlPlaneOptions& options, Progress& progress, const Limits& limits
) {
    DRYDOCK_TRY(const auto built_in, control::BuiltInProject::unpack());
    const migrate::Context context{where, built_in.project(), control::BuiltInProject::options(options.engine)};
    auto report = migrate::up(context, {}, progress, limits);
    if (!report) return std::move(report).error().in("bringing the control plane's schema up to date");
    if (report->error) return std::move(*report->error).in("bringing the control plane's schema up to date");
    return {};
}

// The role to work as. A superuser passes row-level security, so one without a role to take on must not serve.
Result<std::string> role_to_work_as(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, connection.query(queries::service_role, std::array{pg::Param{kRole}}, limits));
    const bool passes = rows.boolean(0, 0);
    const bool may_take_on = rows.boolean(0, 1);
    if (may_take_on) return std::string{kRole};
    if (!passes) return std::string{};
    return Error{
        .code = ErrorCode::permission_denied,
        .message =
            "the role that drydock connects as is a superuser or has BYPASSRLS, and there is no role drydock_api "
            "that it could work as: organizations would not be kept apart",
        .hint = "Connect as an ordinary role that owns the database, or create the role drydock_api.",
    };
}

}  // namespace

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(
    const ControlPlaneOptions& options, Progress& progress, const Limits& limits
) {
    std::unique_ptr<ControlPlane> plane{new ControlPlane};
    plane->embedded_ = !options.where;
    if (options.where) {
        plane->owner_ = *options.where;
    } else {
        DRYDOCK_TRY(plane->owner_, pg_server::start_embedded(options.embedded, limits));
    }
    if (options.before_change) {
        DRYDOCK_TRY(auto connection, pg::Connection::open(plane->owner_, limits.at_most(options.connect_timeout)));
        DRYDOCK_TRY_VOID(options.before_change(connection, limits));
    }
    DRYDOCK_TRY_VOID(bring_up_to_date(plane->owner_, options, progress, limits));
    {
        DRYDOCK_TRY(auto connection, pg::Connection::open(plane->owner_, limits.at_most(options.connect_timeout)));
        plane->server_version_ = connection.server_version();
        DRYDOCK_TRY_VOID(connection.query(queries::grant_roles, limits));
        DRYDOCK_TRY(plane->role_, role_to_work_as(connection, limits));
    }
    plane->store_options_ = {
        .where = plane->owner_,
        .role = plane->role_,
        .connections = options.connections,
        .connect_timeout = options.connect_timeout,
        .idle_limit = options.idle_limit,
        .lifetime = options.lifetime,
        .prepare = !options.pooler,
    };
    plane->store_ = std::make_unique<control::Store>(plane->store_options_);
    DRYDOCK_TRY_VOID(control::prove_isolation(*plane->store_, limits));
    return plane;
}

Result<> ControlPlane::refuse_reveal_by_sql(const Limits& limits) const {
    DRYDOCK_TRY(auto connection, pg::Connection::open(owner_, limits.at_most(store_options_.connect_timeout)));
    DRYDOCK_TRY(const auto settings, connection.query(queries::platform_settings, limits));
    for (int row = 0; row < settings.size(); ++row) {
        if (settings.text(row, 0) != "reveal_mode" || settings.text(row, 1) == "api") continue;
        return Error{
            .code = ErrorCode::permission_denied,
            .message = "sealed connection strings can be opened by SQL, which a server in production refuses",
            .hint =
                "UPDATE platform.settings SET value = 'api' WHERE name = 'reveal_mode'; or, while you move in from "
                "another system, set serve.profile to development.",
        };
    }
    return {};
}

}  // namespace drydock::app
