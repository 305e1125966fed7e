#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/hashes.h"
#include "migrate/target.h"

namespace drydock::migrate {

enum class Status : std::uint8_t { applied, rolled_back, failed, running };
std::string_view name(Status status);

// What history says of one migration.
struct Row {
    std::string id;
    Status status = Status::applied;
    bool down = false;  // of running and failed: it was its rollback
    Hashes hashes;
    std::string rollback_source;   // file, generated, none
    std::string rollback_grade{};  // of a generated one: exact, data_lost, lossy
    bool has_rollback = false;
    std::vector<std::string> dependencies;
    std::int64_t statements = 0;
    std::int64_t position = 0;
    std::string origin;  // run, baseline, adopted
    std::string applied_by;
    std::string client;
    std::string started_at;  // ISO 8601, UTC
    std::optional<std::int64_t> duration_ms;
    std::string error;
};

// The version of the history schema that this drydock writes. It reads the ones before, and brings them to this one
// when it writes (Target::ensure_history).
inline constexpr std::int64_t kHistoryFormat = 2;

// The history of one project on one target: a set, in the order of application.
struct History {
    std::vector<Row> rows;
    std::set<std::string, std::less<>> released;  // held migrations that may run

    const Row* find(std::string_view id) const;

    // Empty when the target has none yet. An Error (conflict) when a newer drydock wrote it.
    static Result<History> read(Target& target, std::string_view project, const Limits& limits);

private:
    Result<> read_grades(Target& target, std::string_view project, const Limits& limits);

    std::map<std::string, std::size_t, std::less<>> by_id_;
};

// The columns that are too big to read for all.
struct StoredSql {
    std::optional<std::string> sql;
    std::optional<std::string> rollback_sql;
    std::string rollback_source;
    std::string memo;  // JSON or empty
    std::int64_t position = 0;
    bool down = false;
};
Result<StoredSql> read_stored_sql(Target& target, std::string_view project, std::string_view id, const Limits& limits);

struct Event {
    std::string at;
    std::string id;
    std::string event;
    std::string by_role;
    std::string client;
    std::string detail;
};
Result<std::vector<Event>> read_events(
    Target& target, std::string_view project, std::optional<std::string_view> id, const Limits& limits
);

}  // namespace drydock::migrate
