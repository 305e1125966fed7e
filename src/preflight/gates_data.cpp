// The gate about rows that are there already and would make a statement fail.
#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "preflight/gates.h"
#include "preflight/probe.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

constexpr int kRowsShown = 3;
constexpr std::size_t kRowWidth = 80;

// What rows are told by: the columns of the primary key.
std::map<std::string, std::string, std::less<>> row_keys(const Situation& s) {
    std::map<std::string, std::string, std::less<>> keys;
    std::string names;
    for (const auto& probe : s.demand.probes) names += (names.empty() ? "" : "\n") + probe.relation;
    const std::array<pg::Param, 1> params{names};
    if (const auto rows = s.look.ask(queries::row_keys, params, s.limits)) {
        for (int i = 0; i < rows->size(); ++i) keys.emplace(rows->text(i, 0), rows->text(i, 1));
    }
    return keys;
}

// What an earlier pending migration makes is not there yet.
bool is_of_later(const Error& error) {
    return error.sqlstate == "42703" || error.sqlstate == "42P01" || error.sqlstate == "3F000" ||
           error.sqlstate == "42704" || error.sqlstate == "42883";
}

class DataJudge {
public:
    DataJudge(const Situation& s, Gate& gate)
        : s_(s), gate_(gate), evidence_(gate), end_(Limits::Clock::now() + s.options.probe_time) {}

    void look(const Probe& probe, std::string_view keys) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Limits::Clock::now());
        if (left.count() <= 0) return unfinished(probe, "not looked for, the time is up");
        // All rows first and then the few that are shown: with a LIMIT on the search itself the planner hopes for an
        // early end, and makes a nested loop of an anti join.
        const auto text = fmt::format(
            "WITH found AS MATERIALIZED ({}) SELECT (SELECT count(*) FROM found), row_to_json(found)::text FROM found "
            "LIMIT {}",
            all_rows_of(probe.sql, keys),
            kRowsShown
        );
        const auto rows = s_.look.ask({"preflight.probe", text}, probe.path_schema, left, s_.limits);
        if (rows) return rows->size() == 0 ? void(++clean_) : found(probe, *rows);
        const auto& error = rows.error();
        if (is_of_later(error)) return void(++later_);
        const bool late = error.sqlstate == "57014" || error.code == ErrorCode::deadline_exceeded;
        unfinished(probe, late ? "not finished in time" : error.message);
    }

    void finish() {
        if (open_ > 0) raise(gate_, Outcome::unknown);
        if (gate_.outcome == Outcome::block) {
            gate_.why = fmt::format("{} would make the run fail", counted(static_cast<std::size_t>(found_), "row"));
            gate_.hint = "mend these rows first, in a migration before this one";
        } else if (open_ > 0) {
            gate_.why = fmt::format("{} of {} not finished", open_, counted(open_ + clean_ + later_, "look"));
            gate_.hint = "give it more time: --probe-time";
        } else {
            gate_.why = fmt::format("{} for rows that would make a statement fail found none", counted(clean_, "look"));
            if (later_ > 0) {
                gate_.why += fmt::format("; {} wait for what an earlier file makes", counted(later_, "other"));
            }
        }
    }

private:
    void unfinished(const Probe& probe, std::string_view why) {
        ++open_;
        evidence_.add(fmt::format("{}: {}: {}", probe.where.text(), why, probe.condition));
    }

    void found(const Probe& probe, const pg::Rows& rows) {
        const auto count = rows.integer(0, 0);
        found_ += count;
        raise(gate_, Outcome::block);
        std::string shown;
        for (int i = 0; i < rows.size(); ++i) {
            shown += fmt::format("{}{}", i == 0 ? "" : ", ", rows.text(i, 1).substr(0, kRowWidth));
        }
        evidence_.add(fmt::format(
            "{} would fail on {}: {}: {}{}",
            probe.where.text(),
            probe.condition,
            counted(static_cast<std::size_t>(count), "row"),
            shown,
            count > rows.size() ? ", …" : ""
        ));
    }

    const Situation& s_;
    Gate& gate_;
    Evidence evidence_;
    Limits::Clock::time_point end_;
    std::size_t clean_ = 0;
    std::size_t open_ = 0;
    std::size_t later_ = 0;
    std::int64_t found_ = 0;
};

}  // namespace

Gate gate_data(const Situation& s) {
    if (s.options.probe_time.count() == 0) return off("data", "preflight.probe_time");
    Gate gate{.id = "data"};
    if (!s.without_world.empty()) {
        return unknown("data", Error{.message = "the catalog could not be read: " + s.without_world});
    }
    if (s.demand.probes.empty()) {
        gate.why = "no pending statement is known to depend on the rows that are there";
        return gate;
    }
    const auto keys = row_keys(s);
    DataJudge judge{s, gate};
    for (const auto& probe : s.demand.probes) {
        const auto found = keys.find(probe.relation);
        judge.look(probe, found == keys.end() ? std::string_view{"ctid"} : std::string_view{found->second});
    }
    judge.finish();
    return gate;
}

}  // namespace drydock::preflight
