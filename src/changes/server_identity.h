#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "pg/query.h"
#include "pg/rows.h"

namespace drydock::changes {

// Which PostgreSQL database a connection has come to, whatever address and login led there.
struct ServerIdentity {
    std::string database{};      // its oid
    std::string server_start{};  // to the microsecond
    std::string plane{};         // the oid of the control plane's table of organizations; empty: there is none
    std::string system{};        // the cluster's identifier, which its standbys and copies share; empty: not to be seen
};

// Both have come to one database, or one of them to a standby or a copy of it.
bool is_same(const ServerIdentity& one, const ServerIdentity& other);

// `ask` runs a query where the identity is wanted. Errors: those of `ask`.
Result<ServerIdentity> server_identity(const std::function<Result<pg::Rows>(const pg::Query&)>& ask);

}  // namespace drydock::changes
