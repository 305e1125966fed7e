#include "migrate/road.h"

#include <set>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "sql/tree.h"

namespace drydock::migrate {
namespace {

using sql::Shape;
using sql::Statement;

Error refuse(const Source& source, const Statement& statement, std::string message, std::string hint) {
    Error error{.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
    return std::move(error).at(source.place(statement.range.begin));
}

// A new enum value can't be used in the transaction that adds it (SQLSTATE 55P04), unless the type is as new. Where a
// later statement of the file names the value, the transaction has to end right after the ALTER TYPE.
std::set<std::size_t> enum_values_used_later(const sql::Script& script) {
    std::set<std::size_t> cuts;
    const auto& statements = script.statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (statements[i].command != "ALTER TYPE") continue;
        const auto target = sql::outside_target(script.text_of(statements[i]));
        if (!target || target->verb != "add enum value") continue;
        std::string literal{"'"};
        for (const char c : target->value) literal += c == '\'' ? std::string{"''"} : std::string{c};
        literal += '\'';
        for (std::size_t later = i + 1; later < statements.size(); ++later) {
            if (script.text_of(statements[later]).find(literal) != std::string_view::npos) cuts.insert(i);
        }
    }
    return cuts;
}

class Planner {
public:
    Planner(const Source& source, bool no_transaction)
        : source_(source), script_(source.script()), alone_(no_transaction), cuts_(enum_values_used_later(script_)) {}

    Result<Road> plan() {
        const auto count = script_.statements().size();
        for (std::size_t i = 0; i < count; ++i) DRYDOCK_TRY_VOID(take(i));
        flush(count);
        return std::move(road_);
    }

private:
    const Statement& statement(std::size_t i) const { return script_.statements()[i]; }

    // Ends the group that is open, before statement `end`.
    void flush(std::size_t end) {
        if (first_ < end || begin_)
            road_.steps.push_back({.kind = Step::Kind::group, .first = first_, .last = end, .begin = begin_});
        begin_.reset();
    }

    Result<> take(std::size_t i) {
        const auto& now = statement(i);
        switch (now.shape) {
            case Shape::begin:
                return open(i);
            case Shape::commit:
                return close(i, false);
            case Shape::rollback:
                return close(i, true);
            case Shape::two_phase:
                return refuse(
                    source_,
                    now,
                    fmt::format("{} is no part of a migration", now.command),
                    "use BEGIN and COMMIT, or leave transactions to drydock"
                );
            case Shape::outside_only:
            case Shape::commits_inside:
                return outside(i);
            case Shape::ordinary:
            case Shape::session:
            case Shape::copy_in:
                break;
        }
        if (begin_ || !(alone_ || cuts_.contains(i))) return {};
        // CALL and DO may end transactions of their own: what "Transaction: none" is mostly asked for.
        if (alone_ && (now.command == "CALL" || now.command == "DO")) return outside(i);
        flush(i + 1);
        first_ = i + 1;
        return {};
    }

    Result<> open(std::size_t i) {
        if (begin_) {
            return refuse(
                source_,
                statement(i),
                fmt::format("a transaction is open already, since line {}", statement(*begin_).line),
                "PostgreSQL has no nested transactions: use SAVEPOINT, or end the first one before"
            );
        }
        flush(i);
        begin_ = i;
        first_ = i + 1;
        return {};
    }

    Result<> close(std::size_t i, bool rolls_back) {
        const bool own = begin_.has_value();
        if (!own && rolls_back) {
            return refuse(
                source_,
                statement(i),
                fmt::format("{} without a BEGIN before it", statement(i).command),
                "remove it: drydock rolls back by itself when a statement fails"
            );
        }
        flush(i);
        if (rolls_back) road_.steps.back().rolls_back = true;
        first_ = i + 1;
        const auto text = to_lower(script_.text_of(statement(i)));
        const bool chains = text.find("chain") != std::string::npos && text.find("no chain") == std::string::npos;
        if (own && chains) begin_ = i;
        return {};
    }

    Result<> outside(std::size_t i) {
        if (begin_) {
            if (statement(i).shape == Shape::commits_inside) return {};
            return refuse(
                source_,
                statement(i),
                fmt::format(
                    "{} can't run in the transaction that line {} begins", statement(i).command, statement(*begin_).line
                ),
                "put it after the COMMIT, or leave out BEGIN and COMMIT: drydock then runs it on its own"
            );
        }
        flush(i);
        road_.steps.push_back({.kind = Step::Kind::outside, .first = i, .last = i + 1});
        first_ = i + 1;
        return {};
    }

    const Source& source_;
    const sql::Script& script_;
    bool alone_;
    std::set<std::size_t> cuts_;
    Road road_;
    std::size_t first_ = 0;
    std::optional<std::size_t> begin_;
};

}  // namespace

Result<Road> plan_road(const Source& source, bool no_transaction) {
    return Planner{source, no_transaction}.plan();
}

}  // namespace drydock::migrate
