#include "catalog/planner.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include <fmt/format.h>

#include "catalog/ddl_text.h"

namespace drydock::catalog::ddl {
namespace {

// "app.orders", "\"My App\".t" into its two names.
std::pair<std::string, std::string> parse_qualified(std::string_view text) {
    std::pair<std::string, std::string> names;
    auto* into = &names.first;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            if (quoted && i + 1 < text.size() && text[i + 1] == '"') {
                *into += '"';
                ++i;
            } else {
                quoted = !quoted;
            }
        } else if (text[i] == '.' && !quoted) {
            into = &names.second;
        } else {
            *into += text[i];
        }
    }
    return names;
}

bool is_type(Kind kind) {
    return kind == Kind::type || kind == Kind::enumeration || kind == Kind::domain || kind == Kind::composite_type ||
           kind == Kind::range_type;
}

// Of one snapshot: who hangs on whom, and whose DROP or CREATE takes others along.
class Family {
public:
    explicit Family(const Snapshot& snapshot)
        : snapshot_(snapshot), users_(snapshot.objects.size()), children_(snapshot.objects.size()) {
        for (const auto& [user, used] : snapshot.dependencies) {
            if (user != used) users_[used].push_back(user);
        }
        for (std::size_t i = 0; i < snapshot.objects.size(); ++i) {
            const auto& object = snapshot.objects[i];
            if (object.kind == Kind::index) indexes_.emplace(std::pair{object.schema, object.name}, i);
            parents_.push_back(look_up_parent(object));
            if (parents_.back()) children_[*parents_.back()].push_back(i);
        }
    }

    const std::vector<std::uint32_t>& users(std::size_t i) const { return users_[i]; }

    bool uses(std::size_t user, std::size_t used) const {
        return std::binary_search(
            snapshot_.dependencies.begin(),
            snapshot_.dependencies.end(),
            std::pair{static_cast<std::uint32_t>(user), static_cast<std::uint32_t>(used)}
        );
    }

    std::optional<std::size_t> find(Kind kind, std::string_view schema, std::string_view parent, std::string_view name)
        const {
        const auto* const found = snapshot_.find(kind, schema, parent, name);
        if (!found) return std::nullopt;
        return static_cast<std::size_t>(found - snapshot_.objects.data());
    }

    std::optional<std::size_t> parent_of(std::size_t i) const { return parents_[i]; }
    const std::vector<std::size_t>& children(std::size_t i) const { return children_[i]; }

    // Tables that a table is a partition or child of.
    std::vector<std::size_t> parents_of_table(std::size_t table) const {
        std::vector<std::size_t> result;
        auto names = lines(snapshot_.objects[table].find(aspect::inherits));
        if (const auto* const of = snapshot_.objects[table].find(aspect::partition_of)) names.push_back(*of);
        for (const auto& text : names) {
            const auto [schema, name] = parse_qualified(text);
            if (const auto found = find(Kind::table, schema, "", name)) result.push_back(*found);
        }
        return result;
    }

    // The column, constraint, index or trigger of a parent table that this one is the copy of.
    std::optional<std::size_t> copied_from(std::size_t i) const {
        const auto& object = snapshot_.objects[i];
        if (object.kind == Kind::index) {
            const auto* const of = object.find(aspect::partition_of);
            if (!of) return std::nullopt;
            const auto [schema, name] = parse_qualified(*of);
            const auto found = indexes_.find({schema, name});
            return found == indexes_.end() ? std::nullopt : std::optional{found->second};
        }
        std::string name;
        if (object.kind == Kind::column && object.get(aspect::inherited) == "only") name = object.name;
        if (object.kind == Kind::constraint && object.get(aspect::inherited) == "only") name = object.name;
        if (const auto* const of = object.find(aspect::parent_constraint)) name = *of;
        if (const auto* const of = object.find(aspect::parent_trigger)) name = *of;
        const auto table = name.empty() ? std::nullopt : parent_of(i);
        if (!table) return std::nullopt;
        for (const auto above : parents_of_table(*table)) {
            const auto& on = snapshot_.objects[above];
            if (const auto found = find(object.kind, on.schema, on.name, name)) return found;
        }
        return std::nullopt;
    }

