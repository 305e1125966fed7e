#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "migrate/history.h"
#include "migrate/options.h"
#include "migrate/project.h"

namespace drydock::migrate {

// How a migration stands: what the files say against what history says.
enum class State : std::uint8_t {
    applied,
    changed,  // applied, and its code is not what ran
    pending,
    late,         // pending, and one that comes after it has run
    held,         // pending, and its header holds it back
    blocked,      // pending, and it needs one that is held, missing or not for this environment
    skipped,      // for another environment
    interrupted,  // it ran step by step, and stopped on the way
    missing,      // applied, and its file is gone
};
std::string_view name(State state);

struct Item {
    std::string id;
    std::optional<std::size_t> index;  // in the project; nothing for a missing one
    State state = State::pending;
    Change change = Change::none;  // of an applied one
    bool failed_before = false;    // the last try failed and was rolled back
    bool rolled_back = false;
    std::string why;  // one sentence for a person; empty when the state says it all
};

// Project - history + policy.
struct Plan {
    std::vector<Item> items;       // the whole project in running order, then the missing ones
    std::vector<std::size_t> run;  // indexes of `items` that `up` would run, in order
    std::vector<std::string> warnings;

    std::size_t count(State state) const;
};

struct Selection {
    std::optional<std::string> to;  // up to and with this one
    std::vector<std::string> only;  // these alone; what they need must be applied
};

// Pure but for one thing: a file whose raw hash is not the one that ran is read again for the finer hashes.
// Errors: an unknown name in the selection; `only` with something unmet; and with `for_run`, all that `up` refuses
// (a changed file, a late or missing one under policy refuse, an interrupted rollback).
Result<Plan> make_plan(
    const Project& project, const History& history, const Options& options, const Selection& selection, bool for_run
);

}  // namespace drydock::migrate
