#include "validate/runner.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/text.h"
#include "validate/examine.h"
#include "validate/expected.h"

namespace drydock::validate {
namespace {

using Clock = Limits::Clock;

// A check, an assertion or the comparison with a snapshot, and what came of it.
struct Task {
    const Check* check = nullptr;
    const Assertion* assertion = nullptr;
    const catalog::Snapshot* expected = nullptr;
    CheckResult result{};
    bool open = true;  // nobody has looked at it yet

    Cost cost() const { return result.cost; }
};

bool contains(const std::vector<std::string>& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> all_ids(const Options& options) {
    std::vector<std::string> ids;
    for (const auto& check : checks()) ids.push_back(check.id);
    for (const auto& assertion : options.assertions) ids.push_back(assertion.id);
    if (options.expected != nullptr) ids.emplace_back(kExpectedId);
    return ids;
}

Error unknown(std::string_view what, std::string_view word, std::span<const std::string> known) {
    const auto near = did_you_mean(word, known);
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("there is no {} \"{}\"", what, word),
        .hint = near ? fmt::format("did you mean {}?", *near) : "`drydock validate --list` shows them all"
    };
}

Result<> check_names(const Options& options) {
    const auto ids = all_ids(options);
    for (const auto* const list : {&options.only, &options.skip}) {
        for (const auto& id : *list) {
            if (!contains(ids, id)) return unknown("check", id, ids);
        }
    }
    std::vector<std::string> parameters;
    for (const auto& check : checks()) {
        for (const auto& parameter : check.parameters)
            parameters.push_back(fmt::format("{}.{}", check.id, parameter.name));
    }
    for (const auto& [key, value] : options.parameters) {
        if (!contains(parameters, key)) return unknown("parameter", key, parameters);
        // It goes into the text of a query: digits and a point only.
        const bool number = !value.empty() && value.find_first_not_of("0123456789.") == std::string::npos &&
                            std::count(value.begin(), value.end(), '.') < 2 && value.front() != '.';
        if (number) continue;
        return Error{
            .code = ErrorCode::invalid_argument, .message = fmt::format("{}: \"{}\" is not a number", key, value)
        };
    }
    return {};
}

bool wanted(const Options& options, Group group, std::string_view id) {
    if (contains(options.skip, id)) return false;
    if (!options.only.empty()) return contains(options.only, id);
    return options.groups.empty() ||
           std::find(options.groups.begin(), options.groups.end(), group) != options.groups.end();
}

std::vector<Task> tasks_of(const Options& options, const Target& target) {
    std::vector<Task> tasks;
    if (options.expected != nullptr && wanted(options, Group::schema, kExpectedId)) {
        Task task{.expected = options.expected};
        task.result = {
            .id = std::string{kExpectedId},
            .group = Group::schema,
            .title = "Catalog that is not as expected",
            .why =
                "the snapshot says what should be there; what lacks, differs or is there beside it was changed by "
                "hand, "
                "or a migration did not do what it should.",
            .severity = Severity::warning
        };
        tasks.push_back(std::move(task));
    }
    for (const auto& check : checks()) {
        if (!wanted(options, check.group, check.id)) continue;
        Task task{.check = &check};
        task.result = {
            .id = check.id,
            .group = check.group,
            .title = check.title,
            .why = check.why,
            .severity = check.severity,
            .cost = check.cost
        };
        if (auto what = missing(check, target)) {
            task.result.not_checked.push_back(*std::move(what));
            task.result.total_not_checked = 1;
            task.open = false;
        }
        tasks.push_back(std::move(task));
    }
    for (const auto& assertion : options.assertions) {
        // They are about data: who asks for another group doesn't want them.
        const bool asked =
            wanted(options, Group::data, assertion.id) || wanted(options, Group::assertions, assertion.id);
        if (!asked) continue;
        Task task{.assertion = &assertion};
        task.result = {
            .id = assertion.id,
            .group = Group::assertions,
            .title = assertion.text,
            .severity = assertion.severity,
            .cost = Cost::c3
        };
        tasks.push_back(std::move(task));
    }
    return tasks;
}

class Run {
public:
    Run(const pg::Conninfo& where, const Options& options, Progress& progress, const Limits& limits)
        : where_(where), options_(options), progress_(progress), limits_(limits) {
        if (options.budget.count() > 0) end_ = Clock::now() + options.budget;
        if (limits.deadline < end_) end_ = limits.deadline;
        // The end of the time is the runner's to tell, not an error of whatever is under way.
        limits_.deadline = Clock::time_point::max();
    }