    // Whatever is dropped (or made) together with this one.
    std::optional<std::size_t> bound_to(std::size_t i) const {
        const auto& object = snapshot_.objects[i];
        if (object.kind == Kind::index) {
            if (const auto* const of = object.find(aspect::backs))
                return find(Kind::constraint, object.schema, object.parent, *of);
        }
        if (object.kind == Kind::sequence && object.find(aspect::owned_by)) return owner_of_sequence(object);
        return std::nullopt;
    }

private:
    std::optional<std::size_t> look_up_parent(const Object& object) const {
        const auto* const found = parent(snapshot_, object);
        if (!found) return std::nullopt;
        return static_cast<std::size_t>(found - snapshot_.objects.data());
    }

    std::optional<std::size_t> owner_of_sequence(const Object& sequence) const {
        const auto owned = sequence.get(aspect::owned_by);
        // From the right: the table's name may hold a dot within its quotes.
        for (auto at = owned.rfind('.'); at != std::string_view::npos && at > 0; at = owned.rfind('.', at - 1)) {
            const auto [schema, table] = parse_qualified(owned.substr(0, at));
            const auto column = parse_qualified(owned.substr(at + 1)).first;
            if (table.empty()) break;
            if (const auto found = find(Kind::column, schema, table, column)) return found;
        }
        return std::nullopt;
    }

    const Snapshot& snapshot_;
    std::vector<std::vector<std::uint32_t>> users_;
    std::vector<std::optional<std::size_t>> parents_;
    std::vector<std::vector<std::size_t>> children_;
    std::map<std::pair<std::string, std::string>, std::size_t> indexes_;
};

class Planner {
public:
    Planner(const Scene& scene, const Matching& matching)
        : scene_(scene), matching_(matching), old_(scene.from), new_(scene.to) {
        plan_.from.assign(scene.from.objects.size(), Fate::removed);
        plan_.to.assign(scene.to.objects.size(), Fate::added);
        plan_.made.resize(scene.to.objects.size());
        plan_.dropped.resize(scene.from.objects.size());
        plan_.goes_with.resize(scene.from.objects.size());
        plan_.comes_with.resize(scene.to.objects.size());
    }

    Plan run() {
        set_fates();
        spread();
        for (std::size_t t = 0; t < plan_.to.size(); ++t) {
            if (plan_.created(t)) create(t);
        }
        for (std::size_t f = 0; f < plan_.from.size(); ++f) {
            if (plan_.gone(f)) drop(f);
        }
        tell_column_order();
        for (std::size_t t = 0; t < plan_.to.size(); ++t) {
            for (auto& words : plan_.made[t].impossible) plan_.impossible.push_back(std::move(words));
        }
        return std::move(plan_);
    }

private:
    const Object& from(std::size_t f) const { return scene_.from.objects[f]; }
    const Object& to(std::size_t t) const { return scene_.to.objects[t]; }

    void set_fates() {
        for (std::size_t f = 0; f < plan_.from.size(); ++f) {
            if (matching_.left_out_from[f]) plan_.from[f] = Fate::left_out;
            if (!matching_.to_of[f]) {
                if (plan_.from[f] == Fate::removed) open_.push_back(f);
                continue;
            }
            plan_.from[f] = Fate::kept;
        }
        for (std::size_t t = 0; t < plan_.to.size(); ++t) {
            if (matching_.left_out_to[t]) plan_.to[t] = Fate::left_out;
            if (const auto f = matching_.from_of[t]) {
                plan_.to[t] = Fate::kept;
                alter(*f, t);
            }
        }
        // Known only now: whether a copy's original changes in the same way.
        for (std::size_t t = 0; t < plan_.to.size(); ++t) {
            if (plan_.to[t] == Fate::kept && plan_.made[t].rebuild) ask_rebuild(*matching_.from_of[t]);
        }
    }

