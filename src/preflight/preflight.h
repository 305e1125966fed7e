#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/engine.h"
#include "preflight/options.h"

namespace drydock::preflight {

// `unknown`: it could not be looked at, and `why` says why not. `off`: the settings say not to look.
enum class Outcome : std::uint8_t { pass, off, unknown, warn, block };
std::string_view name(Outcome outcome);

struct Gate {
    std::string id;  // "locks"
    Outcome outcome = Outcome::pass;
    std::string why;                      // one sentence for a person
    std::vector<std::string> evidence{};  // who, which, how much: a line each
    std::string hint{};                   // what to do; empty where nothing is to be done
};

enum class Verdict : std::uint8_t { go, go_with_warnings, no_go };
std::string_view name(Verdict verdict);  // "go", "go with warnings", "no go"

struct Report {
    migrate::Facts facts;
    std::string project;
    std::vector<std::string> run;  // what `up` would run, in order
    std::vector<Gate> gates;       // in the order of docs/preflight.md
    Verdict verdict = Verdict::go;

    const Gate* find(std::string_view id) const;
    std::vector<std::string> ids(Outcome outcome) const;
};

// Asks everything that can be known before `migrate::up` with the same context and selection. Changes nothing.
// Errors: no connection, a project or selection that can't be read, a window that is none. What stands against the
// run itself is a gate that blocks, never an Error.
Result<Report> check(
    const migrate::Context& context, const migrate::Selection& selection, const Options& options, const Limits& limits
);

}  // namespace drydock::preflight
