// The gates about others who are at work: locks, transactions.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "preflight/gates.h"
#include "preflight/lock_conflicts.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

using effects::LockMode;

// The strongest lock that the run takes on each relation, and the statement that takes it.
struct Needed {
    LockMode lock = LockMode::none;
    std::string relation;
    Where where;
};

std::map<std::int64_t, Needed> needed_locks(const Situation& s) {
    std::map<std::int64_t, Needed> needed;
    for (const auto& [place, members] : *s.relations) {
        const auto& wanted = s.demand.relations[place];
        const auto strongest = std::max_element(
            wanted.touches.begin(), wanted.touches.end(), [](const auto& a, const auto& b) { return a.lock < b.lock; }
        );
        for (const auto& member : members) {
            auto& entry = needed[member.oid];
            if (strongest->lock > entry.lock) entry = {strongest->lock, member.name, strongest->where};
        }
    }
    return needed;
}

std::string who(const pg::Rows& rows, int i) {
    if (rows.is_null(i, 1)) {
        return fmt::format("the prepared transaction \"{}\" of {}", rows.text(i, 10), rows.text(i, 11));
    }
    auto text = fmt::format("pid {}", rows.text(i, 1));
    if (!rows.text(i, 4).empty()) text += fmt::format(", role {}", rows.text(i, 4));
    if (!rows.text(i, 5).empty()) text += fmt::format(", {}", rows.text(i, 5));
    if (rows.text(i, 7) == "autovacuum worker") text += ", autovacuum";
    return text;
}

class LockJudge {
public:
    LockJudge(const Situation& s, Gate& gate) : s_(s), gate_(gate), evidence_(gate) {}

    void row(const pg::Rows& rows, int i, const Needed& needed) {
        const auto held = lock_mode_of(rows.text(i, 2));
        if (!held || !conflict(*held, needed.lock)) return;
        const bool granted = rows.boolean(i, 3);
        const bool prepared = rows.is_null(i, 1);
        if (!prepared && !told_.emplace(rows.integer(i, 1), needed.relation).second) return;
        const auto tail = fmt::format(
            "{} {} on {}, where {} wants {}",
            granted ? "holds" : "waits for",
            effects::name(*held),
            needed.relation,
            needed.where.text(),
            effects::name(needed.lock)
        );
        const auto worth = judged(rows, i, granted, prepared);
        if (worth.first == Outcome::pass) {
            ++passing_;
            return;
        }
        raise(gate_, worth.first);
        evidence_.add(fmt::format("{}, {}: {}", who(rows, i), worth.second, tail));
        if (!prepared) pids_.insert(std::string{rows.text(i, 1)});
        prepared_ |= prepared;
        waiting_ |= !granted;
    }

    void finish() {
        if (gate_.outcome == Outcome::pass) {
            gate_.why = passing_ == 0 ? "nobody holds a table that the run locks"
                                      : fmt::format(
                                            "{} at work on tables that the run locks, each for a moment only",
                                            counted(passing_, "session")
                                        );
            return;
        }
        gate_.why =
            gate_.outcome == Outcome::block
                ? fmt::format(
                      "in the way on tables that the run locks: {}{}",
                      pids_.empty() ? "" : counted(pids_.size(), "session"),
                      prepared_ ? (pids_.empty() ? "a prepared transaction" : " and a prepared transaction") : ""
                  )
            : waiting_ ? "others wait for tables that the run locks: the run would stand in that queue"
                       : "others are at work on tables that the run locks";
        if (!pids_.empty()) {
            gate_.hint =
                fmt::format("wait, or have them end; by force: SELECT pg_terminate_backend({});", *pids_.begin());
        }
        if (prepared_) {
            gate_.hint += gate_.hint.empty() ? "" : " ";
            gate_.hint += "A prepared transaction ends with COMMIT PREPARED or ROLLBACK PREPARED, and never by itself";
        }
    }

private:
    std::pair<Outcome, std::string> judged(const pg::Rows& rows, int i, bool granted, bool prepared) const {
        if (prepared) return {Outcome::block, "prepared " + age_text(rows.integer(i, 12)) + " ago"};
        if (rows.text(i, 7) == "autovacuum worker") {
            // It gives way to whoever waits for it, unless it saves the database from wraparound.
            const bool saves = rows.text(i, 9).find("wraparound") != std::string_view::npos;
            return saves ? std::pair{Outcome::block, std::string{"to prevent wraparound, does not give way"}}
                         : std::pair{Outcome::pass, std::string{}};
        }
        if (rows.text(i, 6).empty()) return {Outcome::unknown, "what it does is not visible to this role"};
        const auto age = rows.integer(i, 8);
        const auto doing =
            fmt::format("{} for {}", rows.text(i, 6) == "active" ? "at work" : rows.text(i, 6), age_text(age));
        if (std::chrono::seconds{age} >= s_.options.transaction_age) return {Outcome::block, doing};
        // What ends within lock_timeout is met by waiting or by a retry.
        const bool soon = std::chrono::seconds{age} < std::max(s_.context.options.lock_timeout, kMoment);
        if (granted && soon && rows.text(i, 6) == "active") return {Outcome::pass, doing};
        return {Outcome::warn, doing};
    }

