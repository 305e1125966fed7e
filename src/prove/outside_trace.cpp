#include "prove/outside_trace.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "prove/queries.h"
#include "sql/tree.h"

namespace drydock::prove {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSample{2};
constexpr milliseconds kLongestHold{2000};
constexpr int kCalmSamples = 5;  // that show the same while it waits

std::string quoted(std::string_view schema, std::string_view name) {
    return (schema.empty() ? "" : pg::quote_identifier(schema) + ".") + pg::quote_identifier(name);
}

void add(Locks& all, const Locks& seen) {
    for (const auto& [oid, lock] : seen) {
        auto& known = all[oid];
        if (lock.mode > known.mode || (lock.mode == known.mode && lock.granted)) known = lock;
    }
}

}  // namespace

Result<HoldPoint> hold_point(pg::Connection& session, std::string_view statement, const Limits& limits) {
    const auto about = sql::outside_target(statement);
    HoldPoint hold;
    std::vector<std::string> names;
    if (about && !about->table.empty()) names.push_back(quoted(about->table_schema, about->table));
    if (about && (about->verb.ends_with("index") || about->verb == "detach" || about->verb == "reindex table")) {
        if (!about->name.empty()) names.push_back(quoted(about->schema, about->name));
    } else {
        hold.before_it = true;
        for (const auto& object : sql::analyse(statement).objects) {
            if (object.kind == sql::ObjectKind::table) names.push_back(quoted(object.schema, object.name));
        }
    }
    for (const auto& name : names) {
        const std::array<pg::Param, 1> params{name};
        DRYDOCK_TRY(const auto rows, session.query(queries::trace_table, params, limits));
        if (rows.size() == 0) continue;
        auto table = quoted(rows.text(0, 1), rows.text(0, 2));
        if (std::find(hold.tables.begin(), hold.tables.end(), table) == hold.tables.end()) {
            hold.tables.push_back(std::move(table));
        }
    }
    return hold;
}

Result<OutsideSeen> watch_outside(
    pg::Connection& session,
    const pg::Conninfo& where,
    const HoldPoint& hold,
    const std::function<Result<>()>& statement,
    const Limits& limits
) {
    DRYDOCK_TRY(auto observer, pg::Connection::open(where, limits));
    DRYDOCK_TRY(auto holder, pg::Connection::open(where, limits));
    bool held = !hold.tables.empty();
    if (held) {
        DRYDOCK_TRY_VOID(holder.run_message(
            fmt::format(
                "BEGIN; LOCK TABLE {} IN {} MODE",
                fmt::join(hold.tables, ", "),
                hold.before_it ? "SHARE" : "ROW EXCLUSIVE"
            ),
            limits
        ));
    }
    OutsideSeen seen;
    std::atomic<bool> over{false};
    const int pid = session.backend_pid();
    const auto number = std::to_string(pid);
    const std::array<pg::Param, 1> params{number};
    std::jthread runner{[&] {
        seen.done = statement();
        over = true;
    }};
    const auto let_go = Limits::Clock::now() + kLongestHold;
    int calm = 0;
    Result<> watched;
    while (!over && watched) {
        const auto locks = probe_locks(observer, pid, limits);
        if (!locks) {
            watched = locks.error();
            break;
        }
        add(seen.locks, *locks);
        if (held) {
            const auto waits = observer.query(queries::trace_waits, params, limits);
            if (!waits) watched = waits.error();
            calm = waits && waits->boolean(0, 0) ? calm + 1 : 0;
            if (calm >= kCalmSamples || Limits::Clock::now() > let_go) {
                watched = holder.run_message("ROLLBACK", limits);
                held = false;
            }
        }
        std::this_thread::sleep_for(kSample);
    }
    if (held) static_cast<void>(holder.run_message("ROLLBACK", Limits::within(kLongestHold)));
    runner.join();
    if (!watched && seen.done) return std::move(watched).error();
    return seen;
}

}  // namespace drydock::prove
