#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "effects/effect.h"
#include "pg/connection.h"

namespace drydock::prove {

using Oid = std::int64_t;

// A relation at one moment.
struct Probed {
    std::string schema;
    std::string name;
    char kind = 'r';  // relkind
    std::int64_t storage = 0;
    std::int64_t scans_here = 0;  // in this transaction
    std::int64_t scans_ever = 0;  // reported before it
    bool valid = true;
};
using Relations = std::map<Oid, Probed>;
Result<Relations> probe_relations(pg::Connection& connection, const Limits& limits);
std::string kind_name(char relkind);

// The strongest lock that a session has, or wants, on each relation.
struct Lock {
    effects::LockMode mode = effects::LockMode::none;
    bool granted = true;
};
using Locks = std::map<Oid, Lock>;
Result<Locks> probe_locks(pg::Connection& connection, int pid, const Limits& limits);
// "AccessExclusiveLock", as pg_locks says it.
effects::LockMode lock_mode(std::string_view name);

Result<std::set<std::string>> probe_marks(pg::Connection& connection, const Limits& limits);
Result<std::int64_t> probe_wal(pg::Connection& connection, const Limits& limits);

}  // namespace drydock::prove
