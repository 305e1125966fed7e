#include "undo/rollback.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/difference.h"
#include "sql/statement.h"
#include "undo/goal.h"
#include "undo/grade.h"
#include "undo/queries.h"

namespace drydock::undo {
namespace {

// Renames, the change itself, what default privileges and the like added, and one to spare.
constexpr int kMostRounds = 6;

constexpr std::array<std::pair<Grade, std::string_view>, 4> kNames{{
    {Grade::exact, "exact"},
    {Grade::data_lost, "data_lost"},
    {Grade::lossy, "lossy"},
    {Grade::not_reversible, "not_reversible"},
}};

// Of the connection or of the run; anything else is an answer about the migration.
bool ends_all(const Error& error) {
    return error.code == ErrorCode::cancelled || error.code == ErrorCode::deadline_exceeded ||
           error.code == ErrorCode::unavailable;
}

// One transaction in which the rollback is found and tried, and which leaves nothing behind.
class Attempt {
public:
    Attempt(pg::Connection& connection, const catalog::Snapshot& goal, const Limits& limits)
        : connection_(connection), goal_(goal), limits_(limits) {}

    Result<> begin() { return connection_.run_message("BEGIN", limits_); }
    Result<> end() { return connection_.run_message("ROLLBACK", limits_); }

    Result<> find(const catalog::Snapshot& after) {
        restored = after;
        for (int round = 0; round < kMostRounds; ++round) {
            if (catalog::compare(restored, goal_, {}).empty()) return {};
            auto script = catalog::transition(restored, goal_, {.by_identity = true});
            // The first round that has something to say sees it best.
            if (impossible.empty()) impossible = std::move(script.impossible);
            const auto done = statements.size();
            DRYDOCK_TRY_VOID(run(script.statements));
            if (statements.size() == done) return {};
            DRYDOCK_TRY(
                restored, catalog::read_snapshot(connection_, {.dependencies = true, .in_transaction = true}, limits_)
            );
        }
        return {};
    }

    // The migration once more, to see which relations it writes to: rows or none, through functions or not.
    Result<std::optional<std::set<std::uint32_t>>> watch(const Forward& forward) {
        std::optional<std::set<std::uint32_t>> nothing;
        DRYDOCK_TRY(const auto already, written());
        DRYDOCK_TRY_VOID(connection_.run_message("SAVEPOINT drydock_watch", limits_));
        std::string text;
        for (const auto& statement : forward.settings) text += statement + ";\n";
        for (const auto& statement : forward.statements) {
            const auto shape = sql::kind_of(statement).shape;
            if (shape != sql::Shape::ordinary && shape != sql::Shape::session) continue;
            text += statement + "\n;\n";
        }
        const auto ran = connection_.run_message(text, limits_);
        if (!ran && ends_all(ran.error())) return ran.error();
        std::optional<std::set<std::uint32_t>> found;
        if (ran) {
            DRYDOCK_TRY(auto now, written());
            for (const auto oid : already) now.erase(oid);
            found = std::move(now);
        }
        DRYDOCK_TRY_VOID(connection_.run_message("ROLLBACK TO SAVEPOINT drydock_watch", limits_));
        return found;
    }

    std::vector<std::string> statements;  // that ran, in order
    std::vector<std::string> failures;
    std::vector<std::string> impossible;
    catalog::Snapshot restored;

private:
    // Together if that goes; else one by one, so that what one can't do keeps no other from it.
    Result<> run(std::vector<std::string>& script) {
        if (script.empty()) return {};
        std::string text = "SAVEPOINT drydock_round;\n";
        for (const auto& statement : script) text += statement + ";\n";
        const auto ran = connection_.run_message(text + "RELEASE SAVEPOINT drydock_round", limits_);
        if (ran) {
            for (auto& statement : script) statements.push_back(std::move(statement));
            failures.clear();
            return {};
        }
        if (ends_all(ran.error())) return ran.error();
        DRYDOCK_TRY_VOID(connection_.run_message("ROLLBACK TO SAVEPOINT drydock_round", limits_));
        failures.clear();
        for (auto& statement : script) DRYDOCK_TRY_VOID(run_one(statement));
        return {};
    }

