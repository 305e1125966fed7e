#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "migrate/engine.h"

namespace drydock::migrate {

// Everything that a run needs to know of one migration, read and checked before anything runs. Needs no database, so
// it can go on while the run lock is taken.
Result<Work> prepare_up(const Context& context, std::size_t index, std::string_view run_id);
// What history adds to it: whether there is a row, and where an interrupted one stopped.
Result<> take_up(Work& work, const Context& context, Target& target, const History& history, const Limits& limits);

// Refuses what a verify file may not hold: it runs inside the migration's transaction, which must not end there.
Result<> check_verify(const Source& verify);

// Of the rollback in `text`, which the row's own migration is undone by.
struct RollbackText {
    std::string text;
    std::string label;
    std::string source;   // file, generated
    std::string grade{};  // of a generated one, where it is known
    std::vector<std::string> notes{};
    std::vector<layouts::HeaderValue> placeholders;  // what fills in ${NAME}: of its migration, and its own
};
// The rollback file if the project has one, else what history keeps, else one that is generated now. Error: none is
// known.
Result<RollbackText> find_rollback(
    const Context& context, Target& target, const History& history, const Row& row, const Limits& limits
);
// `generated`: what find_rollback() gave when the person was asked.
Result<Work> prepare_down(
    const Context& context,
    Target& target,
    const History& history,
    const Row& row,
    const RollbackSelection& selection,
    std::string_view run_id,
    const Limits& limits
);

}  // namespace drydock::migrate
