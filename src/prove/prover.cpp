#include "prove/prover.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "migrate/prepare.h"
#include "prove/compare.h"
#include "prove/generated.h"
#include "shadow/extensions.h"

namespace drydock::prove {
namespace {

using Clock = Limits::Clock;

// Of the proof, not of the migration.
bool ends_all(const Error& error) {
    return error.code == ErrorCode::cancelled || error.code == ErrorCode::deadline_exceeded ||
           error.code == ErrorCode::unavailable || error.sqlstate.starts_with("53") || error.sqlstate.starts_with("58");
}

// Something that is not there: a relation, a function, a type, a schema, a column.
bool lacks_something(const Error& error) {
    constexpr std::array<std::string_view, 5> kStates{"42P01", "42883", "42704", "3F000", "42703"};
    return std::find(kStates.begin(), kStates.end(), error.sqlstate) != kStates.end();
}

std::string joined(const std::set<std::string, std::less<>>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

void append(std::vector<std::string>& list, std::vector<std::string> more) {
    list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Unfilled unfilled_up_to(const Course& course, std::size_t position) {
    Unfilled result;
    for (std::size_t p = 0; p <= position; ++p) {
        result.add(course.at(p).header.placeholders, course.replay.engine.placeholders);
    }
    return result;
}

}  // namespace

// What is known of one migration while it is put to the test.
struct Prover::Trial {
    std::size_t position;
    Proof proof;
    std::shared_ptr<const catalog::Snapshot> before;
    std::shared_ptr<const catalog::Snapshot> applied;
    RowImage rows_before;
    RowImage rows_applied;
    std::optional<std::string> rollback;  // the generated one
    std::vector<std::string> left;        // what that one is known not to bring back

    bool decided() const { return proof.verdict != Verdict::not_run; }
};

Proof Prover::begin(std::size_t position) const {
    const auto& migration = course_.at(position);
    return {.id = migration.id, .file = migration.path.string()};
}

Result<std::optional<Proof>> Prover::pass(std::size_t position, const Limits& limits) {
    const auto done = track_.apply(position, limits);
    if (done && done->missing_extensions.empty()) {
        DRYDOCK_TRY_VOID(track_.load_data(position, limits));
        return std::optional<Proof>{};
    }
    auto proof = begin(position);
    if (!done) {
        DRYDOCK_TRY_VOID(not_applied(proof, done.error(), limits));
    } else {
        DRYDOCK_TRY_VOID(track_.load_data(position, limits));
    }
    return done ? std::optional<Proof>{} : std::optional{std::move(proof)};
}

Result<Proof> Prover::prove(std::size_t position, const Limits& limits) {
    const auto begun = Clock::now();
    Trial trial{.position = position, .proof = begin(position)};
    auto& proof = trial.proof;
    const bool has_file = course_.at(position).rollback.has_value();
    DRYDOCK_TRY(trial.before, track_.snapshot(!has_file, limits));
    DRYDOCK_TRY(trial.rows_before, track_.rows(limits));
    const auto done = track_.apply(position, limits);
    if (!done) {
        DRYDOCK_TRY_VOID(not_applied(proof, done.error(), limits));
    } else {
        proof.apply = done->duration;
        if (!done->missing_extensions.empty()) {
            const auto& name = done->missing_extensions.front();
            proof.verdict = Verdict::not_provable;
            proof.reason = fmt::format("the shadow lacks the extension {}", fmt::join(done->missing_extensions, ", "));
            proof.notes.push_back(shadow::how_to_install(name, track_.shadow().server_version() / 10'000));
            proof.notes.emplace_back("its other statements ran, so that later migrations can be proven");
            without_.push_back(proof.id);
        } else {
            DRYDOCK_TRY_VOID(prove_applied(trial, limits));
        }
        DRYDOCK_TRY_VOID(track_.load_data(position, limits));
    }
    const auto unfilled = unfilled_up_to(course_, position);
    for (auto* lines : {&proof.differences, &proof.notes}) {
        for (auto& line : *lines) line = unfilled.words(line);
    }
    proof.total = Clock::now() - begun;
    return std::move(trial.proof);
}

Result<> Prover::prove_applied(Trial& trial, const Limits& limits) {
    DRYDOCK_TRY(trial.applied, track_.snapshot(!course_.at(trial.position).rollback, limits));
    if (!trial.rows_before.tables.empty()) {
        DRYDOCK_TRY(trial.rows_applied, track_.rows(limits));
    }
    DRYDOCK_TRY_VOID(find_rollback(trial, limits));
    if (trial.decided()) return {};
    auto& proof = trial.proof;
    const auto state = track_.applied();
    const auto back = track_.roll_back(trial.position, trial.rollback, limits);
    if (!back) {
        DRYDOCK_TRY_VOID(judge_failure(proof, back.error(), "rolling back"));
        return recover(state, limits);
    }
    proof.roll_back = back->duration;
    DRYDOCK_TRY_VOID(check_rolled_back(trial, limits));
    if (!trial.decided()) DRYDOCK_TRY_VOID(check_applied_again(trial, limits));
    if (trial.decided()) return recover(state, limits);
    proof.verdict = trial.rollback ? Verdict::generated : Verdict::proven;
    return {};
}

Result<> Prover::find_rollback(Trial& trial, const Limits& limits) {
    const auto& migration = course_.at(trial.position);
    if (migration.rollback) return {};
    DRYDOCK_TRY(
        const auto source,
        migrate::Source::read(migration.path, migration.header.placeholders, course_.replay.engine.placeholders)
    );
    if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
    const Subject subject{
        migration.id,
        source,
        course_.replay.engine,
        migration.header.no_transaction,
        unfilled_up_to(course_, trial.position)
    };
    DRYDOCK_TRY(auto made, make_rollback(track_.replay().connection(), subject, *trial.before, *trial.applied, limits));
    auto& proof = trial.proof;
    append(proof.notes, std::move(made.notes));
    proof.grade = undo::words(made.grade);
    if (made.sql.empty()) {
        proof.verdict = Verdict::not_reversible;
        proof.reason = std::move(made.refusal);
        return {};
    }
    proof.rollback_sql = made.sql;
    trial.rollback = std::move(made.sql);
    trial.left = std::move(made.left);
    return {};
}

Result<> Prover::check_rolled_back(Trial& trial, const Limits& limits) {
    auto& proof = trial.proof;
    DRYDOCK_TRY(const auto now, track_.snapshot(false, limits));
    auto catalog = deviation(*trial.before, *now, "after rollback");
    if (!trial.rows_before.tables.empty()) {
        DRYDOCK_TRY(const auto rows, track_.rows(limits));
        auto losses = compare_rows(trial.rows_before, trial.rows_applied, rows);
        for (auto& lost : losses.untouched) proof.differences.push_back("after rollback: gone or changed: " + lost);
        for (const auto& lost : losses.touched) {
            proof.notes.push_back("not brought back by the rollback: " + lost);
            if (proof.grade.empty() || proof.grade == undo::words(undo::Grade::exact))
                proof.grade = undo::words(undo::Grade::data_lost);
        }
        append(proof.notes, trial.rows_before.unread);
    }
    if (trial.rollback && is_left(trial.left, *trial.before, *now)) {
        // What the rollback's own grade says, and nothing else.
        append(proof.notes, std::move(catalog.lines));
        proof.left = without_order(*trial.before, *now);
    } else if (catalog.order_only && !trial.rollback) {
        proof.notes.emplace_back("the order of columns is another one after the rollback");
        if (proof.grade.empty()) proof.grade = "lossy: column order";
    } else {
        append(proof.differences, std::move(catalog.lines));
    }
    if (proof.differences.empty()) return {};
    proof.verdict = Verdict::failed;
    proof.reason = "its rollback does not bring back what was there";
    return {};
}

Result<> Prover::check_applied_again(Trial& trial, const Limits& limits) {
    auto& proof = trial.proof;
    const auto again = track_.apply(trial.position, limits);
    if (!again) return judge_failure(proof, again.error(), "applying it again after its rollback");
    DRYDOCK_TRY(const auto now, track_.snapshot(false, limits));
    auto catalog = deviation(*trial.applied, *now, "after applying it again");
    if (catalog.none() || catalog.order_only) return {};
    append(proof.differences, std::move(catalog.lines));
    proof.verdict = Verdict::failed;
    proof.reason = "applied again after its rollback, it makes something else";
    return {};
}

Result<> Prover::judge_failure(Proof& proof, Error error, std::string_view doing) {
    if (ends_all(error)) return std::move(error).in(fmt::format("{} {} in the shadow", doing, proof.id));
    proof.verdict = Verdict::failed;
    proof.reason = fmt::format("{} failed", doing);
    proof.error = std::move(error);
    return {};
}

Result<> Prover::not_applied(Proof& proof, Error error, const Limits& limits) {
    const auto& missing = track_.replay().missing_extensions();
    std::string reason;
    if (error.code == ErrorCode::conflict) {
        reason = error.message;
    } else if (lacks_something(error) && !missing.empty()) {
        reason = fmt::format("it needs what the extension {} makes, which the shadow lacks", joined(missing));
    } else if (lacks_something(error) && !without_.empty()) {
        reason = fmt::format("it builds on {}, which could not run here", without_.back());
    }
    DRYDOCK_TRY_VOID(judge_failure(proof, std::move(error), "applying it"));
    if (reason.empty()) return {};
    proof.verdict = Verdict::not_provable;
    proof.reason = std::move(reason);
    without_.push_back(proof.id);
    return track_.replay().in_doubt() ? recover(track_.applied(), limits) : Result<>{};
}

Result<> Prover::recover(const std::vector<std::size_t>& positions, const Limits& limits) {
    auto done = track_.recover(positions, limits);
    if (done) return {};
    return std::move(done).error().in("coming back to the state before");
}

}  // namespace drydock::prove
