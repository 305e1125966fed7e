// The gates that need only the plan, the settings and the clock: target, plan, backup, window.
#include <array>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "preflight/gates.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

using migrate::State;

constexpr int kOldest = 13;
constexpr int kNewest = 18;

std::string version_text(int number) {
    return fmt::format("{}.{}", number / 10000, number % 10000);
}

// What is in the selection: with names only these, else what comes up to `to`.
bool asked_for(const Situation& s, const migrate::Item& item) {
    if (!item.index) return true;
    if (s.selection.to) {
        const auto end = s.context.project.find(*s.selection.to);
        if (end && *item.index > *end) return false;
    }
    if (s.selection.only.empty()) return true;
    for (const auto& name : s.selection.only) {
        const auto index = s.context.project.find(name);
        if (index && *index == *item.index) return true;
    }
    return false;
}

// Held ones, those that wait for them, late and interrupted ones: `up` runs or leaves them out, and says so.
void tell_of_items(const Situation& s, const migrate::Plan& plan, Gate& gate) {
    Evidence evidence{gate};
    for (const auto& item : plan.items) {
        if (!asked_for(s, item)) continue;
        const bool told =
            item.state == State::held || item.state == State::blocked ||
            (item.state == State::late && s.context.options.late != migrate::LatePolicy::run) ||
            (item.state == State::missing && s.context.options.missing != migrate::MissingPolicy::ignore) ||
            item.state == State::interrupted;
        if (told) evidence.add(fmt::format("{} is {}: {}", item.id, name(item.state), item.why));
        if (told) raise(gate, Outcome::warn);
    }
    if (!s.other_run.empty()) {
        raise(gate, Outcome::warn);
        evidence.add(fmt::format("another run is under way, and `up` would wait for it: {}", s.other_run));
    }
    for (const auto& [where, why] : s.demand.refused) {
        raise(gate, Outcome::block);
        evidence.add(fmt::format("{} is going to fail: {}", where.text(), why));
    }
    if (!s.without_world.empty()) {
        raise(gate, Outcome::warn);
        evidence.add(fmt::format("the catalog could not be read, so only the files were: {}", s.without_world));
    }
    for (const auto& where : s.demand.not_analysed) {
        raise(gate, Outcome::warn);
        evidence.add(fmt::format("{} is not understood: no gate knows what it does", where.text()));
    }
}

}  // namespace

Gate gate_target(const Situation& s) {
    Gate gate{.id = "target"};
    const int major = s.facts.server_version / 10000;
    if (s.facts.in_recovery || s.facts.read_only) {
        gate.outcome = Outcome::block;
        gate.why = s.facts.in_recovery ? "the server is a standby that follows another: nothing can be written"
                                       : "the session is set to read only: nothing can be written";
        gate.hint = s.facts.in_recovery
                        ? "connect to the primary; with several hosts in the URL, add target_session_attrs=read-write"
                        : "look for default_transaction_read_only on the role, the database or in the URL";
        return gate;
    }
    if (major < kOldest) {
        gate.outcome = Outcome::block;
        gate.why = fmt::format("PostgreSQL {} is older than {}", version_text(s.facts.server_version), kOldest);
        gate.hint = "drydock migrates PostgreSQL 13 to 18";
        return gate;
    }
    if (major > kNewest) {
        gate.outcome = Outcome::warn;
        gate.why = fmt::format("PostgreSQL {} is newer than this drydock knows", version_text(s.facts.server_version));
        gate.hint = fmt::format("what statements lock and rewrite is known up to {}: prove them first", kNewest);
        return gate;
    }
    gate.why = fmt::format("PostgreSQL {}, and it can be written to", version_text(s.facts.server_version));
    return gate;
}

Gate gate_plan(const Situation& s) {
    Gate gate{.id = "plan"};
    if (!s.plan) {
        const auto& error = s.plan.error();
        gate.outcome = Outcome::block;
        gate.why = fmt::format("`up` would refuse: {}", error.message);
        gate.hint = error.hint;
        if (!error.place.file.empty()) gate.evidence.push_back(error.place.label());
        return gate;
    }
    if (!s.demand.unread.empty()) {
        gate.outcome = Outcome::block;
        gate.why = fmt::format("`up` would refuse: {} can't be read", counted(s.demand.unread.size(), "file"));
        gate.evidence = s.demand.unread;
        return gate;
    }
    const auto count = s.plan->run.size();
    tell_of_items(s, *s.plan, gate);
    gate.why = count == 0 ? "there is nothing to run"
                          : fmt::format("{} to run, and what they need is applied", counted(count, "migration"));
    if (gate.outcome != Outcome::pass) {
        gate.why += gate.outcome == Outcome::block
                        ? "; but not all of it can work"
                        : fmt::format("; {} to know of", gate.evidence.size() == 1 ? "one thing" : "some things");
    }
    return gate;
}

Gate gate_backup(const Situation& s) {
    if (s.options.backup == Policy::off) return off("backup", "preflight.backup");
    return {
        .id = "backup",
        .outcome = outcome_of(s.options.backup),
        .why = "no backup tool yet: drydock can't say whether the data could be brought back",
        .hint = "make sure that a backup is there which has been restored once; preflight.backup = off says so"
    };
}

Gate gate_window(const Situation& s) {
    Gate gate{.id = "window"};
    if (s.windows.empty()) {
        gate.why = "no maintenance window is set: at any time";
        return gate;
    }
    boost::json::array list;
    for (const auto& window : s.windows) {
        boost::json::array days;
        for (std::size_t day = 0; day < window.days.size(); ++day) {
            if (window.days[day]) days.emplace_back(day + 1);
        }
        list.push_back(
            boost::json::object{{"days", days}, {"begin", window.begin}, {"end", window.end}, {"zone", window.zone}}
        );
    }
    const auto text = boost::json::serialize(list);
    const std::array<pg::Param, 2> params{text, std::nullopt};
    const auto rows = s.look.ask(queries::windows, params, s.limits);
    if (!rows) {
        auto asked = unknown("window", rows.error());
        if (rows.error().sqlstate == "22023") {  // a time zone that the server does not know
            asked.hint = "preflight.window needs a time zone that the server knows: see pg_timezone_names";
            asked.outcome = Outcome::block;
        }
        return asked;
    }
    std::int64_t next = -1;
    for (int i = 0; i < rows->size(); ++i) {
        const auto& window = s.windows[static_cast<std::size_t>(i)];
        if (rows->boolean(i, 0)) {
            gate.outcome = Outcome::pass;
            gate.evidence.clear();
            gate.hint.clear();
            gate.why = fmt::format(
                "inside \"{}\": open for {} more, until {}",
                window.text,
                age_text(rows->integer(i, 1)),
                rows->text(i, 2)
            );
            return gate;
        }
        gate.evidence.push_back(
            fmt::format("\"{}\": it is {} there; it opens {}", window.text, rows->text(i, 5), rows->text(i, 3))
        );
        if (next < 0 || rows->integer(i, 4) < next) next = rows->integer(i, 4);
    }
    gate.outcome = Outcome::block;
    gate.why = fmt::format("outside the maintenance window, which opens in {}", age_text(next));
    gate.hint = "wait for it; a run that can't wait takes --window \"\"";
    return gate;
}

}  // namespace drydock::preflight
