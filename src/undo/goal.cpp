#include "undo/goal.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "catalog/object.h"
#include "pg/connection.h"

namespace drydock::undo {
namespace {

using catalog::Kind;
using catalog::Object;
using catalog::Snapshot;
namespace aspect = catalog::aspect;

using Place = std::tuple<std::string, std::string, std::string>;  // schema, table, column

void take_off(Object& object, std::string_view name) {
    std::erase_if(object.aspects, [&](const catalog::Aspect& aspect) { return aspect.name == name; });
}

void put_on(Object& object, std::string_view name) {
    if (object.find(name)) return;
    const auto at = std::find_if(object.aspects.begin(), object.aspects.end(), [&](const catalog::Aspect& aspect) {
        return aspect.name > name;
    });
    object.aspects.insert(at, {name, "true"});
}

class Yielder {
public:
    Yielder(const Snapshot& before, const Snapshot& after) : goal_{before, {}} {
        for (const auto& object : after.objects) alive_.insert(who(object));
        find_lost();
    }

    Goal run() {
        for (auto& object : goal_.snapshot.objects) {
            if (object.kind == Kind::column) yield_not_null(object);
            if (object.kind == Kind::constraint) yield_constraint(object);
        }
        // Keys that can't come back, and foreign keys that lead to them.
        std::set<std::size_t> gone;
        const auto& objects = goal_.snapshot.objects;
        for (std::size_t i = 0; i < objects.size(); ++i) {
            if (is_keyless(objects[i])) gone.insert(i);
        }
        if (!gone.empty()) leave_out(gone);
        return std::move(goal_);
    }

private:
    using Who = std::tuple<Kind, std::uint32_t, std::int32_t>;
    static Who who(const Object& object) { return {object.kind, object.identity.oid, object.identity.part}; }
    bool is_lost(const Object& object) const { return object.identity.oid != 0 && !alive_.contains(who(object)); }

    void find_lost() {
        for (const auto& object : goal_.snapshot.objects) {
            if (object.kind == Kind::table && is_lost(object)) lost_tables_.insert({object.schema, object.name});
        }
        for (const auto& object : goal_.snapshot.objects) {
            if (object.kind == Kind::column && is_lost(object) &&
                !lost_tables_.contains({object.schema, object.parent}) && !object.find(aspect::generated))
                empty_columns_.insert({object.schema, object.parent, object.name});
        }
    }

    bool comes_back_null(const Object& column) const {
        return empty_columns_.contains({column.schema, column.parent, column.name}) &&
               !column.find(aspect::default_value) && !column.find(aspect::identity);
    }

    void yield_not_null(Object& column) {
        if (!column.is(aspect::not_null) || !comes_back_null(column)) return;
        // Those of a composite type are no rows.
        if (!goal_.snapshot.find(Kind::table, column.schema, "", column.parent)) return;
        take_off(column, aspect::not_null);
        null_columns_.insert({column.schema, column.parent, column.name});
        goal_.concessions.push_back(
            fmt::format("{} comes back without NOT NULL: the rows have no value for it", catalog::label(column))
        );
    }

    void yield_constraint(Object& constraint) {
        if (constraint.is(aspect::not_valid)) return;
        const auto type = constraint.get(aspect::constraint_type);
        if (type == "foreign key" && leads_to_lost(constraint)) {
            put_on(constraint, aspect::not_valid);
            goal_.concessions.push_back(fmt::format(
                "{} comes back NOT VALID: the rows of {} that it leads to are gone",
                catalog::label(constraint),
                constraint.get(aspect::references)
            ));
        }
        const bool demands = constraint.get(aspect::definition).find("IS NOT NULL") != std::string_view::npos;
        if (type == "check" && demands && uses_empty(constraint)) {
            put_on(constraint, aspect::not_valid);
            goal_.concessions.push_back(fmt::format(
                "{} comes back NOT VALID: the rows have no value for what it checks", catalog::label(constraint)
            ));
        }
    }

    bool uses_empty(const Object& constraint) const {
        const auto columns = catalog::items(constraint.get(aspect::columns));
        return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
            return empty_columns_.contains({constraint.schema, constraint.parent, column});
        });
    }

    bool leads_to_lost(const Object& constraint) const {
        if (lost_tables_.contains({constraint.schema, constraint.parent})) return false;  // no rows on this side either
        const auto references = constraint.get(aspect::references);
        return std::any_of(lost_tables_.begin(), lost_tables_.end(), [&](const auto& table) {
            return references == table.first + "." + table.second ||
                   references == pg::quote_identifier(table.first) + "." + pg::quote_identifier(table.second) ||
                   references == pg::quote_identifier(table.first) + "." + table.second ||
                   references == table.first + "." + pg::quote_identifier(table.second);
        });
    }

    // A primary key over a column that comes back without values.
    bool is_keyless(const Object& object) const {
        if (object.kind != Kind::constraint || object.get(aspect::constraint_type) != "primary key") return false;
        const auto columns = catalog::items(object.get(aspect::columns));
        return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
            return null_columns_.contains({object.schema, object.parent, column});
        });
    }

    // With all that can't be without them.
    void leave_out(std::set<std::size_t>& gone) {
        auto& snapshot = goal_.snapshot;
        for (bool more = true; more;) {
            more = false;
            for (const auto& [user, used] : snapshot.dependencies) {
                if (gone.contains(used)) more = gone.insert(user).second || more;
            }
        }
        std::vector<std::uint32_t> places(snapshot.objects.size());
        std::vector<Object> kept;
        for (std::size_t i = 0; i < snapshot.objects.size(); ++i) {
            places[i] = static_cast<std::uint32_t>(kept.size());
            if (gone.contains(i)) {
                goal_.concessions.push_back(fmt::format(
                    "{} does not come back: the rows have no values for the key", catalog::label(snapshot.objects[i])
                ));
            } else {
                kept.push_back(std::move(snapshot.objects[i]));
            }
        }
        std::vector<std::pair<std::uint32_t, std::uint32_t>> dependencies;
        for (const auto& [user, used] : snapshot.dependencies) {
            if (!gone.contains(user) && !gone.contains(used)) dependencies.emplace_back(places[user], places[used]);
        }
        snapshot.objects = std::move(kept);
        snapshot.dependencies = std::move(dependencies);
    }

    Goal goal_;
    std::set<Who> alive_;
    std::set<std::pair<std::string, std::string>> lost_tables_;
    std::set<Place> empty_columns_;
    std::set<Place> null_columns_;
};

}  // namespace

Goal goal_of(const Snapshot& before, const Snapshot& after) {
    return Yielder{before, after}.run();
}

}  // namespace drydock::undo
