#include <functional>

#include "prove/replay.h"

// Databases in the state after some migrations, for those who only want to look at them.
namespace drydock::prove {
namespace {

Result<State> replay(
    const shadow::ShadowOptions& where,
    const migrate::Project& project,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits,
    const std::function<Result<>(Replay&, std::vector<State::Skipped>&)>& run
) {
    DRYDOCK_TRY(auto shadow, shadow::Shadow::open(where, std::nullopt, limits));
    DRYDOCK_TRY(auto replay, Replay::open(shadow, project, options, progress, limits));
    std::vector<State::Skipped> skipped;
    DRYDOCK_TRY_VOID(run(replay, skipped));
    auto notes = shadow.notes();
    for (const auto& name : replay.missing_extensions()) {
        notes.push_back("the extension " + name + " is not installed in the shadow: its CREATE EXTENSION was left out");
    }
    auto database = replay.take();
    return State{
        .shadow = std::move(shadow),
        .database = std::move(database),
        .skipped = std::move(skipped),
        .notes = std::move(notes),
    };
}

// What stops the whole, and not this migration alone.
bool ends_all(const Replay& replay, const Error& error) {
    return replay.in_doubt() || error.code == ErrorCode::cancelled || error.code == ErrorCode::deadline_exceeded ||
           error.code == ErrorCode::unavailable;
}

}  // namespace

Result<std::vector<std::size_t>> chain(const migrate::Project& project, const migrate::Options& options) {
    DRYDOCK_TRY(const auto plan, migrate::make_plan(project, migrate::History{}, options, {}, false));
    std::vector<std::size_t> indexes;
    for (const auto& item : plan.items) {
        if (item.index && item.state != migrate::State::skipped) indexes.push_back(*item.index);
    }
    return indexes;
}

Result<State> replay_project(
    const shadow::ShadowOptions& where,
    const migrate::Project& project,
    std::size_t count,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits
) {
    DRYDOCK_TRY(const auto indexes, chain(project, options.engine));
    return replay(where, project, options, progress, limits, [&](Replay& run, auto& skipped) -> Result<> {
        for (std::size_t i = 0; i < std::min(count, indexes.size()); ++i) {
            auto done = run.apply(indexes[i], limits);
            if (done) {
                DRYDOCK_TRY_VOID(run.load_data(indexes[i], limits));
            } else if (ends_all(run, done.error())) {
                return std::move(done).error().in("replaying in the shadow");
            } else {
                skipped.push_back({project.at(indexes[i]).id, std::move(done).error()});
            }
        }
        return {};
    });
}

Result<State> replay_stored(
    const shadow::ShadowOptions& where,
    const std::vector<StoredMigration>& migrations,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits
) {
    DRYDOCK_TRY(const auto project, migrate::Project::build({}));
    return replay(where, project, options, progress, limits, [&](Replay& run, auto& skipped) -> Result<> {
        for (const auto& migration : migrations) {
            auto done = run.apply(migration, limits);
            if (done) continue;
            if (ends_all(run, done.error())) return std::move(done).error().in("replaying in the shadow");
            skipped.push_back({migration.id, std::move(done).error()});
        }
        return {};
    });
}

}  // namespace drydock::prove
