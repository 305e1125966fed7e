#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "effects/world.h"
#include "lint/finding.h"

namespace drydock::catalog {
struct Snapshot;
}

namespace drydock::lint {

// One file, or what stands for one.
struct Input {
    std::string file;       // what places are called
    std::string_view text;  // as it runs; must outlive the report
    // The place of a byte of the text in the file as people know it; none: of the text itself.
    std::function<Place(std::size_t offset)> place{};
    bool no_transaction = false;  // its header says so
    bool reported = true;         // false: only what it changes counts, for the files behind it
};

// Who runs the files: it decides what stands in a transaction, and whether a lock_timeout is set.
enum class Runner : std::uint8_t {
    drydock,      // one transaction a file, but for what can't run in one; sets lock_timeout
    psql,         // each statement by itself, unless the file has a BEGIN
    transaction,  // a tool that wraps each file in one transaction, come what may
};

struct Options {
    Runner runner = Runner::drydock;
    bool sets_lock_timeout = true;                // of drydock: migrate.lock_timeout is not 0
    const effects::World* world = nullptr;        // of the database before the first file
    const catalog::Snapshot* snapshot = nullptr;  // what the world was made from: functions, publications
    Evidence evidence = Evidence::text;           // where it was read
    int server_version = 0;                       // 150004; 0: not known. Stronger than that of the world
    std::int64_t small_bytes = 4 << 20;           // a table up to this size is scanned and rewritten in a moment
    bool replicas = false;                        // the target has standbys or replication slots
    std::map<std::string, Severity, std::less<>> severities{};  // by rule id, instead of the rule's own
    std::vector<std::string> only{};                            // these rules alone, also those that are off
};

struct Report {
    std::vector<Finding> findings;  // by input, then by place
    std::size_t files = 0;          // that were reported on
    std::size_t statements = 0;     // of those
    std::size_t silenced = 0;       // findings that a drydock:allow took out

    std::size_t count(Severity severity) const;
    Severity worst() const;  // off: nothing was found
};

// Errors (invalid_argument, with the place): a drydock:allow that names no rule. SQL that can't be read is a finding.
Result<Report> lint(const std::vector<Input>& inputs, const Options& options);

// The file's text after the edits of its findings, those that don't overlap; equal to it when there are none.
std::string fixed(std::string_view text, const Report& report, std::size_t input);

}  // namespace drydock::lint