    Result<> run_one(std::string& statement) {
        const auto ran = connection_.run_message(
            fmt::format("SAVEPOINT drydock_one;\n{};\nRELEASE SAVEPOINT drydock_one", statement), limits_
        );
        if (ran) {
            statements.push_back(std::move(statement));
            return {};
        }
        if (ends_all(ran.error())) return ran.error();
        failures.push_back(fmt::format("`{}` fails: {}", statement.substr(0, 120), ran.error().message));
        return connection_.run_message("ROLLBACK TO SAVEPOINT drydock_one", limits_);
    }

    Result<std::set<std::uint32_t>> written() {
        DRYDOCK_TRY(const auto rows, connection_.query(queries::written_relations, limits_));
        std::set<std::uint32_t> result;
        for (int row = 0; row < rows.size(); ++row) result.insert(static_cast<std::uint32_t>(rows.integer(row, 0)));
        return result;
    }

    pg::Connection& connection_;
    const catalog::Snapshot& goal_;
    const Limits& limits_;
};

// A comment ends with its line.
std::string comment(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::replace(text.begin(), text.end(), '\r', ' ');
    return fmt::format("-- {}\n", text);
}

std::string header(const Forward& forward, const Generated& generated) {
    auto text = comment(fmt::format("Rollback of {}, generated by drydock", forward.id));
    text += comment(fmt::format("Grade: {}", words(generated.grade)));
    if (!forward.sha256.empty()) text += comment(fmt::format("Undoes the file with SHA-256 {}", forward.sha256));
    for (const auto& reason : generated.reasons) text += comment("Note: " + reason);
    for (const auto& loss : generated.losses) {
        text += comment(fmt::format("Loses: {}: {}", loss.object, loss.words));
        if (!loss.save.empty()) text += comment(fmt::format("  saved before the migration by {};", loss.save));
    }
    for (const auto& object : generated.drops)
        text += comment(fmt::format("Drops: {}, with what was written to it since", object));
    return text;
}

bool must_be_watched(const Forward& forward, const Told& told) {
    return forward.one_transaction && !told.copies_in && (!told.opaque.empty() || !told.writes.empty());
}

}  // namespace

std::string_view name(Grade grade) {
    return kNames[static_cast<std::size_t>(grade)].second;
}

std::string_view words(Grade grade) {
    switch (grade) {
        case Grade::exact:
            return "exact";
        case Grade::data_lost:
            return "catalog exact but data lost";
        case Grade::lossy:
            return "lossy";
        case Grade::not_reversible:
            return "not reversible";
    }
    return {};
}

std::optional<Grade> grade_named(std::string_view text) {
    for (const auto& [grade, known] : kNames) {
        if (known == text) return grade;
    }
    return std::nullopt;
}

Result<Generated> synthesise(
    pg::Connection& connection,
    const catalog::Snapshot& before,
    const catalog::Snapshot& after,
    const Forward& forward,
    const Limits& limits
) {
    auto goal = goal_of(before, after);
    Attempt attempt{connection, goal.snapshot, limits};
    const auto told = what_is_told(forward.statements);
    DRYDOCK_TRY_VOID(attempt.begin());
    auto found = attempt.find(after);
    std::optional<std::set<std::uint32_t>> written;
    if (found && must_be_watched(forward, told)) {
        auto watched = attempt.watch(forward);
        if (watched) {
            written = *std::move(watched);
        } else {
            found = std::move(watched).error();
        }
    }
    if (!connection.usable()) return std::move(found).error().in("looking for a rollback");
    DRYDOCK_TRY_VOID(attempt.end());
    if (!found) return std::move(found).error().in("looking for a rollback");
    Generated generated;
    judge(
        {.before = before,
         .goal = goal.snapshot,
         .after = after,
         .restored = attempt.restored,
         .told = told,
         .written = std::move(written),
         .concessions = std::move(goal.concessions),
         .impossible = std::move(attempt.impossible),
         .failures = std::move(attempt.failures)},
        generated
    );
    generated.sql = header(forward, generated);
    // A file without a statement would be taken for one that somebody forgot to write.
    if (attempt.statements.empty()) generated.sql += "\nSELECT;\n";
    for (const auto& statement : attempt.statements) generated.sql += fmt::format("\n{};\n", statement);
    return generated;
}

}  // namespace drydock::undo
