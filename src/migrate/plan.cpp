#include "migrate/plan.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"

namespace drydock::migrate {
namespace {

constexpr std::array<std::string_view, 9> kStateNames{
    "applied", "changed", "pending", "late", "held", "blocked", "skipped", "interrupted", "missing"
};

bool to_run(State state) {
    return state == State::pending || state == State::late || state == State::interrupted;
}

bool is_for(const layouts::Migration& migration, std::string_view environment) {
    const auto& wanted = migration.header.environments;
    return wanted.empty() ||
           std::any_of(wanted.begin(), wanted.end(), [&](const auto& v) { return iequals(v.text, environment); });
}

Error refusal(ErrorCode code, std::string message, std::string hint, const layouts::Migration* migration = nullptr) {
    Error error{.code = code, .message = std::move(message), .hint = std::move(hint)};
    if (migration) error.place.file = migration->path.string();
    return error;
}

class Planner {
public:
    Planner(const Project& project, const History& history, const Options& options)
        : project_(project), history_(history), options_(options) {}

    Result<Plan> plan(const Selection& selection, bool for_run) {
        find_last_applied();
        for (std::size_t i = 0; i < project_.size(); ++i) {
            DRYDOCK_TRY(auto item, judge(i));
            plan_.items.push_back(std::move(item));
        }
        for (const auto& row : history_.rows) {
            if (project_.find_id(row.id)) continue;
            if (row.status == Status::applied) {
                plan_.items.push_back({.id = row.id, .state = State::missing, .why = "applied, but its file is gone"});
            } else if (row.status == Status::running) {
                plan_.items.push_back({
                    .id = row.id,
                    .state = State::interrupted,
                    .why = fmt::format(
                        "it stopped after statement {} of {}, and its file is gone", row.position, row.statements
                    ),
                });
            }
        }
        DRYDOCK_TRY_VOID(select(selection));
        warn();
        if (for_run) DRYDOCK_TRY_VOID(refuse());
        return std::move(plan_);
    }

private:
    void find_last_applied() {
        for (std::size_t i = 0; i < project_.size(); ++i) {
            const auto* const row = history_.find(project_.at(i).id);
            if (row && row->status == Status::applied) last_applied_ = i;
        }
    }

    Result<Item> judge(std::size_t i) {
        const auto& migration = project_.at(i);
        const auto* const row = history_.find(migration.id);
        Item item{.id = migration.id, .index = i};
        if (row && row->status == Status::applied) return judge_applied(std::move(item), migration, *row);
        if (row && row->status == Status::running) {
            item.state = State::interrupted;
            item.why = fmt::format(
                "{} stopped after statement {} of {}{}{}",
                row->down ? "its rollback" : "it",
                row->position,
                row->statements,
                row->error.empty() ? "" : ": ",
                row->error
            );
            return item;
        }
        item.rolled_back = row && row->status == Status::rolled_back;
        item.failed_before = row && row->status == Status::failed;
        if (item.failed_before) item.why = "the last try failed and was rolled back: " + row->error;
        judge_pending(item, migration, i);
        return item;
    }

    static Result<Item> judge_applied(Item item, const layouts::Migration& migration, const Row& row) {
        item.state = State::applied;
        if (migration.raw_hash == row.hashes.raw) return item;
        DRYDOCK_TRY(const auto file, MappedFile::open(migration.path));
        item.change = compare(row.hashes, hashes_of(file.text()));
        if (item.change == Change::line_ends) item.why = "only line ends differ from what ran";
        if (item.change == Change::comments) item.why = "comments differ from what ran";
        if (item.change == Change::code) {
            item.state = State::changed;
            item.why = "the code is not what ran";
        }
        return item;
    }

    void judge_pending(Item& item, const layouts::Migration& migration, std::size_t i) const {
        if (!is_for(migration, options_.environment)) {
            item.state = State::skipped;
            std::string names;
            for (const auto& v : migration.header.environments) names += (names.empty() ? "" : ", ") + v.text;
            item.why = fmt::format("only for {}", names);
            return;
        }
        if (migration.header.hold && !history_.released.contains(migration.id)) {
            item.state = State::held;
            item.why = migration.header.hold->text.empty() ? "held" : migration.header.hold->text;
            return;
        }
        for (const auto needed : project_.dependencies(i)) {
            const auto& other = plan_.items[needed];
            if (other.state != State::held && other.state != State::blocked && other.state != State::skipped) continue;
            item.state = State::blocked;
            item.why = fmt::format("needs {}, which is {}", other.id, name(other.state));
            return;
        }
        const bool late =
            last_applied_ && i < *last_applied_ && !item.rolled_back && !history_.released.contains(migration.id);
        item.state = late ? State::late : State::pending;
        if (late && item.why.empty()) item.why = fmt::format("{} has run already", project_.at(*last_applied_).id);
    }

