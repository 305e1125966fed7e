#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "migrate/engine.h"
#include "migrate/prepare.h"
#include "sql/tree.h"

namespace drydock::migrate {
namespace {

bool can_go(const Row& row) {
    return row.status == Status::applied || row.status == Status::running;
}

Error nothing_applied(std::string_view id, const Row* row) {
    return {
        .code = ErrorCode::conflict,
        .message = row ? fmt::format("{} is not applied: history says {}", id, name(row->status))
                       : fmt::format("{} is not applied: history does not know it", id),
        .hint = "`drydock migrate history` shows what is"
    };
}

// A name as the person gave it, to the id of history: the project may have lost the file.
Result<std::string> id_of(const Project& project, const History& history, std::string_view given) {
    const auto stem = given.ends_with(".sql") ? given.substr(0, given.size() - 4) : given;
    const auto id = stem.substr(stem.rfind('/') + 1);
    if (history.find(id)) return std::string{id};
    const auto index = project.find(given);
    if (index) return project.at(*index).id;
    if (index.error().code != ErrorCode::not_found) return index.error();
    std::string only;
    for (const auto& row : history.rows) {
        const auto digits = row.id.substr(0, row.id.find_first_not_of("0123456789"));
        if (!digits.empty() && id.find_first_not_of("0123456789") == std::string_view::npos &&
            layouts::compare_numbers(digits, id) == 0) {
            if (!only.empty()) return std::string{id};
            only = row.id;
        }
    }
    return only.empty() ? std::string{id} : only;
}

using Names = std::set<std::string, std::less<>>;

std::string key(const sql::ObjectUse& object) {
    return object.name;
}

// What a migration makes, and what it touches, by bare names: schemas are often left to the search path.
struct Touch {
    Names makes;
    Names uses;
};

Touch touch_of(std::string_view text) {
    Touch touch;
    const auto script = sql::Script::read(text, "");
    if (!script) return touch;
    std::vector<std::string_view> statements;
    for (const auto& statement : script->statements()) statements.push_back(script->text_of(statement));
    for (const auto& analysis : sql::analyse(statements)) {
        for (const auto& object : analysis.objects) {
            using sql::ObjectKind;
            const bool stands_alone = object.kind != ObjectKind::column && object.kind != ObjectKind::constraint &&
                                      object.kind != ObjectKind::extension && object.kind != ObjectKind::role;
            if (stands_alone && object.use == sql::Use::creates) touch.makes.insert(key(object));
            if (stands_alone && object.use != sql::Use::creates) touch.uses.insert(key(object));
            if (!object.table.empty()) touch.uses.insert(object.table);
        }
    }
    return touch;
}

class Chooser {
public:
    Chooser(const Context& context, Target& target, const History& history, const Limits& limits)
        : context_(context), target_(target), history_(history), limits_(limits) {
        for (const auto& row : history.rows) {
            if (can_go(row)) applied_.push_back(&row);
        }
    }

    Result<ChosenRollbacks> choose(const RollbackSelection& selection) {
        DRYDOCK_TRY_VOID(take_named(selection));
        DRYDOCK_TRY_VOID(take_dependents(selection.cascade));
        for (auto row = applied_.rbegin(); row != applied_.rend(); ++row) {
            if (chosen_.contains((*row)->id)) result_.ids.push_back((*row)->id);
        }
        return std::move(result_);
    }

private:
    Result<> take_named(const RollbackSelection& selection) {
        for (const auto& given : selection.ids) {
            DRYDOCK_TRY(const auto id, id_of(context_.project, history_, given));
            const auto* const row = history_.find(id);
            if (!row || !can_go(*row)) return nothing_applied(id, row);
            chosen_.insert(id);
        }
        if (selection.last) {
            const auto count = std::min(*selection.last, applied_.size());
            for (auto i = applied_.size() - count; i < applied_.size(); ++i) chosen_.insert(applied_[i]->id);
        }
        if (selection.to) {
            DRYDOCK_TRY(const auto id, id_of(context_.project, history_, *selection.to));
            const auto at = std::find_if(applied_.begin(), applied_.end(), [&](const Row* r) { return r->id == id; });
            if (at == applied_.end()) return nothing_applied(id, history_.find(id));
            for (auto later = at + 1; later != applied_.end(); ++later) chosen_.insert((*later)->id);
        }
        return {};
    }