    static constexpr std::chrono::milliseconds kMoment{1'000};

    const Situation& s_;
    Gate& gate_;
    Evidence evidence_;
    std::set<std::pair<std::int64_t, std::string>> told_;
    std::set<std::string> pids_;
    std::size_t passing_ = 0;
    bool prepared_ = false;
    bool waiting_ = false;
};

std::string oids_of(const std::map<std::int64_t, Needed>& needed) {
    std::string text = "{";
    for (const auto& [oid, entry] : needed) text += fmt::format("{}{}", text.size() == 1 ? "" : ",", oid);
    return text + "}";
}

}  // namespace

Gate gate_locks(const Situation& s) {
    if (!s.relations) return unknown("locks", s.relations.error());
    Gate gate{.id = "locks"};
    const auto needed = needed_locks(s);
    if (needed.empty()) {
        gate.why = "no table that is there is locked";
        return gate;
    }
    const auto oids = oids_of(needed);
    const std::array<pg::Param, 1> params{oids};
    const auto rows = s.look.ask(queries::holders, params, s.limits);
    if (!rows) return unknown("locks", rows.error());
    LockJudge judge{s, gate};
    for (int i = 0; i < rows->size(); ++i) {
        const auto found = needed.find(rows->integer(i, 0));
        if (found != needed.end()) judge.row(*rows, i, found->second);
    }
    judge.finish();
    return gate;
}

Gate gate_transactions(const Situation& s) {
    Gate gate{.id = "transactions"};
    const auto rows = s.look.ask(queries::transactions, s.limits);
    if (!rows) return unknown("transactions", rows.error());
    // Building or dropping an index CONCURRENTLY waits for every transaction that is older, on whatever table it is.
    const bool waits = !s.demand.concurrent.empty();
    std::size_t unseen = 0;
    std::size_t old = 0;
    Evidence evidence{gate};
    for (int i = 0; i < rows->size(); ++i) {
        if (!rows->boolean(i, 7)) {
            ++unseen;
            continue;
        }
        if (std::chrono::seconds{rows->integer(i, 4)} < s.options.transaction_age) continue;
        ++old;
        if (rows->is_null(i, 0)) {
            evidence.add(fmt::format(
                "the prepared transaction \"{}\" of {}, for {}",
                rows->text(i, 6),
                rows->text(i, 1),
                age_text(rows->integer(i, 4))
            ));
            continue;
        }
        evidence.add(fmt::format(
            "pid {}, role {}{}{}, {} for {}",
            rows->text(i, 0),
            rows->text(i, 1),
            rows->text(i, 2).empty() ? "" : ", ",
            rows->text(i, 2),
            rows->text(i, 3),
            age_text(rows->integer(i, 4))
        ));
    }
    const auto age = age_text(std::chrono::duration_cast<std::chrono::seconds>(s.options.transaction_age).count());
    if (old > 0) {
        gate.outcome = waits ? Outcome::block : Outcome::warn;
        gate.why = waits ? fmt::format(
                               "{} waits for {} older than {}",
                               s.demand.concurrent.front().text(),
                               counted(old, "transaction"),
                               age
                           )
                         : fmt::format("{} older than {}", counted(old, "transaction"), age);
        gate.hint = waits ? "have them end first: nothing else does, and the run waits for as long"
                          : "they keep vacuum from cleaning up, and may yet touch a table that the run locks";
    } else {
        gate.why = fmt::format("no transaction of this database is older than {}", age);
    }
    if (unseen > 0) {
        raise(gate, Outcome::unknown);
        gate.why += fmt::format("; what {} do is not visible to this role", counted(unseen, "other session"));
        if (gate.hint.empty()) gate.hint = "GRANT pg_read_all_stats TO the role that asks";
    }
    return gate;
}

