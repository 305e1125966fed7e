#include "catalog/renames.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

// Names that must differ: all relations and types of a schema share one room.
struct Room {
    Kind kind = Kind::table;
    std::string schema;
    std::string parent;
    std::string name;
    auto operator<=>(const Room&) const = default;
};

bool shares_room(Kind kind) {
    return is_relation(kind) || kind == Kind::sequence || kind == Kind::index || kind == Kind::enumeration ||
           kind == Kind::domain || kind == Kind::range_type || kind == Kind::type;
}

bool is_routine(Kind kind) {
    return kind == Kind::function || kind == Kind::procedure || kind == Kind::aggregate;
}

bool has_name_of_its_own(Kind kind) {
    return kind != Kind::database && kind != Kind::cast && kind != Kind::transform && kind != Kind::user_mapping &&
           kind != Kind::default_privilege && kind != Kind::op;
}

// 0 schemas, 1 what has columns and types, 2 all that stands on them or names them.
int stage(Kind kind) {
    if (kind == Kind::schema) return 0;
    return shares_room(kind) && kind != Kind::index ? 1 : 2;
}

std::string_view bare(const Object& object) {
    const std::string_view name = object.name;
    if (is_routine(object.kind)) return routine_name(name);
    if (object.kind == Kind::operator_class || object.kind == Kind::operator_family)
        return name.substr(0, name.rfind(" using "));
    return name;
}

class Renamer {
public:
    Renamer(const Snapshot& from, const Snapshot& to, const Matching& matching)
        : from_(from), to_(to), matching_(matching) {
        for (std::size_t i = 0; i < from.objects.size(); ++i) {
            if (const auto t = matching.to_of[i]) note_container(from.objects[i], to.objects[*t]);
        }
        for (std::size_t i = 0; i < from.objects.size(); ++i) now_.push_back(placed(i));
    }

    std::vector<std::string> run() {
        for (int at = 0; at <= 2; ++at) run_stage(at);
        return std::move(statements_);
    }

private:
    // The names that schemas and relations will have when it is the turn of what is in them.
    void note_container(const Object& was, const Object& is) {
        if (was.kind == Kind::schema) schemas_[was.name] = is.name;
        if (is_relation(was.kind) || was.kind == Kind::domain) parents_[{was.schema, was.name}] = {is.schema, is.name};
    }

    // An object as it is called once its schema and parent have their new names.
    Object placed(std::size_t i) const {
        auto object = from_.objects[i];
        object.aspects.clear();
        const auto parent = parents_.find({object.schema, object.parent});
        const auto owner = owner_table(from_.objects[i]);
        if (!object.parent.empty() && parent != parents_.end()) {
            object.schema = parent->second.first;
            object.parent = parent->second.second;
        } else if (owner) {
            object.schema = *owner;
        } else if (const auto schema = schemas_.find(object.schema); schema != schemas_.end()) {
            object.schema = schema->second;
        }
        if (matching_.to_of[i] && is_routine(object.kind)) {
            // The types of its arguments have their new names by then.
            object.name = fmt::format("{}{}", bare(object), routine_arguments(to_.objects[*matching_.to_of[i]].name));
        }
        return object;
    }

    // A sequence goes to another schema with the table that owns it.
    std::optional<std::string> owner_table(const Object& object) const {
        if (object.kind != Kind::sequence) return std::nullopt;
        const auto owned = object.get(aspect::owned_by);
        for (const auto& [was, is] : parents_) {
            const auto table = fmt::format("{}.{}.", ident(was.first), ident(was.second));
            if (owned.starts_with(table) && was.first == object.schema) return is.first;
        }
        return std::nullopt;
    }

    static Room room(const Object& object) {
        if (shares_room(object.kind)) return {Kind::table, object.schema, "", object.name};
        if (is_routine(object.kind)) return {Kind::function, object.schema, "", object.name};
        return {object.kind, object.schema, object.parent, object.name};
    }

    bool differs(std::size_t i) const {
        const auto t = matching_.to_of[i];
        if (!t || !has_name_of_its_own(from_.objects[i].kind)) return false;
        return bare(now_[i]) != bare(to_.objects[*t]) ||
               (now_[i].parent.empty() && now_[i].schema != to_.objects[*t].schema);
    }

