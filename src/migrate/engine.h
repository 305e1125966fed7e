#pragma once

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

// What every command of the engine works on.
struct Context {
    pg::Conninfo where;
    const Project& project;
    Options options;
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

// A rollback in view: what would run, and what it would lose.
struct RollbackItem {
    std::string id;
    std::string source;  // file, generated
    std::string label;   // the file, or "history"
    std::string sql;
    std::vector<std::string> losses;  // "table public.orders (about 1,200 rows)"
    std::string dependent_of;         // the one asked for that it goes with, when only --cascade takes it along
};
struct RollbackSelection {
    std::vector<std::string> ids;     // these
    std::optional<std::size_t> last;  // or the last n
    std::optional<std::string> to;    // or all that ran after this one
    bool cascade = false;
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