    static std::span<const AspectRule> common_rules() {
        static constexpr AspectRule kRules[] = {
            {aspect::owner, alter_owner},
            {aspect::acl, alter_acl},
            {aspect::comment, alter_comment},
            {aspect::security_labels, alter_security_labels},
        };
        return kRules;
    }

    bool has_common(Kind kind) const { return kind != Kind::default_privilege; }

    // An ALTER of the parent's column goes down to the copies that the tables below have.
    bool follows_parent(std::size_t t, std::string_view name) const {
        if (to(t).kind != Kind::column || !to(t).find(aspect::inherited)) return false;
        if (name != aspect::type && name != aspect::not_null) return false;
        const auto table = new_.parent_of(t);
        if (!table) return false;
        for (const auto above : new_.parents_of_table(*table)) {
            const auto parent = new_.find(Kind::column, to(above).schema, to(above).name, to(t).name);
            const auto was = parent ? matching_.from_of[*parent] : std::nullopt;
            if (was && from(*was).get(name) != to(*parent).get(name) && to(*parent).get(name) == to(t).get(name))
                return true;
        }
        return false;
    }

    void alter(std::size_t f, std::size_t t) {
        auto seen = from(f);  // with what comes by itself already in place
        for (const auto name : {aspect::type, aspect::not_null}) {
            if (follows_parent(t, name)) take_over(seen, to(t), name);
        }
        std::vector<Alter> done;
        for (const auto& change : changed_aspects(seen, to(t), scene_.options)) {
            const auto* const rule = rule_of(to(t).kind, change.name);
            if (!rule || std::count(done.begin(), done.end(), rule->alter)) continue;
            done.push_back(rule->alter);
            rule->alter({scene_, &seen, to(t), change.before, change.after}, plan_.made[t]);
        }
    }

    static void take_over(Object& object, const Object& from, std::string_view name) {
        std::erase_if(object.aspects, [&](const Aspect& aspect) { return aspect.name == name; });
        const auto* const value = from.find(name);
        if (!value) return;
        const auto at = std::find_if(object.aspects.begin(), object.aspects.end(), [&](const Aspect& aspect) {
            return aspect.name > name;
        });
        object.aspects.insert(at, {name, *value});
    }

    const AspectRule* rule_of(Kind kind, std::string_view name) const {
        for (const auto& rule : rules_of(kind).aspects) {
            if (rule.aspect == name) return &rule;
        }
        if (!has_common(kind)) return nullptr;
        for (const auto& rule : common_rules()) {
            if (rule.aspect == name) return &rule;
        }
        return nullptr;
    }

    // What nothing but a type's own DROP can change, and columns are of.
    std::string used_by(std::size_t f) const {
        std::vector<std::string> names;
        for (const auto user : old_.users(f)) {
            const auto t = matching_.to_of[user];
            const bool holds_values = from(user).kind == Kind::column || from(user).kind == Kind::domain ||
                                      from(user).kind == Kind::range_type;
            if (holds_values && t && new_.uses(*t, *matching_.to_of[f]) && !is_gone_with_table(user))
                names.push_back(label(from(user)));
        }
        return joined(names, ", ");
    }

    // A column of a view is no values of its own.
    bool is_gone_with_table(std::size_t f) const {
        const auto table = old_.parent_of(f);
        return table &&
               (plan_.gone(*table) || from(*table).kind == Kind::view || from(*table).kind == Kind::materialized_view);
    }

    void ask_rebuild(std::size_t f) {
        if (plan_.from[f] != Fate::kept) return;
        const auto t = *matching_.to_of[f];
        if (is_type(from(f).kind)) {
            if (const auto users = used_by(f); !users.empty()) {
                plan_.made[t] = {};
                plan_.impossible.push_back(cannot_rebuild(f, t, users));
                return;
            }
        }
        if (from(f).find(aspect::member_of)) return;
        plan_.from[f] = Fate::rebuilt;
        plan_.to[t] = Fate::rebuilt;
        open_.push_back(f);
        if (const auto owner = from(f).kind == Kind::index ? old_.bound_to(f) : std::nullopt) ask_rebuild(*owner);
    }

