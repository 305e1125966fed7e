#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "migrate/message.h"
#include "migrate/options.h"
#include "migrate/record.h"
#include "migrate/road.h"
#include "migrate/run_lock.h"
#include "migrate/source.h"
#include "migrate/target.h"
#include "migrate/watcher.h"

namespace drydock::migrate {

// One migration, or the rollback of one, ready to run.
struct Work {
    Record record;
    Source source;
    std::optional<Source> verify;  // runs after it, in the same transaction; every value must be true
    Road road;
    bool down = false;
    bool resume = false;  // history says running: go on behind `position`
    std::size_t position = 0;
    std::string memo;

    // The values of placeholders, of the migration and of its verify file, taken out of what the server said.
    std::string mask(std::string text) const;
    Error masked(Error error) const;
};

struct Outcome {
    std::string id;
    bool down = false;
    bool resumed = false;
    std::size_t statements = 0;
    std::int64_t rows = 0;  // changed by INSERT, UPDATE, DELETE, MERGE, COPY
    std::chrono::nanoseconds duration{0};
    int tries = 1;
};

// Runs works on a target, one after another; the only one that writes history of runs. Holds the run lock's promise.
class Runner {
public:
    Runner(
        Target& target,
        const pg::Conninfo& where,
        RunLock& lock,
        const Options& options,
        Progress& progress,
        std::string run_id
    );

    // Errors: failed (nothing of it stays), failed_partly (history says how far it came), locked (the retries are
    // used up), cancelled, unavailable (the connection broke: the next run finds out what was committed).
    Result<Outcome> run(const Work& work, const Limits& limits);

    // A statement batch that belongs to no migration (SQL hooks), in one transaction.
    Result<> run_hook(const Source& source, std::string_view name, const Limits& limits);

    // The run is on the disk when this returns: one synchronous commit behind all the asynchronous ones.
    Result<> finish();

    const std::string& run_id() const { return run_id_; }

private:
    friend class Listener;

    Result<> run_once(const Work& work, Outcome& outcome, const Limits& limits);
    Result<> run_atomic(const Work& work, Outcome& outcome, const Limits& limits);
    Result<> run_steps(const Work& work, Outcome& outcome, const Limits& limits);
    Result<> run_group(const Work& work, const Step& step, bool last, Outcome& outcome, const Limits& limits);
    // `memo`: what an attempt that may have sent the statement noted; then what this one did.
    Result<> run_outside(
        const Work& work, const Step& step, bool last, std::string& memo, Outcome& outcome, const Limits& limits
    );
    Result<> replay_session(const Work& work, std::size_t until, const Limits& limits);
    Result<> verify(const Work& work, const Limits& limits);
    Result<> own_transaction(const std::string& statement, const Limits& limits);
    Result<> send(const Work& work, const Message& message, Outcome& outcome, const Limits& limits);
    Result<> hold_lock(const Limits& limits);
    std::vector<std::string> settings() const;
    std::string history_rights() const;
    void open_transaction(Message& message, const Work& work, const Step& step) const;
    void close_transaction(Message& message, std::string_view history, bool reset) const;
    void leave_failed_transaction();
    void record_failure(const Work& work, const Error& error);

    Target& target_;
    RunLock& lock_;
    const Options& options_;
    Progress& progress_;
    std::string run_id_;
    Watcher watcher_;
    std::vector<Outcome> outcomes_;
    bool wrote_ = false;
    bool lock_in_doubt_ = false;
};

}  // namespace drydock::migrate
