#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"

namespace drydock::validate {

// One connection of a run. Each call is one flight: a transaction, REPEATABLE READ and READ ONLY, with the time limits
// and the search_path set for it alone, so that nothing stays on a connection that a pooler hands to others.
class Reader {
public:
    static Result<Reader> open(const pg::Conninfo& where, std::chrono::milliseconds lock_timeout, const Limits& limits);

    struct Settings {
        std::chrono::milliseconds timeout{0};
        std::string_view search_path = "pg_catalog";  // empty: the session's own
    };
    Result<pg::Rows> read(
        std::string_view name,
        std::string_view sql,
        std::span<const pg::Param> params,
        const Settings& settings,
        const Limits& limits
    );
    struct Fetched {
        pg::Rows rows;          // the first of them
        std::size_t total = 0;  // how many there are
    };
    // The same for a query that nobody may put into another one: through a cursor that is read to its end.
    Result<Fetched> fetch(
        std::string_view name, std::string_view sql, std::size_t keep, const Settings& settings, const Limits& limits
    );

    bool usable() const { return connection_.usable(); }
    pg::Connection& connection() { return connection_; }

private:
    Reader(pg::Connection connection, std::chrono::milliseconds lock_timeout);
    pg::Connection connection_;
    std::string lock_timeout_;
};

// The server ended a statement because its time was over.
bool out_of_time(const Error& error);

}  // namespace drydock::validate
