#include "prove/probe.h"

#include <algorithm>
#include <array>
#include <utility>

#include "prove/queries.h"

namespace drydock::prove {
namespace {

using effects::LockMode;

constexpr std::array<std::pair<std::string_view, LockMode>, 8> kModes{{
    {"AccessShareLock", LockMode::access_share},
    {"RowShareLock", LockMode::row_share},
    {"RowExclusiveLock", LockMode::row_exclusive},
    {"ShareUpdateExclusiveLock", LockMode::share_update_exclusive},
    {"ShareLock", LockMode::share},
    {"ShareRowExclusiveLock", LockMode::share_row_exclusive},
    {"ExclusiveLock", LockMode::exclusive},
    {"AccessExclusiveLock", LockMode::access_exclusive},
}};

}  // namespace

LockMode lock_mode(std::string_view name) {
    const auto found = std::find_if(kModes.begin(), kModes.end(), [&](const auto& mode) { return mode.first == name; });
    return found == kModes.end() ? LockMode::none : found->second;
}

std::string kind_name(char relkind) {
    switch (relkind) {
        case 'i':
        case 'I':
            return "index";
        case 'S':
            return "sequence";
        case 'v':
            return "view";
        case 'm':
            return "materialized view";
        case 'c':
            return "composite type";
        case 'f':
            return "foreign table";
        default:
            return "table";
    }
}

Result<Relations> probe_relations(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, connection.query(queries::trace_relations, limits));
    Relations relations;
    for (int i = 0; i < rows.size(); ++i) {
        relations.emplace(
            rows.integer(i, 0),
            Probed{
                .schema = std::string{rows.text(i, 1)},
                .name = std::string{rows.text(i, 2)},
                .kind = rows.text(i, 3).front(),
                .storage = rows.integer(i, 4),
                .scans_here = rows.integer(i, 5),
                .scans_ever = rows.integer(i, 6),
                .valid = rows.boolean(i, 7),
            }
        );
    }
    return relations;
}

Result<Locks> probe_locks(pg::Connection& connection, int pid, const Limits& limits) {
    const auto number = std::to_string(pid);
    const std::array<pg::Param, 1> params{number};
    DRYDOCK_TRY(const auto rows, connection.query(queries::trace_locks, params, limits));
    Locks locks;
    for (int i = 0; i < rows.size(); ++i) {
        auto& lock = locks[rows.integer(i, 0)];
        const auto mode = lock_mode(rows.text(i, 1));
        if (mode > lock.mode) lock = {.mode = mode, .granted = rows.boolean(i, 2)};
    }
    return locks;
}

Result<std::set<std::string>> probe_marks(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, connection.query(queries::trace_marks, limits));
    std::set<std::string> marks;
    for (int i = 0; i < rows.size(); ++i) marks.emplace(rows.text(i, 0));
    return marks;
}

Result<std::int64_t> probe_wal(pg::Connection& connection, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, connection.query(queries::trace_position, limits));
    return rows.integer(0, 0);
}

}  // namespace drydock::prove
