#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "migrate/history.h"
#include "migrate/options.h"
#include "migrate/plan.h"
#include "migrate/project.h"
#include "migrate/runner.h"
#include "pg/conninfo.h"

namespace drydock::migrate {

// A rollback that nobody wrote, with its grade as history keeps it: exact, data_lost, lossy.
struct GeneratedRollback {
    std::string sql;
    std::string grade;
    std::vector<std::string> notes{};  // what it does not bring back
};

// What a rollback is generated from: the migration and those applied before it, as history keeps them.
struct RollbackOrigin {
    struct Applied {
        std::string id;
        std::string sql;
    };
    Applied migration;
    std::vector<Applied> earlier;
};
// An Error (conflict) with the reasons when there can't be one.
using GenerateRollback = std::function<Result<GeneratedRollback>(const RollbackOrigin&, const Limits&)>;

// What every command of the engine works on.
struct Context {
    pg::Conninfo where;
    const Project& project;
    Options options;
    // For applied migrations of which no rollback is known. Empty: then there is none.
    GenerateRollback generate{};
    // For migrations without a rollback file that are about to run, by id: history keeps them.
    std::map<std::string, GeneratedRollback, std::less<>> generated{};
};

// What a run did. When it ended with an error, `error` says so and the rest says how far it came.
struct RunReport {
    std::string run_id;
    std::vector<Outcome> done;
    std::vector<std::string> warnings;
    std::vector<std::string> not_run;  // planned, and not reached
    std::optional<Error> error;
};

// Applies what is pending. Nothing is locked or written when there is nothing to do.
Result<RunReport> up(const Context& context, const Selection& selection, Progress& progress, const Limits& limits);

// What stands where, without changing anything. `for_run` as make_plan.
struct Standing {
    Facts facts;
    History history;
    Plan plan;
};
Result<Standing> standing(const Context& context, const Selection& selection, bool for_run, const Limits& limits);

// Data that is there now, and would be gone.
struct RollbackLoss {
    std::string object;  // what --accept-data-loss names: "app.orders", "app.orders.note"
    std::string words;   // "table app.orders (about 1,200 rows)"

    friend bool operator==(const RollbackLoss&, const RollbackLoss&) = default;
};
// A rollback in view: what would run, and what it would lose.
struct RollbackItem {
    std::string id;
    std::string source;  // file, generated
    std::string label;   // the file, or "history"
    std::string sql;
    std::vector<RollbackLoss> losses{};
    std::string dependent_of{};        // the one asked for that it goes with, when only --cascade takes it along
    std::string grade{};               // of a generated one
    std::vector<std::string> notes{};  // what a generated one does not bring back
};
struct RollbackSelection {
    std::vector<std::string> ids;     // these
    std::optional<std::size_t> last;  // or the last n
    std::optional<std::string> to;    // or all that ran after this one
    bool cascade = false;
    std::map<std::string, GeneratedRollback, std::less<>> generated{};  // that a plan has made, by id
};
struct RollbackPlan {
    std::vector<RollbackItem> items;  // in the order in which they run
};
struct ChosenRollbacks {
    std::vector<std::string> ids;                             // newest first, as they run
    std::map<std::string, std::string, std::less<>> because;  // of those that only --cascade takes along
};
Result<ChosenRollbacks> choose_rollbacks(
    const Context& context,
    Target& target,
    const History& history,
    const RollbackSelection& selection,
    const Limits& limits
);
// Errors: nothing applied by that name; no rollback known; a later one depends on it (without cascade).
Result<RollbackPlan> plan_rollback(const Context& context, const RollbackSelection& selection, const Limits& limits);
// An Error (conflict) that names what would be lost and is not among what was accepted: objects as in RollbackLoss (the
// schema public may be left out), or "all".
Result<> accept_losses(const RollbackPlan& plan, const std::vector<std::string>& accepted);
Result<RunReport> roll_back(
    const Context& context, const RollbackSelection& selection, Progress& progress, const Limits& limits
);

// Records everything up to `to` (all, when not given) as applied, without running it.
struct BaselineReport {
    std::vector<std::string> recorded;
};
Result<BaselineReport> baseline(
    const Context& context, const std::optional<std::string>& to, std::string_view reason, const Limits& limits
);

// History takes a changed file as it is today.
Result<> accept(const Context& context, std::string_view id, std::string_view reason, const Limits& limits);
// A unified diff from what ran to the file of today; empty when they are equal or what ran was not kept.
Result<std::string> difference(const Context& context, std::string_view id, const Limits& limits);
// A held migration may run from now on. False when it had been released before.
Result<bool> release(const Context& context, std::string_view id, std::string_view reason, const Limits& limits);

Result<std::vector<Event>> events(const Context& context, const std::optional<std::string>& id, const Limits& limits);

}  // namespace drydock::migrate
