// The gates about the server as a whole: replication, connections.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "preflight/gates.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

// The run itself, the one that watches who blocks it, and the lock that keeps other runs out.
constexpr std::int64_t kConnectionsOfARun = 3;

struct Replicas {
    std::size_t standbys = 0;
    std::size_t slots = 0;
    std::size_t behind = 0;
    std::size_t unseen = 0;
};

void judge_standby(const Situation& s, const pg::Rows& rows, int i, Replicas& seen, Evidence& evidence, Gate& gate) {
    ++seen.standbys;
    if (!rows.boolean(i, 6)) {
        ++seen.unseen;
        return;
    }
    const auto lag = std::chrono::milliseconds{rows.integer(i, 4)};
    const bool streaming = rows.text(i, 2) == "streaming";
    if (streaming && lag <= s.options.replication_lag) return;
    ++seen.behind;
    raise(gate, outcome_of(s.options.replication));
    evidence.add(fmt::format(
        "standby {} ({}) is {} behind{}",
        rows.text(i, 1),
        rows.text(i, 2),
        size_text(rows.integer(i, 3)),
        rows.is_null(i, 4) ? "" : fmt::format(", {}", human_duration(lag))
    ));
}

void judge_slot(const Situation& s, const pg::Rows& rows, int i, Replicas& seen, Evidence& evidence, Gate& gate) {
    ++seen.slots;
    const bool lost = rows.text(i, 2) == "lost" || rows.text(i, 2) == "unreserved";
    if (!lost && (rows.is_null(i, 3) || rows.integer(i, 3) <= s.options.slot_wal)) return;
    ++seen.behind;
    raise(gate, outcome_of(s.options.replication));
    evidence.add(fmt::format(
        "replication slot {} ({}) {}",
        rows.text(i, 1),
        rows.text(i, 5),
        lost ? fmt::format("has lost WAL, or is about to ({})", rows.text(i, 2))
             : fmt::format("holds back {} of WAL", size_text(rows.integer(i, 3)))
    ));
}

// With commits that wait for a standby, and none there, the first COMMIT of the run would hang.
bool nobody_confirms(const Situation& s) {
    const auto rows = s.look.ask(queries::synchronous, s.limits);
    return rows && rows->boolean(0, 0) && rows->integer(0, 1) == 0 && rows->integer(0, 2) == 0;
}

}  // namespace

Gate gate_replication(const Situation& s) {
    if (s.options.replication == Policy::off) return off("replication", "preflight.replication");
    Gate gate{.id = "replication"};
    if (s.facts.in_recovery) {
        gate.outcome = Outcome::unknown;
        gate.why = "this is a standby: what its primary's others do is not known here";
        return gate;
    }
    const auto rows = s.look.ask(queries::replication, s.limits);
    if (!rows) return unknown("replication", rows.error());
    Replicas seen;
    {
        Evidence evidence{gate};
        for (int i = 0; i < rows->size(); ++i) {
            if (rows->text(i, 0) == "standby")
                judge_standby(s, *rows, i, seen, evidence, gate);
            else
                judge_slot(s, *rows, i, seen, evidence, gate);
        }
    }
    gate.why = seen.behind > 0                   ? "replication is behind: what the run writes comes on top"
               : seen.standbys + seen.slots == 0 ? "nothing follows this server"
                                                 : fmt::format(
                                                       "{} and {}, none of them behind",
                                                       counted(seen.standbys, "standby connection"),
                                                       counted(seen.slots, "slot")
                                                   );
    if (seen.behind > 0) gate.hint = "let it catch up, or drop the slot that nobody reads any more";
    if (seen.unseen > 0) {
        raise(gate, Outcome::unknown);
        gate.why += fmt::format("; how far {} is behind is not visible to this role", counted(seen.unseen, "standby"));
        if (gate.hint.empty()) gate.hint = "GRANT pg_monitor TO the role that asks";
    }
    if (nobody_confirms(s)) {
        raise(gate, Outcome::block);
        gate.why = "commits wait for a synchronous standby, and none is connected: the run would hang";
        gate.hint = "bring the standby back, or take it out of synchronous_standby_names";
    }
    return gate;
}

Gate gate_connections(const Situation& s) {
    Gate gate{.id = "connections"};
    const auto rows = s.look.ask(queries::connections, s.limits);
    if (!rows) return unknown("connections", rows.error());
    struct Limit {
        std::string_view of;
        std::int64_t allowed;
        std::int64_t taken;
    };
    const std::array limits{
        Limit{"the server", rows->integer(0, 0) - rows->integer(0, 1), rows->integer(0, 2)},
        Limit{"the database", rows->integer(0, 3), rows->integer(0, 4)},
        Limit{"the role", rows->integer(0, 5), rows->integer(0, 6)},
    };
    const Limit* tightest = nullptr;
    const auto left = [](const Limit& limit) { return limit.allowed - limit.taken + 1; };  // this one ends before
    for (const auto& limit : limits) {
        if (limit.allowed >= 0 && (tightest == nullptr || left(limit) < left(*tightest))) tightest = &limit;
    }
    const auto room = left(*tightest);
    gate.why = fmt::format(
        "{} of the {} that {} allows left",
        counted(static_cast<std::size_t>(std::max<std::int64_t>(room, 0)), "connection"),
        tightest->allowed,
        tightest->of
    );
    if (room < kConnectionsOfARun) {
        gate.outcome = Outcome::block;
        gate.why += fmt::format(", and a run needs {}", kConnectionsOfARun);
    } else if (room < kConnectionsOfARun + s.options.connections) {
        gate.outcome = Outcome::warn;
        gate.why += fmt::format("; with the {} of the run that is close", kConnectionsOfARun);
    }
    if (gate.outcome != Outcome::pass)
        gate.hint = "SELECT state, count(*) FROM pg_stat_activity GROUP BY 1 shows who has them";
    return gate;
}

}  // namespace drydock::preflight