    // Rows in the order of application: whatever needs a chosen one comes after it.
    Result<> take_dependents(bool cascade) {
        std::string refused;
        for (std::size_t i = 0; i < applied_.size(); ++i) {
            const auto& row = *applied_[i];
            if (chosen_.contains(row.id)) continue;
            DRYDOCK_TRY(const auto why, needs_chosen(i));
            if (why.empty()) continue;
            if (cascade) {
                chosen_.insert(row.id);
                result_.because.emplace(row.id, why);
            } else {
                refused += fmt::format("{}{} ({})", refused.empty() ? "" : ", ", row.id, why);
            }
        }
        if (refused.empty()) return {};
        return Error{
            .code = ErrorCode::conflict,
            .message = fmt::format("applied later, and in need of what would go: {}", refused),
            .hint = "roll these back first, or all together with --cascade"
        };
    }

    // Why the i-th applied one can't stay; empty when it can.
    Result<std::string> needs_chosen(std::size_t i) {
        const auto& row = *applied_[i];
        for (const auto& needed : row.dependencies) {
            if (chosen_.contains(needed)) return fmt::format("depends on {}", needed);
        }
        const auto index = context_.project.find_id(row.id);
        if (index) {
            for (const auto needed : context_.project.dependencies(*index)) {
                if (chosen_.contains(context_.project.at(needed).id))
                    return fmt::format("depends on {}", context_.project.at(needed).id);
            }
        }
        std::vector<std::size_t> earlier;
        for (std::size_t k = 0; k < i; ++k) {
            if (chosen_.contains(applied_[k]->id)) earlier.push_back(k);
        }
        if (earlier.empty()) return std::string{};
        DRYDOCK_TRY(const auto* const mine, touch(row));
        for (const auto k : earlier) {
            DRYDOCK_TRY(const auto* const its, touch(*applied_[k]));
            for (const auto& name : mine->uses) {
                if (its->makes.contains(name)) return fmt::format("uses {}, which {} makes", name, applied_[k]->id);
            }
        }
        return std::string{};
    }

    Result<const Touch*> touch(const Row& row) {
        const auto known = touches_.find(row.id);
        if (known != touches_.end()) return &known->second;
        DRYDOCK_TRY(const auto stored, read_stored_sql(target_, context_.options.project, row.id, limits_));
        return &touches_.emplace(row.id, touch_of(stored.sql.value_or(""))).first->second;
    }

    const Context& context_;
    Target& target_;
    const History& history_;
    const Limits& limits_;
    std::vector<const Row*> applied_;
    std::set<std::string, std::less<>> chosen_;
    std::map<std::string, Touch, std::less<>> touches_;
    ChosenRollbacks result_;
};

// What a rollback would throw away, counted on the target. Empty tables and columns are no loss.
class LossCounter {
public:
    LossCounter(Target& target, const Limits& limits) : target_(target), limits_(limits) {}

    std::vector<RollbackLoss> count(std::string_view text) {
        const auto script = sql::Script::read(text, "");
        if (!script) return {};
        for (const auto& statement : script->statements()) {
            const auto sql = script->text_of(statement);
            const auto analysis = sql::analyse(sql);
            for (const auto& object : analysis.objects) look(object);
            if (statement.command == "DELETE" || statement.command == "TRUNCATE" || statement.command == "UPDATE") {
                note_changed(analysis, sql);
            }
        }
        return std::move(losses_);
    }

private:
    void note_changed(const sql::Analysis& analysis, std::string_view sql) {
        const auto words = fmt::format("rows that `{}` changes", sql.substr(0, 80));
        bool named = false;
        for (const auto& object : analysis.objects) {
            if (object.use != sql::Use::writes) continue;
            losses_.push_back({shown(object.schema, object.name), words});
            named = true;
        }
        if (!named) losses_.push_back({"all", words});
    }

    void look(const sql::ObjectUse& object) {
        using sql::ObjectKind;
        if (object.use != sql::Use::drops) return;
        if (object.kind == ObjectKind::table || object.kind == ObjectKind::materialized_view) {
            const auto table = qualified(object.schema, object.name);
            const auto name = shown(object.schema, object.name);
            note(name, fmt::format("table {}", name), table, "");
        }
        if (object.kind == ObjectKind::column) {
            const auto table = qualified(object.schema, object.table);
            const auto name = shown(object.schema, object.table);
            note(
                fmt::format("{}.{}", name, object.name),
                fmt::format("column {} of {}", object.name, name),
                table,
                pg::quote_identifier(object.name) + " IS NOT NULL"
            );
        }
        if (object.kind == ObjectKind::schema)
            losses_.push_back({object.name, fmt::format("schema {} and what is in it", object.name)});
    }