    std::string cannot_rebuild(std::size_t f, std::size_t t, const std::string& users) const {
        if (from(f).kind != Kind::enumeration)
            return fmt::format("{} can't be changed back while it is the type of {}", label(from(f)), users);
        const auto after = lines(to(t).find(aspect::labels));
        std::vector<std::string> extra;
        for (const auto& label : lines(from(f).find(aspect::labels))) {
            if (std::find(after.begin(), after.end(), label) == after.end()) extra.push_back(literal(label));
        }
        if (extra.empty())
            return fmt::format(
                "the labels of {} can't be put in another order: {} has its values", label(from(f)), users
            );
        return fmt::format(
            "{} keeps {}: PostgreSQL takes no label out of an enum type, and {} has its values",
            label(from(f)),
            joined(extra, ", "),
            users
        );
    }

    // Who hangs on what goes, goes too and comes back; and so do those who hang on them.
    void spread() {
        for (std::size_t t = 0; t < plan_.to.size(); ++t) {
            const auto f = matching_.from_of[t];
            if (f && plan_.from[*f] == Fate::kept && is_retyped(*f, t)) free_from(*f);
        }
        while (!open_.empty()) {
            const auto f = open_.front();
            open_.pop_front();
            for (const auto user : old_.users(f)) lost_support(user, f);
            // A partition's index leaves that of the parent only when this one goes too.
            const auto original = from(f).kind == Kind::index ? old_.copied_from(f) : std::nullopt;
            const auto table = old_.parent_of(f);
            if (original && table && stays_below(*table)) ask_rebuild(*original);
            for (const auto child : old_.children(f)) {
                if (plan_.from[child] == Fate::kept) ask_rebuild(child);
            }
        }
        // Those of a parent that is made anew are made anew.
        for (std::size_t t = 0; t < plan_.to.size(); ++t) {
            const auto parent = new_.parent_of(t);
            if (parent && plan_.created(*parent) && plan_.to[t] == Fate::kept) ask_rebuild(*matching_.from_of[t]);
        }
    }

    bool is_retyped(std::size_t f, std::size_t t) const {
        if (from(f).kind != Kind::column) return false;
        const auto parent = old_.parent_of(f);
        if (!parent || from(*parent).kind == Kind::view || from(*parent).kind == Kind::materialized_view) return false;
        return from(f).get(aspect::type) != to(t).get(aspect::type) ||
               from(f).get(aspect::collation) != to(t).get(aspect::collation);
    }

    // PostgreSQL changes no type of a column that these use. It does rebuild indexes, constraints and statistics.
    void free_from(std::size_t column) {
        for (const auto user : old_.users(column)) {
            switch (from(user).kind) {
                case Kind::view:
                case Kind::materialized_view:
                case Kind::rule:
                case Kind::policy:
                case Kind::trigger:
                case Kind::function:
                case Kind::procedure:
                case Kind::publication:
                    ask_rebuild(user);
                    break;
                case Kind::column:
                    if (from(user).find(aspect::generated)) ask_rebuild(user);
                    break;
                default:
                    break;
            }
        }
    }

    void lost_support(std::size_t user, std::size_t gone) {
        if (plan_.from[user] != Fate::kept) return;
        const auto t = *matching_.to_of[user];
        const auto back = matching_.to_of[gone];
        const bool still = back && new_.uses(t, *back);
        switch (from(user).kind) {
            case Kind::sequence:
                // Its owner is dropped: it stays if it has another owner, or none, in time.
                if (from(user).is(aspect::of_identity))
                    ask_rebuild(user);
                else if (from(gone).kind == Kind::column && still && back)
                    ask_rebuild(user);
                break;
            case Kind::column:
                column_lost_support(user, t, gone, still);
                break;
            case Kind::table:
            case Kind::foreign_table:
            case Kind::domain:
            case Kind::enumeration:
            case Kind::composite_type:
            case Kind::schema:
            case Kind::extension:
                if (still) ask_rebuild(user);
                break;
            case Kind::view:
            case Kind::function:
            case Kind::procedure:
                // Its new text, put over the old one, does without.
                if (still || plan_.made[t].statements.empty()) ask_rebuild(user);
                break;
            default:
                ask_rebuild(user);
        }
    }

