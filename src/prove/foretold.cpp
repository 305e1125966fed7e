#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "effects/world.h"
#include "prove/trace.h"

// What was foretold of a statement against what it was seen to do.
namespace drydock::prove {
namespace {

using effects::Certainty;
using effects::LockMode;
using effects::RelationEffect;

// Queries lock the indexes that the planner looks at; nobody ever waits for those.
bool of_the_planner(std::string_view kind, LockMode lock) {
    return kind == "index" && lock <= LockMode::row_exclusive;
}

std::string full_name(std::string_view schema, std::string_view name) {
    return schema.empty() ? std::string{name} : fmt::format("{}.{}", schema, name);
}

const TracedRelation* find(const TracedStatement& seen, const RelationEffect& foretold) {
    const auto at = std::find_if(seen.relations.begin(), seen.relations.end(), [&](const TracedRelation& r) {
        return r.name == foretold.name && (foretold.schema.empty() || r.schema == foretold.schema);
    });
    return at == seen.relations.end() ? nullptr : &*at;
}

const RelationEffect* find(const effects::Effect& foretold, const TracedRelation& seen) {
    const auto at = std::find_if(foretold.relations.begin(), foretold.relations.end(), [&](const RelationEffect& r) {
        return r.name == seen.name && (r.schema.empty() || r.schema == seen.schema);
    });
    return at == foretold.relations.end() ? nullptr : &*at;
}

void compare_work(
    const RelationEffect& foretold, bool rewritten, std::int64_t scans, std::vector<std::string>& result
) {
    const auto name = full_name(foretold.schema, foretold.name);
    if (rewritten && foretold.rewrites == Certainty::no) {
        result.push_back(fmt::format("{} was rewritten, which was not foretold", name));
    }
    if (!rewritten && foretold.rewrites == Certainty::yes) {
        result.push_back(fmt::format("{} was not rewritten, and that was foretold", name));
    }
    if (scans > 0 && foretold.scans == Certainty::no && foretold.rewrites == Certainty::no) {
        result.push_back(fmt::format("{} was read as a whole, which was not foretold", name));
    }
    if (scans == 0 && !rewritten && foretold.scans == Certainty::yes && foretold.kind != effects::RelationKind::index) {
        result.push_back(fmt::format("{} was not read as a whole, and that was foretold", name));
    }
}

void compare_lock(
    const RelationEffect& foretold, const TracedRelation* seen, bool whole, std::vector<std::string>& result
) {
    const auto name = full_name(foretold.schema, foretold.name);
    const auto kind = seen != nullptr                                 ? std::string_view{seen->kind}
                      : foretold.kind == effects::RelationKind::index ? std::string_view{"index"}
                                                                      : std::string_view{"table"};
    const auto lock = seen != nullptr ? seen->lock : LockMode::none;
    if (of_the_planner(kind, std::max(lock, foretold.lock))) return;
    if (lock == foretold.lock) return;
    // From a second session a lock of a moment is easily missed.
    if (!whole && lock < foretold.lock) return;
    if (lock == LockMode::none) {
        if (whole)
            result.push_back(fmt::format("{} on {} was foretold and not taken", effects::name(foretold.lock), name));
        return;
    }
    result.push_back(
        fmt::format("{} on {} was foretold, {} was taken", effects::name(foretold.lock), name, effects::name(lock))
    );
}

}  // namespace

void foretell(
    const migrate::Work& work, const catalog::Snapshot& before, const migrate::Options& engine, MigrationTrace& traced
) {
    effects::World world{before};
    world.set_time_zone("UTC");
    if (!engine.search_path.empty()) {
        std::vector<std::string> path;
        for (auto schema : split(engine.search_path, ',')) {
            schema = trim(schema);
            if (schema.size() > 1 && schema.front() == '"') schema = schema.substr(1, schema.size() - 2);
            path.emplace_back(schema);
        }
        world.set_search_path(std::move(path));
    }
    effects::Reader reader{&world};
    const auto& script = work.source.script();
    std::vector<effects::Effect> foretold;
    for (const auto& statement : script.statements()) foretold.push_back(reader.read(script.text_of(statement)));
    for (auto& statement : traced.statements) {
        const auto& effect = foretold[statement.index];
        statement.predicted = effect.analysed;
        statement.disagreements = disagreements(effect, statement);
        if (!effect.analysed && statement.note.empty()) statement.note = "not foretold: " + effect.note;
    }
}

std::vector<std::string> disagreements(const effects::Effect& foretold, const TracedStatement& seen) {
    std::vector<std::string> result;
    if (!foretold.analysed) return result;
    if (!foretold.error.empty()) {
        result.push_back(fmt::format("an error was foretold, and none came: {}", foretold.error));
    }
    // Held up before its first lock, a statement shows that one alone.
    const bool whole = seen.in_transaction;
    for (const auto& relation : foretold.relations) {
        if (relation.created_here) continue;
        const auto* const found = find(seen, relation);
        // What the transaction has already, it does not take again.
        const bool had = found != nullptr && found->lock == LockMode::none && found->held >= relation.lock;
        if (!had) compare_lock(relation, found, whole, result);
        if (found != nullptr || whole) {
            compare_work(relation, found != nullptr && found->rewritten, found != nullptr ? found->scans : 0, result);
        }
    }
    for (const auto& relation : seen.relations) {
        if (find(foretold, relation) != nullptr) continue;
        const auto name = full_name(relation.schema, relation.name);
        if (relation.lock != LockMode::none && !of_the_planner(relation.kind, relation.lock)) {
            result.push_back(
                fmt::format("{} was taken on {}, which was not foretold", effects::name(relation.lock), name)
            );
        }
        if (relation.rewritten) result.push_back(fmt::format("{} was rewritten, which was not foretold", name));
        if (relation.scans > 0) result.push_back(fmt::format("{} was read as a whole, which was not foretold", name));
    }
    return result;
}

}  // namespace drydock::prove