namespace {

// What one statement scans or rewrites while writers wait, over all relations that it goes through.
struct Heavy {
    std::int64_t bytes = 0;
    std::size_t relations = 0;
    std::int64_t biggest = -1;
    std::string name;  // of the biggest
    Touch touch;       // there
    bool sure = false;
};

std::vector<Heavy> heavy_statements(const Situation& s) {
    using effects::Certainty;
    std::map<std::string, std::size_t> places;
    std::vector<Heavy> all;
    for (const auto& [place, members] : *s.relations) {
        std::int64_t bytes = 0;
        for (const auto& member : members) {
            if (member.found != Relation::Found::table_of_index) bytes += member.total_bytes;
        }
        for (const auto& touch : s.demand.relations[place].touches) {
            if (touch.lock < LockMode::share) continue;
            if (touch.rewrites == Certainty::no && touch.scans == Certainty::no) continue;
            const auto [found, fresh] = places.emplace(touch.where.text(), all.size());
            if (fresh) all.emplace_back();
            auto& heavy = all[found->second];
            heavy.bytes += bytes;
            ++heavy.relations;
            heavy.sure |= touch.rewrites == Certainty::yes || touch.scans == Certainty::yes;
            if (bytes <= heavy.biggest) continue;
            heavy.biggest = bytes;
            heavy.name = members.front().name;
            heavy.touch = touch;
        }
    }
    return all;
}

std::string heavy_text(const Heavy& heavy) {
    using effects::Certainty;
    const auto& touch = heavy.touch;
    const bool rewrites = touch.rewrites != Certainty::no;
    return fmt::format(
        "{} {} {}{} ({}) under {}, which blocks {}{}{}",
        touch.where.text(),
        heavy.sure ? (rewrites ? "rewrites" : "reads all of") : (rewrites ? "may rewrite" : "may read all of"),
        heavy.name,
        heavy.relations > 1 ? fmt::format(" and {} more", heavy.relations - 1) : "",
        size_text(heavy.bytes),
        effects::name(touch.lock),
        effects::what_it_blocks(touch.lock),
        touch.why.empty() ? "" : ": ",
        touch.why
    );
}

}  // namespace

Gate gate_big_tables(const Situation& s) {
    if (s.options.big_lock == Policy::off) return off("big-tables", "preflight.big_lock");
    if (!s.relations) return unknown("big-tables", s.relations.error());
    if (!s.sizes_known) {
        return unknown("big-tables", Error{.message = "the sizes of the tables: " + s.sizes_problem});
    }
    Gate gate{.id = "big-tables"};
    std::size_t found = 0;
    Evidence evidence{gate};
    for (const auto& heavy : heavy_statements(s)) {
        if (heavy.bytes < s.options.big_table) continue;
        ++found;
        raise(gate, heavy.sure ? outcome_of(s.options.big_lock) : Outcome::warn);
        evidence.add(heavy_text(heavy));
    }
    if (found == 0) {
        gate.why = fmt::format(
            "no table of {} or more is scanned or rewritten while writers wait", size_text(s.options.big_table)
        );
        return gate;
    }
    gate.why = fmt::format("{} at a big table while writers wait", counted(found, "statement"));
    gate.hint = "run it at a quiet time, or in steps that do not block: CONCURRENTLY, NOT VALID and VALIDATE, batches";
    return gate;
}

}  // namespace drydock::preflight