    Result<> select(const Selection& selection) {
        std::set<std::size_t> only;
        for (const auto& wanted : selection.only) {
            DRYDOCK_TRY(const auto index, project_.find(wanted));
            only.insert(index);
        }
        std::size_t end = project_.size();
        if (selection.to) {
            DRYDOCK_TRY(const auto index, project_.find(*selection.to));
            end = index + 1;
        }
        for (std::size_t i = 0; i < end; ++i) {
            if (to_run(plan_.items[i].state) && (only.empty() || only.contains(i))) plan_.run.push_back(i);
        }
        for (const auto i : only) DRYDOCK_TRY_VOID(check_only(i, only));
        return {};
    }

    // What is asked for by name must be able to run, and what it needs must be there.
    Result<> check_only(std::size_t i, const std::set<std::size_t>& only) const {
        const auto& item = plan_.items[i];
        if (item.state == State::held) {
            return refusal(
                ErrorCode::conflict,
                fmt::format("{} is held: {}", item.id, item.why),
                fmt::format("release it with `drydock migrate release {} --reason …`", item.id),
                &project_.at(i)
            );
        }
        if (item.state == State::blocked || item.state == State::skipped) {
            return refusal(
                ErrorCode::conflict, fmt::format("{} can't run: {}", item.id, item.why), "", &project_.at(i)
            );
        }
        for (const auto needed : project_.dependencies(i)) {
            const auto state = plan_.items[needed].state;
            if (state == State::applied || state == State::changed || only.contains(needed)) continue;
            return refusal(
                ErrorCode::conflict,
                fmt::format("{} needs {}, which is {}", item.id, plan_.items[needed].id, name(state)),
                fmt::format("run both: --only {} --only {}", plan_.items[needed].id, item.id),
                &project_.at(i)
            );
        }
        return {};
    }

    void warn() {
        for (const auto& item : plan_.items) {
            if (item.state == State::late && options_.late != LatePolicy::run) {
                plan_.warnings.push_back(fmt::format("{} came late: {}", item.id, item.why));
            }
            if (item.state == State::missing && options_.missing != MissingPolicy::ignore) {
                plan_.warnings.push_back(fmt::format("{} is {}", item.id, item.why));
            }
            if (item.change == Change::comments) plan_.warnings.push_back(fmt::format("{}: {}", item.id, item.why));
        }
    }

    Result<> refuse() const {
        for (const auto& item : plan_.items) {
            const auto* const migration = item.index ? &project_.at(*item.index) : nullptr;
            if (item.state == State::changed) {
                return refusal(
                    ErrorCode::conflict,
                    fmt::format("{} was changed after it ran", item.id),
                    fmt::format(
                        "put the old text back and write a new migration; or, if the change is meant, "
                        "`drydock migrate repair --accept {} --reason …`",
                        item.id
                    ),
                    migration
                );
            }
            if (item.state == State::late && options_.late == LatePolicy::refuse) {
                return refusal(
                    ErrorCode::conflict,
                    fmt::format("{} came late: {}", item.id, item.why),
                    "give it a higher number, or let it run with --late run",
                    migration
                );
            }
            if (item.state == State::missing && options_.missing == MissingPolicy::refuse) {
                return refusal(
                    ErrorCode::conflict,
                    fmt::format("{} is {}", item.id, item.why),
                    "is this an older checkout than the one that ran last? Go on with --missing warn",
                    nullptr
                );
            }
            const auto* const row = history_.find(item.id);
            if (item.state == State::interrupted && !migration) {
                return refusal(
                    ErrorCode::conflict,
                    fmt::format("{} was interrupted: {}", item.id, item.why),
                    fmt::format(
                        "bring its file back to go on, or take it back with `drydock migrate rollback {}`", item.id
                    )
                );
            }
            if (item.state == State::interrupted && row && row->down) {
                return refusal(
                    ErrorCode::conflict,
                    fmt::format("the rollback of {} was interrupted: {}", item.id, item.why),
                    fmt::format("finish it first: `drydock migrate rollback {}`", item.id),
                    migration
                );
            }
        }
        return {};
    }

    const Project& project_;
    const History& history_;
    const Options& options_;
    std::optional<std::size_t> last_applied_;
    Plan plan_;
};

}  // namespace

std::string_view name(State state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

std::size_t Plan::count(State state) const {
    return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [&](const Item& i) {
        return i.state == state;
    }));
}

Result<Plan> make_plan(
    const Project& project, const History& history, const Options& options, const Selection& selection, bool for_run
) {
    return Planner{project, history, options}.plan(selection, for_run);
}

}  // namespace drydock::migrate