    void column_lost_support(std::size_t user, std::size_t t, std::size_t gone, bool still) {
        if (!still) return;  // its new type or default does without
        if (from(user).find(aspect::generated) || is_type(from(gone).kind)) {
            ask_rebuild(user);
            return;
        }
        const auto* const value = to(t).find(aspect::default_value);
        const auto& old = from(user);
        if (!value || !old.find(aspect::default_value) || *value != *old.find(aspect::default_value)) return;
        // Only its default: lifted for as long as what it calls is away.
        const auto column = fmt::format("ALTER {} ALTER COLUMN {}", alter_parent(scene_.to, to(t)), ident(to(t).name));
        plan_.made[t].early.push_back(column + " DROP DEFAULT");
        plan_.made[t].add(fmt::format("{} SET DEFAULT {}", column, *value));
    }

    bool same_parents(std::size_t f, std::size_t t) const {
        const auto& a = from(f);
        const auto& b = to(t);
        return a.get(aspect::partition_of) == b.get(aspect::partition_of) &&
               a.get(aspect::inherits) == b.get(aspect::inherits) &&
               a.get(aspect::partition_bound) == b.get(aspect::partition_bound);
    }

    // A table that stays where it is in its tree, so that what its parents get and lose reaches it.
    bool stays_below(std::size_t f) const {
        const auto t = matching_.to_of[f];
        return plan_.from[f] == Fate::kept && t && same_parents(f, *t);
    }

    void drop(std::size_t f) {
        const auto parent = old_.parent_of(f);
        if (parent && plan_.gone(*parent)) {
            plan_.goes_with[f] = *parent;
            return;
        }
        if (const auto owner = old_.bound_to(f)) {
            const auto table = old_.parent_of(*owner);
            if (plan_.gone(*owner) || (table && plan_.gone(*table))) {
                plan_.goes_with[f] = table && plan_.gone(*table) ? *table : *owner;
                return;
            }
        }
        const auto original = old_.copied_from(f);
        if (original && plan_.gone(*original)) {
            const auto table = old_.parent_of(f);
            if (from(f).kind == Kind::index || (table && stays_below(*table))) {
                plan_.goes_with[f] = *original;
                return;
            }
        }
        if (from(f).find(aspect::member_of)) {
            const Alteration revoked{scene_, &from(f), from(f), from(f).find(aspect::acl), nullptr};
            alter_acl(revoked, plan_.dropped[f]);
            plan_.dropped[f].statements = std::move(plan_.dropped[f].late);
            return;
        }
        const auto& rules = rules_of(from(f).kind);
        if (rules.drop) rules.drop(scene_, from(f), plan_.dropped[f]);
    }

    void create(std::size_t t) {
        auto& out = plan_.made[t];
        out = {};
        if (const auto brought = brought_by(t)) {
            plan_.comes_with[t] = *brought;
        } else if (!to(t).find(aspect::member_of)) {
            const auto& rules = rules_of(to(t).kind);
            if (rules.create) rules.create(scene_, to(t), out);
        }
        add_later_default(t, out);
        std::vector<Alter> done;
        const auto add = [&](const AspectRule& rule) {
            const auto* const value = to(t).find(rule.aspect);
            if (!value || rule.in_create || !asked_for(rule.aspect, scene_.options)) return;
            if (std::count(done.begin(), done.end(), rule.alter)) return;
            done.push_back(rule.alter);
            rule.alter({scene_, nullptr, to(t), nullptr, value}, out);
        };
        for (const auto& rule : rules_of(to(t).kind).aspects) add(rule);
        if (!has_common(to(t).kind)) return;
        for (const auto& rule : common_rules()) add(rule);
    }

