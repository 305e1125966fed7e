#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "catalog/snapshot.h"
#include "pg/conninfo.h"
#include "validate/assertions.h"
#include "validate/check.h"
#include "validate/report.h"

namespace drydock::validate {

struct Options {
    std::vector<Group> groups{};      // empty: all
    std::vector<std::string> only{};  // ids of checks; empty: all of the groups
    std::vector<std::string> skip{};
    std::map<std::string, std::string> parameters{};  // "long-transactions.seconds" -> "60"
    std::vector<Assertion> assertions{};
    const catalog::Snapshot* expected = nullptr;  // what the catalog should be: then that is checked, too
    std::chrono::milliseconds budget{std::chrono::seconds{60}};       // for all; 0: no end
    std::chrono::milliseconds check_limit{std::chrono::seconds{30}};  // for one check; 0: no end
    std::chrono::milliseconds lock_timeout{100};
    std::chrono::milliseconds connect_timeout{std::chrono::seconds{10}};
    bool full = false;                                   // read big tables whole
    std::int64_t sample_from = std::int64_t{1} << 30;    // bytes: of what is bigger, a sample is read …
    std::int64_t sample_size = std::int64_t{100} << 20;  // … of about so many
    std::size_t findings_kept = 100;                     // a check; the rest is counted
    std::size_t examples = 20;                           // rows that a finding lists
    std::size_t workers = 2;                             // connections
};

// Runs checks on a database. Each statement is a transaction of its own, REPEATABLE READ and READ ONLY, so that it
// works behind a pooler, too, and no snapshot is held for long; a lock that is not had in lock_timeout makes its
// object "not checked". A stop ends it with what was found by then. Errors: the database can't be reached; an id or
// a parameter that no check has.
Result<Report> run(const pg::Conninfo& where, const Options& options, Progress& progress, const Limits& limits);

}  // namespace drydock::validate
