#include "changes/server_identity.h"

#include "changes/queries.h"

namespace drydock::changes {

bool is_same(const ServerIdentity& one, const ServerIdentity& other) {
    const bool one_system = !one.system.empty() && one.system == other.system;
    return one.database == other.database && (one_system || one.server_start == other.server_start);
}

Result<ServerIdentity> server_identity(const std::function<Result<pg::Rows>(const pg::Query&)>& ask) {
    DRYDOCK_TRY(const auto database, ask(queries::database_identity));
    if (database.size() != 1)
        return Error{.code = ErrorCode::conflict, .message = "the database does not say which one it is"};
    ServerIdentity identity{
        .database = std::string{database.text(0, 0)},
        .server_start = std::string{database.text(0, 1)},
    };
    const auto system = ask(queries::system_identifier);
    if (!system && system.error().code != ErrorCode::permission_denied) return system.error();
    if (system && system->size() == 1) identity.system = system->text(0, 0);
    return identity;
}

}  // namespace drydock::changes
