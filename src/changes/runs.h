#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "changes/files.h"
#include "jobs/kinds.h"
#include "jobs/queue.h"
#include "registry/registry.h"

// Migrations of a registered database, applied and taken back by jobs that are done at most once.
namespace drydock::changes {

struct RunRequest {
    std::string database_id{};
    std::vector<File> files{};
    std::string project = "main";     // its name in the history of the database
    std::string environment{};        // of Environment: headers
    std::optional<std::string> to{};  // up to and with this one
    std::string fail_on = "error";    // the weakest finding of lint that refuses the run; "never": none does
    bool preflight = false;           // only on a go of the gates
};

struct RollbackRequest {
    std::string database_id{};
    std::vector<File> files{};  // may be none: history keeps the rollbacks that it was given
    std::string project = "main";
    std::optional<std::string> to{};      // all that ran after this one, which stays
    std::vector<std::string> ids{};       // or these; neither: the last one
    bool cascade = false;                 // with all that depends on them
    std::vector<std::string> accepted{};  // objects whose data is given up, or "all"
};

// The document of `migrate plan --json`, which has the findings of lint at their statements.
Result<boost::json::object> plan(
    registry::Registry& registry, const control::Actor& actor, const RunRequest& request, const Limits& limits
);

// Makes the job; its id. The files must make a project. conflict: one of that kind has not ended for this database.
Result<std::string> request_run(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const RunRequest& request,
    const Limits& limits
);
Result<std::string> request_rollback(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const RollbackRequest& request,
    const Limits& limits
);

// The kinds migrations.apply and migrations.rollback. Their result is what `migrate up --json` says, also when they
// fail or are cancelled.
Result<> add_run_kinds(jobs::Kinds& kinds, registry::Registry& registry);

}  // namespace drydock::changes
