#include "changes/server_identity.h"

#include "changes/queries.h"

namespace drydock::changes {

bool is_same(const ServerIdentity& one, const ServerIdentity& other) {
    // Clusters that were made from one image share all but what was made in them since.
    const bool copy = !one.system.empty() && one.system == other.system && one.plane == other.plane;
    return one.database == other.database && (copy || one.server_start == other.server_start);
}

Result<ServerIdentity> server_identity(const std::function<Result<pg::Rows>(const pg::Query&)>& ask) {
    DRYDOCK_TRY(const auto database, ask(queries::database_identity));
    if (database.size() != 1)
        return Error{.code = ErrorCode::conflict, .message = "the database does not say which one it is"};
    ServerIdentity identity{
        .database = std::string{database.text(0, 0)},
        .server_start = std::string{database.text(0, 1)},
        .plane = std::string{database.text(0, 2)},
    };
    const auto system = ask(queries::system_identifier);
    // Refused, or a server of another make that knows no such thing.
    if (!system && (system.error().sqlstate.empty() || system.error().code == ErrorCode::unavailable))
        return system.error();
    if (system && system->size() == 1) identity.system = system->text(0, 0);
    return identity;
}

}  // namespace drydock::changes
