#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pg/connection.h"
#include "pg_server/server.h"

namespace drydock::testing {

// One throw-away server for the whole test binary, started at the first call. Fails the test when it can't be.
pg_server::Throwaway& server();

// Runs statements and gives the first value of the last one ("" when there is none); fails the test on an error.
std::string run_on(const pg::Conninfo& where, std::string_view sql);

// The servers of other versions that DRYDOCK_TEST_POSTGRES names (folders of their programs, colon separated), for
// tests that run against each. Fails the test when one of them does not run.
std::vector<pg_server::Binaries> other_versions();

// A new empty database on it, dropped at the end.
class Database {
public:
    Database();
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const pg::Conninfo& conninfo() const { return conninfo_; }
    pg::Connection connect() const;
    // Runs statements and gives the first value of the last one ("" when there is none); fails the test on an error.
    std::string run(std::string_view sql) const;

private:
    std::string name_;
    pg::Conninfo conninfo_;
};

}  // namespace drydock::testing
