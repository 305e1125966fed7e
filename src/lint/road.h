#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lint/lint.h"
#include "lint/source.h"

namespace drydock::lint {

// How each statement of a file stands to transactions, as the runner does it.
struct Stand {
    std::size_t transaction = 0;  // statements with the same number commit together; 0: it runs by itself
    bool own = false;             // the transaction is one that the file began
    enum class Trouble : std::uint8_t {
        none,
        nested,       // BEGIN in a transaction of the file
        stray_end,    // COMMIT or ROLLBACK without one
        refused,      // can't run in the transaction that is open
        never_ended,  // BEGIN without its COMMIT
    };
    Trouble trouble = Trouble::none;
};
// One for each statement. `cuts` are the statements behind which drydock commits by itself.
std::vector<Stand> stand_of(
    const std::vector<sql::Statement>& statements,
    const std::vector<bool>& cuts,
    Runner runner,
    bool no_transaction,
    std::size_t& last_transaction
);

}  // namespace drydock::lint
