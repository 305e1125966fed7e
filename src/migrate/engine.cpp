#include "migrate/engine.h"

#include <chrono>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "base/random.h"
#include "migrate/hooks.h"
#include "migrate/prepare.h"

namespace drydock::migrate {
namespace {

// Runs the works in order between the run's hooks; what went wrong is in the report, beside what was done before.
class Run {
public:
    Run(const Context& context, Runner& runner, Progress& progress, const Limits& limits)
        : context_(context), runner_(runner), progress_(progress), limits_(limits) {}

    void all(const std::vector<Work>& works, RunReport& report) {
        report.run_id = runner_.run_id();
        const bool down = !works.empty() && works[0].down;
        auto outcome = hooks("before-run", {}, down);
        for (std::size_t i = 0; outcome && i < works.size(); ++i) outcome = one(works[i], report);
        if (outcome) outcome = after(hooks("after-run", {}, down), "what ran");
        // Also after an error: what was committed asynchronously has to reach the disk.
        auto flushed = runner_.finish();
        if (outcome && !flushed) outcome = std::move(flushed).error();
        if (!outcome) report.error = std::move(outcome).error();
        for (auto i = report.done.size(); i < works.size(); ++i) report.not_run.push_back(works[i].record.id);
    }

private:
    Result<> hooks(std::string_view when, std::string_view migration, bool down) {
        return run_hooks(context_, runner_, when, migration, down, progress_, limits_);
    }

    Result<> one(const Work& work, RunReport& report) {
        const auto& id = work.record.id;
        DRYDOCK_TRY_VOID(hooks("before-" + id, id, work.down));
        DRYDOCK_TRY(auto outcome, runner_.run(work, limits_));
        report.done.push_back(std::move(outcome));
        return after(hooks("after-" + id, id, work.down), id);
    }

    static Result<> after(Result<> hook, std::string_view what) {
        if (hook) return hook;
        auto error = std::move(hook).error();
        if (error.code == ErrorCode::failed) error.code = ErrorCode::failed_partly;
        return std::move(error).in(fmt::format("{} is done and stays so", what));
    }

    const Context& context_;
    Runner& runner_;
    Progress& progress_;
    const Limits& limits_;
};

// Lets go on every way out: a lease would outlive this process.
struct Release {
    RunLock& lock;
    Target& target;
    ~Release() { lock.release(target, Limits::within(std::chrono::seconds{5})); }
};

// Reads and cuts what is going to run on a thread of its own, while the connection is busy with locks and history.
class Preparation {
public:
    Preparation(const Context& context, const Plan& plan, const std::string& run_id) {
        std::vector<std::size_t> indexes;
        for (const auto i : plan.run) indexes.push_back(*plan.items[i].index);
        thread_ = std::jthread{[this, &context, indexes = std::move(indexes), run_id](const std::stop_token& stop) {
            for (const auto index : indexes) {
                if (stop.stop_requested()) return;
                const auto [at, fresh] = works_.emplace(index, prepare_up(context, index, run_id));
                if (!at->second) return;  // the run ends with this error; the rest need not be read
            }
        }};
    }
    std::map<std::size_t, Result<Work>> take() {
        thread_.join();
        return std::move(works_);
    }

private:
    std::map<std::size_t, Result<Work>> works_;
    std::jthread thread_;  // last: it uses the rest
};

}  // namespace

Result<Standing> standing(const Context& context, const Selection& selection, bool for_run, const Limits& limits) {
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY(auto history, History::read(target, context.options.project, limits));
    DRYDOCK_TRY(auto plan, make_plan(context.project, history, context.options, selection, for_run));
    return Standing{.facts = target.facts(), .history = std::move(history), .plan = std::move(plan)};
}

Result<RunReport> up(const Context& context, const Selection& selection, Progress& progress, const Limits& limits) {
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY(auto history, History::read(target, context.options.project, limits));
    DRYDOCK_TRY(auto plan, make_plan(context.project, history, context.options, selection, true));
    RunReport report{.warnings = plan.warnings};
    if (plan.run.empty()) return report;

    DRYDOCK_TRY_VOID(target.require_writable());
    const auto run_id = random_uuid();
    Preparation preparation{context, plan, run_id};
    DRYDOCK_TRY(auto lock, RunLock::acquire(target, context.where, context.options, progress, limits));
    const Release release{lock, target};
    DRYDOCK_TRY_VOID(target.ensure_history(limits));
    // While we waited for the lock, another runner may have done some of it, or all.
    DRYDOCK_TRY(history, History::read(target, context.options.project, limits));
    DRYDOCK_TRY(plan, make_plan(context.project, history, context.options, selection, true));
    report.warnings = plan.warnings;

    auto prepared = preparation.take();
    std::vector<Work> works;
    for (const auto i : plan.run) {
        const auto index = *plan.items[i].index;
        auto ready = prepared.extract(index);
        DRYDOCK_TRY(auto work, ready ? std::move(ready.mapped()) : prepare_up(context, index, run_id));
        DRYDOCK_TRY_VOID(take_up(work, context, target, history, limits));
        if (work.record.statements == 0) report.warnings.push_back(work.record.id + " has no statements");
        works.push_back(std::move(work));
    }
    if (!works.empty()) {
        Runner runner{target, context.where, lock, context.options, progress, run_id};
        Run{context, runner, progress, limits}.all(works, report);
    }
    return report;
}

Result<RunReport> roll_back(
    const Context& context, const RollbackSelection& selection, Progress& progress, const Limits& limits
) {
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY_VOID(target.require_writable());
    DRYDOCK_TRY(auto lock, RunLock::acquire(target, context.where, context.options, progress, limits));
    const Release release{lock, target};
    if (target.facts().history_exists) DRYDOCK_TRY_VOID(target.ensure_history(limits));
    DRYDOCK_TRY(const auto history, History::read(target, context.options.project, limits));
    DRYDOCK_TRY(const auto chosen, choose_rollbacks(context, target, history, selection, limits));
    const auto run_id = random_uuid();
    RunReport report;
    std::vector<Work> works;
    for (const auto& id : chosen.ids) {
        DRYDOCK_TRY(auto work, prepare_down(context, target, history, *history.find(id), selection, run_id, limits));
        works.push_back(std::move(work));
    }
    if (!works.empty()) {
        Runner runner{target, context.where, lock, context.options, progress, run_id};
        Run{context, runner, progress, limits}.all(works, report);
    }
    return report;
}

}  // namespace drydock::migrate
