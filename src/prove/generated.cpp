#include "prove/generated.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "catalog/difference.h"
#include "migrate/road.h"
#include "prove/compare.h"

namespace drydock::prove {
namespace {

std::vector<std::string> settings_of(const migrate::Options& engine) {
    std::vector<std::string> result;
    if (!engine.role.empty()) result.push_back("SET LOCAL ROLE " + pg::quote_identifier(engine.role));
    // As the engine: names go to public, and not to a schema that is called like the role.
    result.push_back(
        "SET LOCAL search_path = " + (engine.search_path.empty() ? std::string{"public"} : engine.search_path)
    );
    return result;
}

std::vector<std::string> notes_of(const undo::Generated& generated) {
    std::vector<std::string> notes;
    if (generated.grade != undo::Grade::not_reversible) notes = generated.reasons;
    for (const auto& loss : generated.losses) {
        auto note = fmt::format("{}: {}", loss.object, loss.words);
        if (!loss.save.empty()) note += fmt::format("; to keep it, run before the migration: {}", loss.save);
        notes.push_back(std::move(note));
    }
    return notes;
}

Error not_held(std::string_view id, std::string_view what, const std::vector<std::string>& lines) {
    return {
        .code = ErrorCode::conflict,
        .message = fmt::format("the rollback that was made for {} does not hold: {}", id, what),
        .hint = "write a rollback file for it",
        .detail = fmt::format("{}", fmt::join(lines, "\n"))
    };
}

class HistoryTrial {
public:
    HistoryTrial(
        Replay& replay,
        const StoredMigration& migration,
        const ReplayOptions& options,
        Unfilled unfilled,
        const Limits& limits
    )
        : replay_(replay), migration_(migration), options_(options), unfilled_(std::move(unfilled)), limits_(limits) {}

    Result<MadeRollback> run() {
        DRYDOCK_TRY(const auto before, snapshot());
        DRYDOCK_TRY_VOID(apply("applying it"));
        DRYDOCK_TRY(const auto after, snapshot());
        const auto header = layouts::parse_header(migration_.sql);
        DRYDOCK_TRY(
            const auto source,
            migrate::Source::stored(migration_.sql, migration_.id, header.placeholders, options_.engine.placeholders)
        );
        unfilled_.add(header.placeholders, options_.engine.placeholders);
        const Subject subject{migration_.id, source, options_.engine, header.no_transaction, unfilled_};
        DRYDOCK_TRY(auto made, make_rollback(replay_.connection(), subject, before, after, limits_));
        if (made.sql.empty()) return made;
        DRYDOCK_TRY_VOID(prove(made, before, after));
        return made;
    }

private:
    Result<catalog::Snapshot> snapshot() {
        return catalog::read_snapshot(replay_.connection(), {.dependencies = true}, limits_);
    }

    Result<> apply(std::string_view doing) {
        auto done = replay_.apply(migration_, limits_);
        if (done) return {};
        return std::move(done).error().in(fmt::format("{} in the shadow", doing));
    }

    Result<> prove(const MadeRollback& made, const catalog::Snapshot& before, const catalog::Snapshot& after) {
        const auto ran = replay_.roll_back(migration_.id, made.sql, limits_);
        if (!ran) return not_held(migration_.id, ran.error().message, {});
        DRYDOCK_TRY(const auto restored, snapshot());
        const auto rest = deviation(before, restored, "after rollback");
        if (!is_left(made.left, before, restored))
            return not_held(migration_.id, "it leaves something else", rest.lines);
        DRYDOCK_TRY_VOID(apply("applying it again"));
        DRYDOCK_TRY(const auto again, snapshot());
        const auto other = deviation(after, again, "after applying it again");
        if (other.none() || other.order_only) return {};
        return not_held(migration_.id, "applied again after it, the migration makes something else", other.lines);
    }

    Replay& replay_;
    const StoredMigration& migration_;
    const ReplayOptions& options_;
    Unfilled unfilled_;
    const Limits& limits_;
};

}  // namespace

Result<MadeRollback> make_rollback(
    pg::Connection& connection,
    const Subject& subject,
    const catalog::Snapshot& before,
    const catalog::Snapshot& after,
    const Limits& limits
) {
    const auto& script = subject.source.script();
    DRYDOCK_TRY(const auto road, migrate::plan_road(subject.source, subject.no_transaction));
    undo::Forward forward{
        .id = std::string{subject.id},
        .sha256 = sha256_hex(subject.source.original()),
        .statements = {},
        .settings = settings_of(subject.engine),
        .one_transaction = road.atomic(),
    };
    for (const auto& statement : script.statements()) forward.statements.emplace_back(script.text_of(statement));
    DRYDOCK_TRY(auto generated, undo::synthesise(connection, before, after, forward, limits));
    MadeRollback made{.grade = generated.grade, .notes = notes_of(generated), .left = std::move(generated.left)};
    const auto& unfilled = subject.unfilled;
    if (generated.grade == undo::Grade::not_reversible) {
        made.refusal = fmt::format("{}", fmt::join(generated.reasons, "; "));
    } else if (const auto name = unfilled.trouble(generated.sql); !name.empty()) {
        made.grade = undo::Grade::not_reversible;
        made.refusal = fmt::format("its rollback would show the value of ${{{}}}: write a rollback file", name);
    } else {
        made.sql = unfilled.sql(std::move(generated.sql));
    }
    // Values of placeholders are nobody's to read.
    made.refusal = unfilled.words(made.refusal);
    for (auto& note : made.notes) note = unfilled.words(note);
    return made;
}

Result<MadeRollback> rollback_from_history(
    const shadow::ShadowOptions& where,
    const std::vector<StoredMigration>& earlier,
    const StoredMigration& migration,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits
) {
    DRYDOCK_TRY(const auto project, migrate::Project::build({}));
    DRYDOCK_TRY(auto shadow, shadow::Shadow::open(where, std::nullopt, limits));
    DRYDOCK_TRY(auto replay, Replay::open(shadow, project, options, progress, limits));
    Unfilled unfilled;
    for (const auto& one : earlier) {
        auto done = replay.apply(one, limits);
        if (!done) return std::move(done).error().in(fmt::format("replaying {} in the shadow", one.id));
        unfilled.add(layouts::parse_header(one.sql).placeholders, options.engine.placeholders);
    }
    return HistoryTrial{replay, migration, options, std::move(unfilled), limits}.run();
}

}  // namespace drydock::prove
