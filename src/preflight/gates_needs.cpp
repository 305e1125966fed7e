// The gates about what the files ask for: extensions and rights.
#include <algorithm>
#include <array>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "preflight/gates.h"
#include "preflight/queries.h"

namespace drydock::preflight {
namespace {

class ExtensionJudge {
public:
    ExtensionJudge(const Situation& s, const pg::Rows& rows, Gate& gate)
        : s_(s), rows_(rows), gate_(gate), evidence_(gate) {}

    void all() {
        for (int i = 0; i < rows_.size(); ++i) {
            const auto& wanted = s_.demand.extensions[static_cast<std::size_t>(rows_.integer(i, 0))];
            one(wanted, i);
            made_.insert(wanted.name);
        }
    }
    const std::string& missing() const { return missing_; }

private:
    void bad(Outcome outcome, const ExtensionWanted& wanted, std::string_view what) {
        raise(gate_, outcome);
        evidence_.add(fmt::format("{} {}: {}", wanted.where.text(), wanted.name, what));
    }

    void one(const ExtensionWanted& wanted, int i) {
        const auto installed = rows_.optional_text(i, 1);
        const bool there = installed || made_.contains(wanted.name);
        if (wanted.update) {
            if (!there) return bad(Outcome::block, wanted, "it is not installed here, so there is nothing to update");
        } else if (installed) {
            if (!wanted.if_not_exists)
                return bad(Outcome::block, wanted, "it is there already, and IF NOT EXISTS is not said");
            if (!wanted.version.empty() && wanted.version != *installed) {
                bad(Outcome::warn,
                    wanted,
                    fmt::format("it is there as version {}, which stays: {} was asked for", *installed, wanted.version)
                );
            }
            return;
        }
        if (rows_.is_null(i, 2)) {
            if (missing_.empty()) missing_ = wanted.name;
            return bad(Outcome::block, wanted, "its files are not on the server");
        }
        if (!rows_.boolean(i, 3)) {
            return bad(
                Outcome::block,
                wanted,
                fmt::format("the server has no version {}; it has {}", wanted.version, rows_.text(i, 4))
            );
        }
        if (!wanted.cascade && !wanted.update) lacking(wanted, i);
        if (!rows_.boolean(i, 6)) {
            bad(Outcome::block, wanted, fmt::format("the role {} may not create it: only a superuser may", s_.role()));
        }
    }

    void lacking(const ExtensionWanted& wanted, int i) {
        for (const auto needed : split(rows_.text(i, 5), ',')) {
            if (needed.empty() || made_.contains(std::string{needed})) continue;
            bad(Outcome::block,
                wanted,
                fmt::format("it needs {}, which is not there: create it first, or say CASCADE", needed));
        }
    }

