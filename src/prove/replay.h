#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "migrate/engine.h"
#include "pg/connection.h"
#include "shadow/shadow.h"

namespace drydock::prove {

struct ReplayOptions {
    migrate::Options engine{};
    bool hooks = false;            // run the project's hooks, against the shadow
    std::filesystem::path data{};  // files NNN*.sql that run after the migration of that number; empty: none
};

// SQL of a migration that is not (or no more) a file: what history keeps.
struct StoredMigration {
    std::string id;
    std::string sql;
};

// One migration or rollback that went through.
struct Replayed {
    std::vector<std::string> missing_extensions;  // their CREATE EXTENSION was left out
    std::chrono::nanoseconds duration{0};
};

// Brings a database of a shadow into the states that migrations make, one after another, on one connection: with the
// engine's roads, verify files, placeholders, role and search_path, and without its locks and waits. What the shadow
// lacks: roles are made (on a throw-away server), a CREATE EXTENSION of what is not installed is left out.
// Used by one thread. The shadow and the project must outlive it.
class Replay {
public:
    // In a new, empty database.
    static Result<Replay> open(
        shadow::Shadow& shadow,
        const migrate::Project& project,
        const ReplayOptions& options,
        Progress& progress,
        const Limits& limits
    );
    Replay(Replay&&) noexcept;
    Replay& operator=(Replay&&) noexcept;
    ~Replay();

    // Errors leave the database as it was if the migration runs in one transaction; otherwise in_doubt() is true and
    // only start() and start_from() help. What only this shadow lacks (a role on a user's server) is a conflict.
    Result<Replayed> apply(std::size_t index, const Limits& limits);
    Result<Replayed> apply(const StoredMigration& migration, const Limits& limits);
    // Its rollback file, or `sql` in its place.
    Result<Replayed> roll_back(std::size_t index, const std::optional<std::string>& sql, const Limits& limits);
    // The same up to the moment before it runs: the work, fitted to what the shadow has.
    Result<migrate::Work> prepare(std::size_t index, Replayed& result, const Limits& limits);
    // With the rollback that was made for it; `id` as it was applied.
    Result<Replayed> roll_back(std::string_view id, const std::string& sql, const Limits& limits);
    // The data file of this migration's number, if there is one.
    Result<> load_data(std::size_t index, const Limits& limits);

    // The session that migrations run in; between two calls it is in no transaction.
    pg::Connection& connection();
    const shadow::Database& database() const;
    const std::vector<std::string>& applied() const;  // ids, in order
    bool in_doubt() const;
    // Extensions that were missing so far.
    const std::set<std::string, std::less<>>& missing_extensions() const;

    // Lets go of the session (connection() then is none), so that the database can be copied; resume() takes it again.
    void pause();
    Result<> resume(const Limits& limits);
    // Drops the database; start() or start_from() must follow.
    void abandon();
    // Another new database; or this one, in the state after `applied`. The one before is dropped.
    Result<> start(const Limits& limits);
    Result<> start_from(shadow::Database database, std::vector<std::string> applied, const Limits& limits);
    // Gives the database out of hand.
    shadow::Database take();

    struct Impl;

private:
    explicit Replay(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// The migrations of this environment, as indexes of the project in running order.
Result<std::vector<std::size_t>> chain(const migrate::Project& project, const migrate::Options& options);

// A database in the state after the first `count` of a chain; what could not run is told and left out.
struct State {
    struct Skipped {
        std::string id;
        Error error;
    };
    shadow::Shadow shadow;
    shadow::Database database;
    std::vector<Skipped> skipped;
    std::vector<std::string> notes;
};
Result<State> replay_project(
    const shadow::ShadowOptions& where,
    const migrate::Project& project,
    std::size_t count,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits
);
Result<State> replay_stored(
    const shadow::ShadowOptions& where,
    const std::vector<StoredMigration>& migrations,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits
);

}  // namespace drydock::prove