    Result<Report> operator()() {
        const auto start = Clock::now();
        Report report{.started_at = std::chrono::system_clock::now(), .groups = options_.groups, .full = options_.full};
        if (report.groups.empty()) report.groups.assign(kGroups.begin(), kGroups.end());
        Examiner first{where_, options_, end_};
        DRYDOCK_TRY_VOID(first.connect(limits_));
        DRYDOCK_TRY(const auto target, read_target(first.reader(), limits_));
        report.database = target.database;
        report.role = target.role;
        report.server_version = target.server_version;
        tasks_ = tasks_of(options_, target);
        order();
        {
            std::vector<std::jthread> helpers;
            const auto workers = std::clamp<std::size_t>(options_.workers, 1, std::max<std::size_t>(queue_.size(), 1));
            for (std::size_t i = 1; i < workers; ++i) helpers.emplace_back([this] { help(); });
            work(first);
        }
        report.stopped = limits_.stop.stop_requested();
        for (auto& task : tasks_) report.results.push_back(std::move(task.result));
        report.elapsed = Clock::now() - start;
        return report;
    }

private:
    // The cheap ones first; among equals as they stand.
    void order() {
        for (auto& task : tasks_) {
            if (task.open) queue_.push_back(&task);
        }
        std::stable_sort(queue_.begin(), queue_.end(), [](const Task* a, const Task* b) {
            return a->cost() < b->cost();
        });
    }

    // A second connection that can't be had is no reason to fail: the first one does all the work then.
    void help() {
        Examiner examiner{where_, options_, end_};
        if (examiner.connect(limits_)) work(examiner);
    }

    void work(Examiner& examiner) {
        for (auto next = taken_++; next < queue_.size(); next = taken_++) {
            auto& task = *queue_[next];
            tell(task, next);
            if (const auto why = over(); why) {
                leave_out(
                    task, *why, *why == Reason::stopped ? "stopped on request" : "the time for all checks was over"
                );
                continue;
            }
            if (const auto connected = examiner.connect(limits_); !connected) {
                leave_out(task, Reason::error, connected.error().message);
                continue;
            }
            if (task.check != nullptr) examiner.examine(*task.check, task.result, limits_);
            if (task.expected != nullptr) examiner.examine(*task.expected, task.result, limits_);
            if (task.assertion != nullptr) examiner.examine(*task.assertion, task.result, limits_);
        }
    }

    std::optional<Reason> over() const {
        if (limits_.stop.stop_requested()) return Reason::stopped;
        if (Clock::now() >= end_) return Reason::budget;
        return std::nullopt;
    }

    static void leave_out(Task& task, Reason reason, std::string detail) {
        task.result.not_checked.push_back({.reason = reason, .detail = std::move(detail)});
        ++task.result.total_not_checked;
    }

    void tell(const Task& task, std::size_t index) {
        progress_.report({
            .kind = ProgressEvent::Kind::step,
            .subject = task.result.id,
            .text = task.result.title,
            .done = static_cast<std::int64_t>(index + 1),
            .total = static_cast<std::int64_t>(queue_.size()),
        });
    }

    const pg::Conninfo& where_;
    const Options& options_;
    Progress& progress_;
    Limits limits_;
    Clock::time_point end_ = Clock::time_point::max();
    std::vector<Task> tasks_;
    std::vector<Task*> queue_;
    std::atomic<std::size_t> taken_{0};
};

}  // namespace

Result<Report> run(const pg::Conninfo& where, const Options& options, Progress& progress, const Limits& limits) {
    DRYDOCK_TRY_VOID(check_names(options));
    return Run{where, options, progress, limits}();
}

}  // namespace drydock::validate
