#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "catalog/snapshot.h"
#include "effects/effect.h"
#include "migrate/project.h"
#include "prove/replay.h"
#include "shadow/cache.h"
#include "shadow/shadow.h"
#include "sql/script.h"

namespace drydock::prove {

// What a statement was seen to do to a relation that was there before its migration.
struct TracedRelation {
    std::string schema;
    std::string name;                                  // as it was called before the statement
    std::string kind;                                  // "table", "index" …
    effects::LockMode lock = effects::LockMode::none;  // the strongest one that it took anew
    effects::LockMode held = effects::LockMode::none;  // what the transaction had before
    bool requested = false;                            // it was seen waiting for this lock
    bool rewritten = false;
    std::string rewrite_reason;
    std::int64_t scans = 0;  // times it was read as a whole
};

struct TracedStatement {
    std::size_t index = 0;  // in its file
    std::size_t line = 0;
    std::size_t column = 0;
    std::string command;
    sql::Shape shape = sql::Shape::ordinary;
    bool in_transaction = true;
    std::vector<TracedRelation> relations;  // with those that its transaction only holds
    std::vector<std::string> dropped;       // "table app.orders", "view app.open_orders": the whole cascade
    std::vector<std::string> leaves;        // "index app.i is invalid", "constraint c of app.t is NOT VALID"
    std::int64_t rows = 0;
    std::int64_t wal_bytes = 0;
    std::chrono::nanoseconds duration{0};
    std::string note;  // how it was seen, where that is not the whole
    // Where what was seen is not what the text and the catalog foretold; empty: they agree.
    std::vector<std::string> disagreements;
    bool predicted = false;
};

struct MigrationTrace {
    std::string id;
    std::string file;
    std::vector<TracedStatement> statements;
    std::vector<std::string> notes;
    std::optional<Error> error;  // it stopped there
};

struct TraceReport {
    int server_version = 0;
    std::vector<MigrationTrace> migrations;
    std::vector<std::string> notes;
    std::chrono::nanoseconds total{0};
};

struct TraceOptions {
    ReplayOptions replay{};
    shadow::ShadowOptions shadow{};
    struct Item {
        std::size_t index;  // of the project
        bool traced;        // else it only runs
    };
    std::vector<Item> sequence{};  // in the order in which they run
    bool cache = true;
    std::filesystem::path cache_folder = shadow::Cache::default_folder();
};

// These migrations by name, each after all that come before it; with none, all.
Result<std::vector<TraceOptions::Item>> sequence_of(
    const migrate::Project& project, const migrate::Options& engine, const std::vector<std::string>& names
);

// Runs migrations in a shadow, statement by statement in their own transactions, and measures what each does: locks,
// rewrites, scans, what is dropped. Statements outside of transactions are seen from a second session, while a third
// holds them up for a moment.
Result<TraceReport> trace(
    const migrate::Project& project, const TraceOptions& options, Progress& progress, const Limits& limits
);

// Sets what the text and the catalog before the migration say beside what was seen of each statement.
void foretell(
    const migrate::Work& work, const catalog::Snapshot& before, const migrate::Options& engine, MigrationTrace& traced
);
// Compares what a statement was foretold to do with what it was seen to do.
std::vector<std::string> disagreements(const effects::Effect& foretold, const TracedStatement& seen);

}  // namespace drydock::prove