    static std::string shown(const std::string& schema, const std::string& name) {
        return schema.empty() ? name : schema + "." + name;
    }
    static std::string qualified(const std::string& schema, const std::string& name) {
        return (schema.empty() ? "" : pg::quote_identifier(schema) + ".") + pg::quote_identifier(name);
    }

    // Counts to a bound and within a time: a rollback must not wait for a scan of a big table.
    void note(
        const std::string& object, const std::string& what, const std::string& table, const std::string& condition
    ) {
        constexpr std::int64_t kBound = 100'000;
        const auto query = fmt::format(
            "SELECT count(*) FROM (SELECT FROM {} {} LIMIT {}) AS counted",
            table,
            condition.empty() ? "" : "WHERE " + condition,
            kBound + 1
        );
        auto& connection = target_.connection();
        if (!connection.run_message(
                "BEGIN READ ONLY; SET LOCAL statement_timeout = 2000; SET LOCAL lock_timeout = 500", limits_
            ))
            return;
        const auto rows = connection.query({"migrate.count_rows", query}, limits_);
        static_cast<void>(connection.run_message("ROLLBACK", limits_));
        if (rows && rows->integer(0, 0) == 0) return;
        if (!rows && rows.error().sqlstate == "42P01") return;  // not there: nothing to lose
        if (!rows) {
            losses_.push_back({object, what + " (not counted: it takes too long)"});
            return;
        }
        const auto found = rows->integer(0, 0);
        losses_.push_back(
            {object,
             fmt::format(
                 "{} ({}{} {})",
                 what,
                 found > kBound ? "more than " : "",
                 human_count(std::min(found, kBound)),
                 found == 1 ? "row" : "rows"
             )}
        );
    }

    Target& target_;
    const Limits& limits_;
    std::vector<RollbackLoss> losses_;
};

}  // namespace

Result<ChosenRollbacks> choose_rollbacks(
    const Context& context,
    Target& target,
    const History& history,
    const RollbackSelection& selection,
    const Limits& limits
) {
    return Chooser{context, target, history, limits}.choose(selection);
}

Result<RollbackPlan> plan_rollback(const Context& context, const RollbackSelection& selection, const Limits& limits) {
    DRYDOCK_TRY(auto target, Target::open(context.where, context.options, limits));
    DRYDOCK_TRY(const auto history, History::read(target, context.options.project, limits));
    DRYDOCK_TRY(const auto chosen, choose_rollbacks(context, target, history, selection, limits));
    RollbackPlan plan;
    for (const auto& id : chosen.ids) {
        DRYDOCK_TRY(auto found, find_rollback(context, target, history, *history.find(id), limits));
        const auto because = chosen.because.find(id);
        plan.items.push_back({
            .id = id,
            .source = found.source,
            .label = found.label,
            .sql = found.text,
            .losses = LossCounter{target, limits}.count(found.text),
            .dependent_of = because == chosen.because.end() ? "" : because->second,
            .grade = found.grade,
            .notes = found.notes,
        });
    }
    return plan;
}

Result<> accept_losses(const RollbackPlan& plan, const std::vector<std::string>& accepted) {
    const auto is_accepted = [&](const std::string& object) {
        return std::any_of(accepted.begin(), accepted.end(), [&](const std::string& given) {
            return given == "all" || given == object || "public." + given == object || given == "public." + object;
        });
    };
    std::vector<std::string> words;
    std::vector<std::string> options;
    for (const auto& item : plan.items) {
        for (const auto& loss : item.losses) {
            if (is_accepted(loss.object)) continue;
            words.push_back(loss.words);
            const auto option = "--accept-data-loss " + loss.object;
            if (std::find(options.begin(), options.end(), option) == options.end()) options.push_back(option);
        }
    }
    if (words.empty()) return {};
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format("this would lose {}", fmt::join(words, ", ")),
        .hint = fmt::format("save it first; or, to give it up: {}", fmt::join(options, " "))
    };
}

}  // namespace drydock::migrate