    const Situation& s_;
    const pg::Rows& rows_;
    Gate& gate_;
    Evidence evidence_;
    std::set<std::string> made_;  // by a pending statement before
    std::string missing_;
};

std::string_view name(RightWanted::Kind kind) {
    using Kind = RightWanted::Kind;
    switch (kind) {
        case Kind::create_in_schema:
            return "create_in_schema";
        case Kind::create_schema:
            return "create_schema";
        case Kind::own_relation:
            return "own_relation";
        case Kind::own_type:
            return "own_type";
        case Kind::own_routine:
            return "own_routine";
        case Kind::read_rows:
            return "read_rows";
        case Kind::insert_rows:
            return "insert_rows";
        case Kind::update_rows:
            return "update_rows";
        case Kind::delete_rows:
            return "delete_rows";
        case Kind::truncate:
            return "truncate";
    }
    return {};
}

std::string lack(RightWanted::Kind kind, std::string_view role, std::string_view label, std::string_view owner) {
    using Kind = RightWanted::Kind;
    switch (kind) {
        case Kind::create_in_schema:
            return fmt::format("{} may not create in schema {} (of {})", role, label, owner);
        case Kind::create_schema:
            return fmt::format("{} may not create a schema in database {} (of {})", role, label, owner);
        case Kind::own_relation:
        case Kind::own_type:
        case Kind::own_routine:
            return fmt::format("{} is of {}, and {} is no member of that role", label, owner, role);
        case Kind::read_rows:
            return fmt::format("{} may not read {} (of {})", role, label, owner);
        case Kind::insert_rows:
            return fmt::format("{} may not insert into {} (of {})", role, label, owner);
        case Kind::update_rows:
            return fmt::format("{} may not update {} (of {})", role, label, owner);
        case Kind::delete_rows:
            return fmt::format("{} may not delete from {} (of {})", role, label, owner);
        case Kind::truncate:
            return fmt::format("{} may not truncate {} (of {})", role, label, owner);
    }
    return {};
}

std::string remedy(RightWanted::Kind kind, std::string_view role, std::string_view label, std::string_view owner) {
    using Kind = RightWanted::Kind;
    const auto to = pg::quote_identifier(role);
    switch (kind) {
        case Kind::create_in_schema:
            return fmt::format("GRANT CREATE, USAGE ON SCHEMA {} TO {};", label, to);
        case Kind::create_schema:
            return fmt::format("GRANT CREATE ON DATABASE {} TO {};", pg::quote_identifier(label), to);
        case Kind::own_relation:
        case Kind::own_type:
        case Kind::own_routine:
            return fmt::format("run as {}, or GRANT {} TO {};", owner, pg::quote_identifier(owner), to);
        case Kind::read_rows:
            return fmt::format("GRANT SELECT ON {} TO {};", label, to);
        case Kind::insert_rows:
            return fmt::format("GRANT INSERT ON {} TO {};", label, to);
        case Kind::update_rows:
            return fmt::format("GRANT UPDATE ON {} TO {};", label, to);
        case Kind::delete_rows:
            return fmt::format("GRANT DELETE ON {} TO {};", label, to);
        case Kind::truncate:
            return fmt::format("GRANT TRUNCATE ON {} TO {};", label, to);
    }
    return {};
}

// What `role` lacks of `wanted`, into the gate.
Result<> judge_rights(
    const Situation& s, const std::vector<RightWanted>& wanted, std::string_view role, Evidence& evidence, Gate& gate
) {
    if (wanted.empty()) return {};
    boost::json::array list;
    for (const auto& right : wanted) {
        list.push_back(boost::json::object{
            {"kind", name(right.kind)},
            {"schema", right.name.schema},
            {"name", right.name.name},
            {"path_schema", right.name.path_schema}
        });
    }
    const auto text = boost::json::serialize(list);
    const std::array<pg::Param, 2> params{text, role};
    DRYDOCK_TRY(const auto rows, s.look.ask(queries::rights, params, s.limits));
    for (int i = 0; i < rows.size(); ++i) {
        const auto& right = wanted[static_cast<std::size_t>(rows.integer(i, 0))];
        raise(gate, Outcome::block);
        const auto what = lack(right.kind, role, rows.text(i, 1), rows.text(i, 2));
        evidence.add(right.where.migration.empty() ? what : fmt::format("{}: {}", right.where.text(), what));
        if (gate.hint.empty()) gate.hint = remedy(right.kind, role, rows.text(i, 1), rows.text(i, 2));
    }
    return {};
}

// drydock's own tables, which the role that connects writes.
std::vector<RightWanted> history_rights(const Situation& s) {
    using Kind = RightWanted::Kind;
    if (!s.facts.history_exists) {
        if (s.facts.schema_exists) return {{.kind = Kind::create_in_schema, .name = {.schema = "drydock"}}};
        return {{.kind = Kind::create_schema}};
    }
    std::vector<RightWanted> rights;
    for (const auto* const table : {"migration", "migration_event"}) {
        rights.push_back({.kind = Kind::insert_rows, .name = {.schema = "drydock", .name = table}});
    }
    rights.push_back({.kind = Kind::update_rows, .name = {.schema = "drydock", .name = "migration"}});
    return rights;
}

// The role of migrate.role must be there, and ours to take. False: it is not.
Result<bool> may_become_role(const Situation& s, Gate& gate) {
    const auto& role = s.context.options.role;
    if (role.empty()) return true;
    const std::array<pg::Param, 1> params{role};
    DRYDOCK_TRY(const auto rows, s.look.ask(queries::role, params, s.limits));
    if (rows.boolean(0, 0) && rows.boolean(0, 1)) return true;
    gate.outcome = Outcome::block;
    gate.why = rows.boolean(0, 0) ? fmt::format("{} may not become the role {} of migrate.role", rows.text(0, 2), role)
                                  : fmt::format("the role {} of migrate.role is not there", role);
    if (rows.boolean(0, 0)) {
        gate.hint = fmt::format("GRANT {} TO {};", pg::quote_identifier(role), pg::quote_identifier(rows.text(0, 2)));
    }
    return false;
}

}  // namespace

Gate gate_extensions(const Situation& s) {
    Gate gate{.id = "extensions"};
    if (s.demand.extensions.empty()) {
        gate.why = "no pending file asks for one";
        return gate;
    }
    boost::json::array list;
    for (const auto& wanted : s.demand.extensions) {
        list.push_back(boost::json::object{{"name", wanted.name}, {"version", wanted.version}});
    }
    const auto text = boost::json::serialize(list);
    const auto role = s.role();
    const std::array<pg::Param, 2> params{text, role};
    const auto rows = s.look.ask(queries::extensions, params, s.limits);
    if (!rows) return unknown("extensions", rows.error());
    std::string missing;
    {
        ExtensionJudge judge{s, *rows, gate};
        judge.all();
        missing = judge.missing();
    }
    if (gate.outcome == Outcome::pass) {
        gate.why = fmt::format("{} asked for, and to be had", counted(s.demand.extensions.size(), "extension"));
        return gate;
    }
    gate.why = gate.outcome == Outcome::block ? "an extension that is asked for can't be had as it is asked for"
                                              : "an extension is there in another version";
    if (!missing.empty()) {
        gate.hint = fmt::format(
            "install {0} on the server (Debian: apt-cache search postgresql-{1} | grep {0}), or ask the platform for "
            "it",
            missing,
            s.facts.server_version / 10000
        );
    }
    return gate;
}

Gate gate_rights(const Situation& s) {
    Gate gate{.id = "rights"};
    const auto becomes = may_become_role(s, gate);
    if (!becomes) return unknown("rights", becomes.error());
    if (!*becomes) return gate;
    {
        Evidence evidence{gate};
        auto asked = judge_rights(s, s.demand.rights, s.role(), evidence, gate);
        if (asked) asked = judge_rights(s, history_rights(s), s.facts.role, evidence, gate);
        if (!asked) return unknown("rights", asked.error());
        for (const auto& where : s.demand.other_roles) {
            raise(gate, Outcome::unknown);
            evidence.add(
                fmt::format("{} goes on as another role: whose rights count then is not looked at", where.text())
            );
        }
    }
    gate.why = gate.outcome == Outcome::block ? fmt::format("the role {} lacks rights that the run needs", s.role())
               : gate.outcome == Outcome::unknown
                   ? "what was looked at is there, but not all was"
                   : fmt::format("the role {} has those that the statements are known to need", s.role());
    return gate;
}

}  // namespace drydock::preflight
