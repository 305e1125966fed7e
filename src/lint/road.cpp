#include "lint/road.h"

#include <optional>

namespace drydock::lint {
namespace {

using sql::Shape;

class Walker {
public:
    Walker(Runner runner, bool no_transaction, std::size_t& last)
        : wraps_(runner == Runner::transaction || (runner == Runner::drydock && !no_transaction)),
          breaks_(runner != Runner::transaction),
          last_(last) {}

    Stand take(const sql::Statement& statement, std::size_t index) {
        switch (statement.shape) {
            case Shape::begin:
                return begin(index);
            case Shape::commit:
            case Shape::rollback:
                return end();
            case Shape::outside_only:
            case Shape::commits_inside:
                return outside(statement.shape);
            default:
                break;
        }
        if (!open_ && wraps_) open(false);
        return {.transaction = open_ ? last_ : 0, .own = own_};
    }
    void cut() {
        if (open_ && !own_) open_ = false;
    }
    std::optional<std::size_t> unfinished() const {
        if (open_ && own_) return begun_;
        return std::nullopt;
    }

private:
    void open(bool own) {
        open_ = true;
        own_ = own;
        ++last_;
    }
    Stand begin(std::size_t index) {
        if (open_ && own_) return {.transaction = last_, .own = true, .trouble = Stand::Trouble::nested};
        open(true);
        begun_ = index;
        return {.transaction = last_, .own = true};
    }
    Stand end() {
        const bool stray = !(open_ && own_);
        Stand stand{
            .transaction = open_ ? last_ : 0,
            .own = own_,
            .trouble = stray ? Stand::Trouble::stray_end : Stand::Trouble::none,
        };
        open_ = own_ = false;
        return stand;
    }
    Stand outside(Shape shape) {
        const bool inside = open_ && (own_ || !breaks_);
        if (!inside && breaks_) {
            open_ = false;
            return {};
        }
        if (!open_) open(false);
        const bool refused = shape == Shape::outside_only;
        return {
            .transaction = last_,
            .own = own_,
            .trouble = refused ? Stand::Trouble::refused : Stand::Trouble::none,
        };
    }

    bool wraps_;
    bool breaks_;
    std::size_t& last_;
    bool open_ = false;
    bool own_ = false;
    std::size_t begun_ = 0;
};

}  // namespace

std::vector<Stand> stand_of(
    const std::vector<sql::Statement>& statements,
    const std::vector<bool>& cuts,
    Runner runner,
    bool no_transaction,
    std::size_t& last_transaction
) {
    Walker walker{runner, no_transaction, last_transaction};
    std::vector<Stand> result;
    result.reserve(statements.size());
    for (std::size_t i = 0; i < statements.size(); ++i) {
        result.push_back(walker.take(statements[i], i));
        if (runner == Runner::drydock && i < cuts.size() && cuts[i]) walker.cut();
    }
    if (const auto begun = walker.unfinished()) result[*begun].trouble = Stand::Trouble::never_ended;
    return result;
}

}  // namespace drydock::lint
