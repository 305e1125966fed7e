#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "migrate/source.h"

namespace drydock::migrate {

// Statements [first, last) of a script that stand or fall together.
struct Step {
    enum class Kind : std::uint8_t {
        group,    // one transaction, ours or the file's own
        outside,  // one statement that the server refuses in a transaction
    };
    Kind kind = Kind::group;
    std::size_t first = 0;
    std::size_t last = 0;
    std::optional<std::size_t> begin;  // the file's own BEGIN, with its isolation level
    bool rolls_back = false;           // the file ends this transaction with ROLLBACK
};

// The way a script runs. With one transaction in all, its SQL and its history row commit together. Otherwise it goes
// step by step: an intent row first, and the position recorded after each step, in the step's own transaction
// wherever there is one.
struct Road {
    std::vector<Step> steps;
    bool atomic() const {
        return steps.empty() || (steps.size() == 1 && steps[0].kind == Step::Kind::group && !steps[0].rolls_back);
    }
};

// Errors (with the place): a statement that can't run in a transaction inside the file's own; two-phase commit; a
// BEGIN inside a transaction. `no_transaction`: each statement on its own, as the header "Transaction: none" asks.
Result<Road> plan_road(const Source& source, bool no_transaction);

}  // namespace drydock::migrate
