#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "catalog/snapshot.h"
#include "prove/keys.h"
#include "prove/replay.h"
#include "prove/rows.h"
#include "shadow/cache.h"
#include "shadow/shadow.h"

namespace drydock::prove {

// What one test is about: the migrations in order, by their positions from 0.
struct Course {
    const migrate::Project& project;
    const ReplayOptions& replay;
    const shadow::ShadowOptions& shadow;
    std::vector<std::size_t> chain{};  // position -> index of the project
    std::optional<Keys> keys{};        // none: nothing is kept
    std::optional<shadow::Cache> cache{};

    // Looks for what earlier runs have kept of this chain. The Error says why nothing can be kept.
    Result<> open_cache(const std::filesystem::path& folder, const shadow::Cache::Bounds& bounds);

    std::size_t size() const { return chain.size(); }
    const layouts::Migration& at(std::size_t position) const { return project.at(chain[position]); }
    const std::string& id(std::size_t position) const { return at(position).id; }
};

// The shadow of a test and the state it is in: which migrations are applied, and the catalog there. Knows how to come
// to a state again when something has spoiled it, and keeps states in the cache.
class Track {
public:
    // As near to `position` as the cache helps, and not beyond; else empty.
    static Result<std::unique_ptr<Track>> open(
        Course& course, std::size_t position, Progress& progress, const Limits& limits
    );

    std::size_t started_at() const { return started_at_; }
    std::size_t replayed() const { return replayed_; }
    shadow::Shadow& shadow() { return *shadow_; }
    Replay& replay() { return replay_; }

    Result<Replayed> apply(std::size_t position, const Limits& limits);
    Result<Replayed> roll_back(std::size_t position, const std::optional<std::string>& sql, const Limits& limits);
    Result<> load_data(std::size_t position, const Limits& limits);
    // It ran on the replay's session, past the replay.
    void passed(std::size_t position);
    bool is_applied(std::size_t position) const;

    // The catalog as it is now; read when it is asked for, and with dependencies where they are needed.
    Result<std::shared_ptr<const catalog::Snapshot>> snapshot(bool dependencies, const Limits& limits);
    Result<RowImage> rows(const Limits& limits);

    // A copy of the database to come back to, and to keep. Worth it where it saves replaying.
    Result<> set_checkpoint(const Limits& limits);
    // The state after these positions, in a database of its own: a rollback or a broken migration has spoiled this one.
    Result<> recover(const std::vector<std::size_t>& positions, const Limits& limits);
    const std::vector<std::size_t>& applied() const { return applied_; }

    // Puts the state of now aside; save() keeps it, with the last checkpoint, in the cache. Both do nothing without
    // one.
    Result<> set_aside(const Limits& limits);
    Result<> save(const Limits& limits);

private:
    // A database in the state after the first `count` of the chain.
    struct Copy {
        shadow::Database database;
        std::size_t count = 0;
        std::vector<std::size_t> applied;
        std::set<std::string, std::less<>> roles;
        std::string hash;  // of the snapshot
    };

    Track(Course& course, std::unique_ptr<shadow::Shadow> shadow, Replay replay)
        : course_(course), shadow_(std::move(shadow)), replay_(std::move(replay)) {}
    Result<bool> adopt(std::string_view note, std::size_t count, const Limits& limits);
    Result<Copy> copy(const Limits& limits);
    bool may_keep() const;

    Course& course_;
    std::unique_ptr<shadow::Shadow> shadow_;  // on the heap: the replay refers to it
    Replay replay_;
    std::vector<std::size_t> applied_;
    std::shared_ptr<const catalog::Snapshot> snapshot_;
    bool with_dependencies_ = false;
    std::set<std::string, std::less<>> first_roles_;
    std::optional<Copy> checkpoint_;
    std::optional<Copy> aside_;
    std::size_t started_at_ = 0;
    std::size_t replayed_ = 0;
};

}  // namespace drydock::prove
