#pragma once

#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/options.h"
#include "pg/connection.h"

namespace drydock::migrate {

// What is true of a target for the length of a command.
struct Facts {
    int server_version = 0;
    std::string database;
    std::string role;
    bool in_recovery = false;
    bool read_only = false;
    int backend_pid = 0;
    bool history_exists = false;
    bool schema_exists = false;
    bool may_create_schema = false;
    bool may_read_history = false;
    // The role is called drydock, and "$user" in its search path would put its tables among those of history.
    bool own_schema_first = false;
    // A pooling proxy stands between: the peer announced another pid than the backend has. Session state can't be
    // relied on then, whatever the pool's mode, so locks are leases.
    bool pooled = false;
};

// A database that migrations run on.
class Target {
public:
    static Result<Target> open(const pg::Conninfo& where, const Options& options, const Limits& limits);

    pg::Connection& connection() { return connection_; }
    const Facts& facts() const { return facts_; }

    // Error: a standby, or a session that is set to read only.
    Result<> require_writable() const;
    // Makes the history schema where there is none, and brings an older one to this drydock's format; another runner
    // may be doing it. Errors say who has to grant what.
    Result<> ensure_history(const Limits& limits);

private:
    Result<> upgrade_history(const Limits& limits);

    Target(pg::Connection connection, Facts facts) : connection_(std::move(connection)), facts_(std::move(facts)) {}
    pg::Connection connection_;
    Facts facts_;
};

}  // namespace drydock::migrate