    // Whose CREATE has this one in it.
    std::optional<std::size_t> brought_by(std::size_t t) const {
        const auto& object = to(t);
        const auto parent = new_.parent_of(t);
        if (object.kind == Kind::column && parent && plan_.created(*parent)) return parent;
        if (const auto owner = new_.bound_to(t)) {
            if (object.kind == Kind::index) return owner;
            if (object.is(aspect::of_identity)) {
                const auto table = new_.parent_of(*owner);
                return table && plan_.created(*table) ? table : owner;
            }
        }
        if (object.get(aspect::constraint_type) == "not null" && parent && !object.is(aspect::not_valid)) {
            const auto column =
                new_.find(Kind::column, object.schema, object.parent, items(object.get(aspect::columns)).front());
            if (plan_.created(*parent)) return parent;
            if (column && plan_.created(*column)) return column;
        }
        const auto original = new_.copied_from(t);
        if (!original || object.kind == Kind::index) return std::nullopt;
        const bool keyed = object.kind == Kind::constraint && object.find(aspect::constraint_index);
        if (keyed || !parent) return std::nullopt;
        // A foreign key's copy comes with the original or when the partition is attached.
        if (object.find(aspect::parent_constraint) || object.find(aspect::parent_trigger)) return original;
        if (plan_.created(*parent)) return to(*parent).find(aspect::inherits) ? parent : std::nullopt;
        const auto was = matching_.from_of[*parent];
        if (plan_.created(*original) && was && same_parents(*was, *parent)) return original;
        return std::nullopt;
    }

    void add_later_default(std::size_t t, Out& out) const {
        const auto& column = to(t);
        const auto* const value = column.kind == Kind::column ? column.find(aspect::default_value) : nullptr;
        const auto parent = value ? new_.parent_of(t) : std::nullopt;
        if (!parent) return;
        const bool of_view = to(*parent).kind == Kind::view;
        // ADD COLUMN has it, so that the rows that are there get its value.
        if (!of_view && (!plan_.created(*parent) || !default_comes_later(scene_, column))) return;
        out.add(fmt::format(
            "ALTER {} ALTER COLUMN {} SET DEFAULT {}", alter_parent(scene_.to, column), ident(column.name), *value
        ));
    }

    // Columns can be added at the end only. Says which of them stand elsewhere in `to`.
    void tell_column_order() {
        if (!scene_.options.column_order) return;
        for (std::size_t t = 0; t < plan_.to.size(); ++t) {
            const auto& table = to(t);
            if ((table.kind != Kind::table && table.kind != Kind::composite_type && table.kind != Kind::foreign_table
                ) ||
                plan_.to[t] != Fate::kept)
                continue;
            bool after_new = false;
            std::vector<const Object*> added;
            std::vector<int> old_places;
            for (const auto* const column : columns_of(scene_.to, table)) {
                const auto c = static_cast<std::size_t>(column - scene_.to.objects.data());
                if (plan_.created(c)) {
                    added.push_back(column);
                } else {
                    after_new = after_new || !added.empty();
                    const auto f = matching_.from_of[c];
                    if (f) old_places.push_back(std::atoi(std::string{from(*f).get(aspect::position)}.c_str()));
                }
            }
            if (after_new)
                tell_last(table, added);
            else if (!std::is_sorted(old_places.begin(), old_places.end()))
                plan_.impossible.push_back(fmt::format("the columns of {} stand in another order", label(table)));
        }
    }

    void tell_last(const Object& table, const std::vector<const Object*>& added) {
        const auto columns = columns_of(scene_.to, table);
        for (const auto* const column : added) {
            const auto at = std::find(columns.begin(), columns.end(), column);
            const bool followed = std::any_of(at, columns.end(), [&](const Object* other) {
                return std::find(added.begin(), added.end(), other) == added.end();
            });
            if (!followed) continue;
            plan_.impossible.push_back(fmt::format(
                "column {} of {}.{} comes back last: PostgreSQL adds columns at the end only",
                column->name,
                table.schema,
                table.name
            ));
        }
    }

    const Scene& scene_;
    const Matching& matching_;
    Family old_;
    Family new_;
    Plan plan_;
    std::deque<std::size_t> open_;
};

}  // namespace

Plan plan(const Scene& scene, const Matching& matching) {
    return Planner{scene, matching}.run();
}

}  // namespace drydock::catalog::ddl
