#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/target.h"
#include "pg/connection.h"

namespace drydock::preflight {

// Asks a database questions without standing in anybody's way: each in a READ ONLY transaction of its own with a small
// lock_timeout and a statement_timeout. SET LOCAL and not SET: behind a pooler the session is everybody's.
class Look {
public:
    Look(migrate::Target& target, const migrate::Options& options);

    Result<pg::Rows> ask(const pg::Query& query, std::span<const pg::Param> params, const Limits& limits);
    Result<pg::Rows> ask(const pg::Query& query, const Limits& limits) { return ask(query, {}, limits); }
    // The same with another statement_timeout, and with `schema` first in the search path unless it is empty.
    Result<pg::Rows> ask(
        const pg::Query& query, std::string_view schema, std::chrono::milliseconds time, const Limits& limits
    );
    bool usable() const { return target_.connection().usable(); }

private:
    Result<pg::Rows> in_transaction(
        const std::string& begin, const pg::Query& query, std::span<const pg::Param> params, const Limits& limits
    );
    std::string begin(std::string_view schema, std::chrono::milliseconds time) const;

    migrate::Target& target_;
    std::string search_path_;  // of the run; empty: the session's own
};

}  // namespace drydock::preflight