    // Renamed with something else: an index with its constraint, a partition's column with that of its parent.
    bool comes_along(std::size_t i) const {
        const auto& object = from_.objects[i];
        const auto& target = to_.objects[*matching_.to_of[i]];
        if (object.kind == Kind::index && object.find(aspect::backs) && target.find(aspect::backs))
            return target.get(aspect::backs) == target.name && object.get(aspect::backs) == object.name;
        const bool inherited = object.find(aspect::inherited) || object.find(aspect::parent_trigger);
        if (!inherited || object.get(aspect::constraint_type) == "foreign key") return false;
        return std::any_of(from_.objects.begin(), from_.objects.end(), [&](const Object& other) {
            if (other.kind != object.kind || other.name != object.name || &other == &object) return false;
            if (other.find(aspect::inherited) || other.find(aspect::parent_trigger)) return false;
            const auto t = matching_.to_of[static_cast<std::size_t>(&other - from_.objects.data())];
            return t && to_.objects[*t].name == target.name;
        });
    }

    void run_stage(int at) {
        std::vector<std::size_t> open;
        occupied_.clear();
        for (std::size_t i = 0; i < now_.size(); ++i) {
            occupied_.emplace(room(now_[i]), i);
            if (stage(now_[i].kind) == at && differs(i) && !comes_along(i)) open.push_back(i);
        }
        while (!open.empty()) {
            const auto next = std::find_if(open.begin(), open.end(), [&](std::size_t i) { return move(i); });
            if (next != open.end()) {
                open.erase(next);
            } else {
                make_way(open.front());
            }
        }
    }

    // False: another object has that name now.
    bool move(std::size_t i) {
        const auto& target = to_.objects[*matching_.to_of[i]];
        auto between = now_[i];
        between.schema = target.schema;
        auto end = between;
        end.name = target.name;
        if (taken(end, i) || taken(between, i)) return false;
        if (between.schema != now_[i].schema && now_[i].parent.empty()) {
            statements_.push_back(fmt::format("ALTER {} SET SCHEMA {}", subject(now_[i]), ident(between.schema)));
            place(i, between);
        }
        if (bare(now_[i]) != bare(end)) rename(i, end);
        return true;
    }

    void rename(std::size_t i, const Object& end) {
        const auto& object = now_[i];
        const auto name = ident(bare(end));
        switch (object.kind) {
            case Kind::column: {
                const auto* const on = parent(to_, end);
                const bool composite = on && on->kind == Kind::composite_type;
                statements_.push_back(fmt::format(
                    "ALTER {} RENAME {} {} TO {}{}",
                    alter_parent(to_, end),
                    composite ? "ATTRIBUTE" : "COLUMN",
                    ident(object.name),
                    name,
                    composite ? " CASCADE" : ""
                ));
                break;
            }
            case Kind::constraint:
                statements_.push_back(
                    fmt::format("ALTER {} RENAME CONSTRAINT {} TO {}", alter_parent(to_, end), ident(object.name), name)
                );
                break;
            default:
                statements_.push_back(fmt::format("ALTER {} RENAME TO {}", subject(object), name));
        }
        place(i, end);
    }

    std::string subject(const Object& object) const { return target(to_, object); }

    void place(std::size_t i, const Object& where) {
        occupied_.erase(room(now_[i]));
        now_[i] = where;
        occupied_.emplace(room(now_[i]), i);
    }

    std::optional<std::size_t> taken(const Object& where, std::size_t by) const {
        const auto found = occupied_.find(room(where));
        if (found == occupied_.end() || found->second == by) return std::nullopt;
        return found->second;
    }

    // What has the name gets another: its own in its turn, or it is dropped later.
    void make_way(std::size_t i) {
        const auto& target = to_.objects[*matching_.to_of[i]];
        auto end = now_[i];
        end.schema = target.schema;
        auto other = taken(end, i);
        end.name = target.name;
        if (const auto at_end = taken(end, i)) other = at_end;
        auto away = now_[*other];
        const auto arguments = is_routine(away.kind) ? std::string{routine_arguments(away.name)} : "";
        away.name = fmt::format("drydock_moved_{}{}", ++moved_, arguments);
        rename(*other, away);
    }

    const Snapshot& from_;
    const Snapshot& to_;
    const Matching& matching_;
    std::map<std::string, std::string, std::less<>> schemas_;
    std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>> parents_;
    std::vector<Object> now_;  // by the index in from_: what each is called at this moment
    std::map<Room, std::size_t> occupied_;
    std::vector<std::string> statements_;
    int moved_ = 0;
};

}  // namespace

std::vector<std::string> renames(const Snapshot& from, const Snapshot& to, const Matching& matching) {
    return Renamer{from, to, matching}.run();
}

}  // namespace drydock::catalog::ddl
