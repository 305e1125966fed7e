#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/progress.h"
#include "base/result.h"
#include "migrate/target.h"

namespace drydock::migrate {

// The right of one runner at a time to change a project's migrations on a target. An advisory lock of the session that
// runs them, polled outside of any transaction (a waiting statement would hold a snapshot that CREATE INDEX
// CONCURRENTLY waits for) and gone with the session. Behind a pooling proxy, where a session is nobody's: a lease in a
// table, renewed by a thread with a connection of its own and free a lease time after a crash.
class RunLock {
public:
    // Waits up to options.run_lock_wait and tells who has it. Error: locked, with the holder.
    static Result<RunLock> acquire(
        Target& target, const pg::Conninfo& where, const Options& options, Progress& progress, const Limits& limits
    );
    // Who has it at this moment, in words; empty: nobody, or it can't be seen. Takes nothing and waits for nothing.
    static std::string holder(Target& target, const Options& options, const Limits& limits);
    RunLock(RunLock&&) noexcept;
    RunLock& operator=(RunLock&&) noexcept;
    ~RunLock();

    // Must stand in every transaction of the run when not empty: ends it when the lease was lost. One statement.
    const std::string& fence() const;
    // After SQL that may have let go of all advisory locks (DISCARD ALL, pg_advisory_unlock_all).
    Result<> hold_on(Target& target, const Limits& limits);
    void release(Target& target, const Limits& limits);

    struct Impl;

private:
    explicit RunLock(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::migrate
