#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"
#include "prove/probe.h"

namespace drydock::prove {

// Where a statement that ends its own transactions is held up, so that its locks can be seen.
struct HoldPoint {
    std::vector<std::string> tables;  // as SQL names them
    // With a lock that its first real request waits for; else with one that lets it in, so that it waits for our
    // transaction to end.
    bool before_it = false;
};
Result<HoldPoint> hold_point(pg::Connection& session, std::string_view statement, const Limits& limits);

struct OutsideSeen {
    Locks locks;
    Result<> done;
};
// Runs `statement` while others look on. `session` is used by another thread meanwhile.
Result<OutsideSeen> watch_outside(
    pg::Connection& session,
    const pg::Conninfo& where,
    const HoldPoint& hold,
    const std::function<Result<>()>& statement,
    const Limits& limits
);

}  // namespace drydock::prove
