#include "prove/track.h"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace drydock::prove {
namespace {

constexpr std::size_t kWorthACopy = 8;  // replayed migrations that take longer than a copy

// Which cluster of the cache holds the state of this key.
std::string pointer_key(const std::string& state) {
    return key_of("pointer", {state});
}

std::optional<boost::json::object> parse_object(std::string_view text) {
    boost::system::error_code error;
    auto value = boost::json::parse(text, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

struct NotedDatabase {
    std::string name;
    std::string hash;
    std::size_t count = 0;
};

std::vector<NotedDatabase> noted_databases(std::string_view note) {
    std::vector<NotedDatabase> result;
    const auto object = parse_object(note);
    const auto* const list = object ? object->if_contains("databases") : nullptr;
    if (!list || !list->is_array()) return result;
    for (const auto& item : list->get_array()) {
        boost::system::error_code error;
        const auto* const name = item.find_pointer("/name", error);
        const auto* const hash = item.find_pointer("/hash", error);
        const auto* const count = item.find_pointer("/count", error);
        if (!name || !name->is_string() || !hash || !hash->is_string() || !count || !count->is_int64()) continue;
        result.push_back({
            .name = std::string{name->get_string()},
            .hash = std::string{hash->get_string()},
            .count = static_cast<std::size_t>(count->get_int64()),
        });
    }
    return result;
}

std::vector<std::size_t> first_positions(std::size_t count) {
    std::vector<std::size_t> result(count);
    for (std::size_t i = 0; i < count; ++i) result[i] = i;
    return result;
}

}  // namespace

Result<> Course::open_cache(const std::filesystem::path& folder, const shadow::Cache::Bounds& bounds) {
    DRYDOCK_TRY(const auto kind, shadow::Shadow::choose(shadow));
    if (!kind.binaries) return {};
    DRYDOCK_TRY(keys, keys_of(project, chain, replay, kind.identity));
    DRYDOCK_TRY(auto opened, shadow::Cache::open(folder, bounds));
    cache.emplace(std::move(opened));
    return {};
}

Result<std::unique_ptr<Track>> Track::open(
    Course& course, std::size_t position, Progress& progress, const Limits& limits
) {
    for (auto count = course.cache ? position : 0; count > 0; --count) {
        const auto cluster_key = course.cache->find_text(pointer_key(course.keys->states[count]));
        if (!cluster_key) continue;
        DRYDOCK_TRY(auto cluster, course.cache->find_cluster(*cluster_key, limits));
        if (!cluster) {
            course.cache->forget_text(pointer_key(course.keys->states[count]));
            continue;
        }
        const auto note = cluster->note;
        auto shadow = shadow::Shadow::open(course.shadow, cluster->cluster, limits);
        {
            [[maybe_unused]] const auto let_go = std::move(cluster);
        }
        if (shadow) {
            auto held = std::make_unique<shadow::Shadow>(*std::move(shadow));
            DRYDOCK_TRY(auto replay, Replay::open(*held, course.project, course.replay, progress, limits));
            std::unique_ptr<Track> track{new Track{course, std::move(held), std::move(replay)}};
            DRYDOCK_TRY(const bool taken, track->adopt(note, count, limits));
            if (taken) return track;
        } else if (limits.stop.stop_requested()) {
            return std::move(shadow).error();
        }
        // It looked whole and was not: what is in it is not what was noted.
        course.cache->forget_cluster(*cluster_key);
        course.cache->forget_text(pointer_key(course.keys->states[count]));
    }
    DRYDOCK_TRY(auto shadow, shadow::Shadow::open(course.shadow, std::nullopt, limits));
    auto held = std::make_unique<shadow::Shadow>(std::move(shadow));
    DRYDOCK_TRY(const auto roles, held->roles(limits));
    DRYDOCK_TRY(auto replay, Replay::open(*held, course.project, course.replay, progress, limits));
    std::unique_ptr<Track> track{new Track{course, std::move(held), std::move(replay)}};
    track->first_roles_ = roles;
    return track;
}

// Takes the database of that state over. False when it is not what was noted.
Result<bool> Track::adopt(std::string_view note, std::size_t count, const Limits& limits) {
    DRYDOCK_TRY(first_roles_, shadow_->roles(limits));
    std::optional<NotedDatabase> wanted;
    for (auto& noted : noted_databases(note)) {
        auto database = shadow_->adopt_database(noted.name);
        if (noted.count != count) continue;  // and is dropped
        database.keep();
        wanted = std::move(noted);
    }
    if (!wanted) return false;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(course_.id(i));
    const auto taken = replay_.start_from(shadow_->adopt_database(wanted->name), ids, limits);
    if (!taken) return false;
    applied_ = first_positions(count);
    started_at_ = count;
    DRYDOCK_TRY(const auto now, snapshot(false, limits));
    if (now->hash() != wanted->hash) return false;
    // What is spoiled later is made again from here.
    DRYDOCK_TRY_VOID(set_checkpoint(limits));
    return true;
}

Result<Replayed> Track::apply(std::size_t position, const Limits& limits) {
    snapshot_.reset();
    DRYDOCK_TRY(auto done, replay_.apply(course_.chain[position], limits));
    applied_.push_back(position);
    ++replayed_;
    return done;
}

Result<Replayed> Track::roll_back(std::size_t position, const std::optional<std::string>& sql, const Limits& limits) {
    snapshot_.reset();
    DRYDOCK_TRY(auto done, replay_.roll_back(course_.chain[position], sql, limits));
    std::erase(applied_, position);
    return done;
}

Result<> Track::load_data(std::size_t position, const Limits& limits) {
    return replay_.load_data(course_.chain[position], limits);
}

void Track::passed(std::size_t position) {
    snapshot_.reset();
    applied_.push_back(position);
    ++replayed_;
}

bool Track::is_applied(std::size_t position) const {
    return std::find(applied_.begin(), applied_.end(), position) != applied_.end();
}

Result<std::shared_ptr<const catalog::Snapshot>> Track::snapshot(bool dependencies, const Limits& limits) {
    if (!snapshot_ || (dependencies && !with_dependencies_)) {
        DRYDOCK_TRY(auto read, catalog::read_snapshot(replay_.connection(), {.dependencies = dependencies}, limits));
        snapshot_ = std::make_shared<const catalog::Snapshot>(std::move(read));
        with_dependencies_ = dependencies;
    }
    return snapshot_;
}

Result<RowImage> Track::rows(const Limits& limits) {
    return read_rows(replay_.connection(), limits);
}

Result<Track::Copy> Track::copy(const Limits& limits) {
    DRYDOCK_TRY(const auto now, snapshot(false, limits));
    DRYDOCK_TRY(auto roles, shadow_->roles(limits));
    replay_.pause();
    DRYDOCK_TRY(auto database, shadow_->create_database({.copy_of = replay_.database().name()}, limits));
    DRYDOCK_TRY_VOID(replay_.resume(limits));
    return Copy{
        .database = std::move(database),
        .count = applied_.size(),
        .applied = applied_,
        .roles = std::move(roles),
        .hash = now->hash(),
    };
}

Result<> Track::set_checkpoint(const Limits& limits) {
    DRYDOCK_TRY(auto made, copy(limits));
    checkpoint_.emplace(std::move(made));
    return {};
}

Result<> Track::recover(const std::vector<std::size_t>& positions, const Limits& limits) {
    const auto wanted = positions;  // it may be our own list
    snapshot_.reset();
    const bool from_copy = checkpoint_ && checkpoint_->applied.size() <= wanted.size() &&
                           std::equal(checkpoint_->applied.begin(), checkpoint_->applied.end(), wanted.begin());
    if (!from_copy) checkpoint_.reset();
    replay_.abandon();
    DRYDOCK_TRY_VOID(shadow_->drop_roles_but(from_copy ? checkpoint_->roles : first_roles_, limits));
    applied_.clear();
    if (from_copy) {
        DRYDOCK_TRY(auto database, shadow_->create_database({.copy_of = checkpoint_->database.name()}, limits));
        std::vector<std::string> ids;
        for (const auto position : checkpoint_->applied) ids.push_back(course_.id(position));
        DRYDOCK_TRY_VOID(replay_.start_from(std::move(database), std::move(ids), limits));
        applied_ = checkpoint_->applied;
    } else {
        DRYDOCK_TRY_VOID(replay_.start(limits));
    }
    const auto from = applied_.size();
    for (auto i = from; i < wanted.size(); ++i) {
        DRYDOCK_TRY_VOID(apply(wanted[i], limits));
        if (i + 1 < wanted.size()) DRYDOCK_TRY_VOID(load_data(wanted[i], limits));
    }
    if (wanted.size() - from > kWorthACopy) DRYDOCK_TRY_VOID(set_checkpoint(limits));
    return {};
}

bool Track::may_keep() const {
    // A state that not all went into is not what its key says.
    return course_.cache && shadow_->is_throwaway() && replay_.missing_extensions().empty() &&
           applied_ == first_positions(applied_.size());
}

Result<> Track::set_aside(const Limits& limits) {
    if (!may_keep() || replayed_ == 0) return {};
    DRYDOCK_TRY(auto made, copy(limits));
    aside_.emplace(std::move(made));
    return {};
}

Result<> Track::save(const Limits& limits) {
    if (!aside_ || !course_.cache) return {};
    const auto& states = course_.keys->states;
    const auto& key = states[aside_->count];
    boost::json::array databases;
    std::vector<std::string> kept;
    for (auto* const copy : {&aside_, &checkpoint_}) {
        if (!*copy || (*copy)->applied != first_positions((*copy)->count)) continue;
        databases.push_back({{"name", (*copy)->database.name()}, {"hash", (*copy)->hash}, {"count", (*copy)->count}});
        (*copy)->database.keep();
        kept.push_back(states[(*copy)->count]);
    }
    const boost::json::object note{{"databases", std::move(databases)}};
    replay_.abandon();
    DRYDOCK_TRY_VOID(course_.cache->save_cluster(key, *shadow_, boost::json::serialize(note), limits));
    if (!course_.cache->has_cluster(key)) return {};
    for (const auto& state : kept) DRYDOCK_TRY_VOID(course_.cache->save_text(pointer_key(state), key));
    return {};
}

}  // namespace drydock::prove
