#pragma once

#include <string>
#include <vector>

#include "drift/drift.h"
#include "migrate/target.h"

namespace drydock::drift {

// A migration that has run on the target, with the text to run it again.
struct Applied {
    std::vector<prove::StoredMigration> migrations;
    std::string role;  // that ran most of them
    std::vector<std::string> notes;
};
Result<Applied> read_applied(
    migrate::Target& target, const migrate::Context& context, const Options& options, const Limits& limits
);

// Fills `report.expected` from a replay, with the target's roles; takes out of `report.found` the extensions that the
// shadow can't have.
Result<> expect_replayed(
    Report& report,
    migrate::Target& target,
    const Applied& applied,
    const Options& options,
    Progress& progress,
    const Limits& limits
);

// Fills it from a stored snapshot.
Result<> expect_stored(Report& report, const Options& options);

}  // namespace drydock::drift
