#include "cli/generated_rollbacks.h"

#include <filesystem>

#include <fmt/format.h>

#include "cli/session.h"
#include "cli/shadow_options.h"
#include "prove/generated.h"
#include "prove/test.h"

namespace drydock::cli {
namespace {

Result<migrate::GeneratedRollback> generate(
    Session& session, const migrate::RollbackOrigin& origin, const Limits& limits
) {
    const auto& id = origin.migration.id;
    session.note(fmt::format("{} has no rollback: making one in a shadow, from what history keeps", id));
    DRYDOCK_TRY(const auto where, shadow_options(session));
    std::vector<prove::StoredMigration> earlier;
    for (const auto& one : origin.earlier) earlier.push_back({.id = one.id, .sql = one.sql});
    auto made = prove::rollback_from_history(
        where, earlier, {.id = id, .sql = origin.migration.sql}, replay_options(session), session.progress(), limits
    );
    const auto advice = fmt::format("write rollback-{}.sql beside the migration", id);
    if (!made) return std::move(made).error().in(fmt::format("no rollback of {} could be made", id)).with_hint(advice);
    if (made->sql.empty()) {
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("{} can't be taken back: {}", id, made->refusal),
            .hint = advice
        };
    }
    return migrate::GeneratedRollback{
        .sql = std::move(made->sql), .grade = std::string{undo::name(made->grade)}, .notes = std::move(made->notes)
    };
}

std::string name_of_words(std::string_view words) {
    for (const auto grade :
         {undo::Grade::exact, undo::Grade::data_lost, undo::Grade::lossy, undo::Grade::not_reversible}) {
        if (undo::words(grade) == words) return std::string{undo::name(grade)};
    }
    return {};
}

Error refused(const prove::Proof& proof) {
    const auto why = !proof.differences.empty() ? proof.differences.front()
                     : proof.error              ? proof.error->message
                                                : proof.reason;
    Error error{
        .code = ErrorCode::conflict,
        .message = fmt::format("{} does not stand its proof: {}: {}", proof.id, proof.reason, why),
        .hint = "nothing was applied; `drydock migrate test` shows all of it",
    };
    if (proof.error) error.place = proof.error->place;
    return error;
}

}  // namespace

migrate::GenerateRollback rollback_generator(Session& session) {
    return [&session](const migrate::RollbackOrigin& origin, const Limits& limits) {
        return generate(session, origin, limits);
    };
}

Result<std::map<std::string, migrate::GeneratedRollback, std::less<>>> prove_pending(
    Session& session, const migrate::Project& project, const migrate::Plan& plan
) {
    std::map<std::string, migrate::GeneratedRollback, std::less<>> generated;
    prove::TestOptions options{.replay = replay_options(session)};
    for (const auto i : plan.run) options.only.push_back(plan.items[i].id);
    if (options.only.empty()) return generated;
    const auto& cache = session.settings().text("shadow.cache_dir");
    if (!cache.empty()) options.cache_folder = std::filesystem::absolute(cache);
    DRYDOCK_TRY(options.shadow, shadow_options(session));
    DRYDOCK_TRY(auto report, prove::test(project, options, session.progress(), session.limits()));
    for (auto& proof : report.proofs) {
        if (proof.verdict == prove::Verdict::failed) return refused(proof);
        if (proof.verdict == prove::Verdict::generated) {
            generated.emplace(
                proof.id,
                migrate::GeneratedRollback{
                    .sql = std::move(proof.rollback_sql), .grade = name_of_words(proof.grade), .notes = {}
                }
            );
        } else if (proof.verdict != prove::Verdict::proven) {
            session.warn(fmt::format("{} is {}: {}", proof.id, prove::name(proof.verdict), proof.reason));
        }
    }
    return generated;
}

}  // namespace drydock::cli
