#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "catalog/snapshot.h"
#include "migrate/engine.h"
#include "migrate/source.h"
#include "prove/replay.h"
#include "prove/unfilled.h"
#include "shadow/shadow.h"
#include "undo/rollback.h"

namespace drydock::prove {

// A rollback that drydock made of a migration, or why it can't.
struct MadeRollback {
    std::string sql;  // empty: there is none
    undo::Grade grade = undo::Grade::exact;
    std::string refusal;             // why there is none
    std::vector<std::string> notes;  // what it can't bring back, and what would save it
    std::vector<std::string> left;   // what the catalog lacks after it, as catalog::describe() says it
};

struct Subject {
    std::string_view id;
    const migrate::Source& source;
    const migrate::Options& engine;
    bool no_transaction = false;  // its header says so
    Unfilled unfilled{};          // by it and the migrations before it
};

// `before` and `after` have their dependencies and are of the connection's database, which is in the state after the
// migration and stays in it.
Result<MadeRollback> make_rollback(
    pg::Connection& connection,
    const Subject& subject,
    const catalog::Snapshot& before,
    const catalog::Snapshot& after,
    const Limits& limits
);

// The rollback of a migration that has run somewhere: in a new shadow the migrations before it are replayed as history
// keeps them, then it; its rollback is made, run, and the migration run again, and the catalog is compared each time.
// Errors: conflict when history can't be replayed or the rollback does not hold; those of the shadow.
Result<MadeRollback> rollback_from_history(
    const shadow::ShadowOptions& where,
    const std::vector<StoredMigration>& earlier,
    const StoredMigration& migration,
    const ReplayOptions& options,
    Progress& progress,
    const Limits& limits
);

}  // namespace drydock::prove
