#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "migrate/runner.h"
#include "pg/connection.h"
#include "prove/probe.h"
#include "prove/trace.h"

namespace drydock::prove {

// Runs one migration on a session of its own and looks around each statement.
class Tracer {
public:
    Tracer(pg::Connection& session, const pg::Conninfo& where, const migrate::Options& options)
        : session_(session), where_(where), options_(options) {}

    // What went wrong with the migration is in the trace; an Error is of the tracing itself.
    Result<MigrationTrace> run(const migrate::Work& work, const Limits& limits);

private:
    Result<> install(MigrationTrace& trace, const Limits& limits);
    Result<> remove(const Limits& limits);
    // False when the migration ends here, with its error in the trace.
    Result<bool> run_group(const migrate::Work& work, const migrate::Step& step, const Limits& limits);
    Result<bool> run_statement(const migrate::Work& work, std::size_t index, const Limits& limits);
    Result<bool> run_outside(const migrate::Work& work, std::size_t index, const Limits& limits);
    Result<bool> own(const std::string& text, const migrate::Work& work, const Limits& limits);
    Result<bool> failed(Error error, const migrate::Work& work, std::size_t index, const Limits& limits);
    Result<> look_after(TracedStatement& statement, const Locks& locks, bool transactional, const Limits& limits);
    Result<> take_events(TracedStatement& statement, const Limits& limits);
    std::string settings(bool local) const;
    bool ours(Oid oid) const { return first_.contains(oid); }
    TracedRelation& relation(TracedStatement& statement, Oid oid);

    pg::Connection& session_;
    const pg::Conninfo& where_;
    const migrate::Options& options_;
    MigrationTrace trace_;
    bool events_ = false;
    std::int64_t last_event_ = 0;
    Relations first_;   // before the migration
    Relations before_;  // before the statement
    Locks held_;
    std::set<std::string> marks_;
};

}  // namespace drydock::prove
