#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/ddl.h"
#include "catalog/match.h"

namespace drydock::catalog::ddl {

// What becomes of each object of both snapshots, and with which statements. Nothing here is in order yet: that is
// order.h's work.
enum class Fate : std::uint8_t {
    kept,      // the same object in both, changed or not
    removed,   // of `from` alone
    added,     // of `to` alone
    rebuilt,   // in both, but dropped and created again
    left_out,  // not compared
};

struct Plan {
    std::vector<Fate> from;
    std::vector<Fate> to;
    // By the index in `to`: what changes or creates it. By the index in `from`: what drops it.
    std::vector<Out> made;
    std::vector<Out> dropped;
    // By the index in `from`: the object (of `from`) whose DROP takes this one along.
    std::vector<std::optional<std::size_t>> goes_with;
    // By the index in `to`: the object (of `to`) whose CREATE brings this one.
    std::vector<std::optional<std::size_t>> comes_with;
    std::vector<std::string> impossible;

    bool gone(std::size_t f) const { return from[f] == Fate::removed || from[f] == Fate::rebuilt; }
    bool created(std::size_t t) const { return to[t] == Fate::added || to[t] == Fate::rebuilt; }
};
Plan plan(const Scene& scene, const Matching& matching);

}  // namespace drydock::catalog::ddl
