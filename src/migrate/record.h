#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "migrate/hashes.h"
#include "migrate/history.h"

namespace drydock::migrate {

// What a run writes into history about one migration. The statements made of it stand inside the migration's own
// message, where the simple protocol knows no parameters: every value is a quoted literal. They name everything with
// its schema, for the migration may have changed the search path, and use no operators, for it may have made some.
struct Record {
    std::string project;
    std::string id;
    Hashes hashes;
    std::optional<std::string> sql;
    std::optional<std::string> rollback_sql;
    std::string rollback_source = "none";
    std::string rollback_grade{};  // of a generated one; empty: not known
    std::vector<std::string> dependencies;
    std::size_t statements = 0;
    std::string run_id;
    std::string client;
    bool known = false;  // history has a row for it already
};

// Of a migration that runs in one transaction, before its COMMIT.
std::string applied_statement(const Record& record);
// Of one that runs step by step: before the first step, so that a crash leaves a trace. `down`: its rollback runs.
std::string started_statement(const Record& record, bool down);
// Of one that goes on where an earlier run stood: the file may have been mended behind that point.
std::string resumed_statement(const Record& record, bool down);
// After a step: so many statements are done. `memo` replaces what the step noted (JSON, or empty for none).
std::string position_statement(const Record& record, std::size_t position, std::string_view memo);
// After the last step.
std::string finished_statement(const Record& record, bool down);
// Of a rollback that runs in one transaction, before its COMMIT.
std::string rolled_back_statement(const Record& record);

}  // namespace drydock::migrate
