#include "effects/world.h"

#include <algorithm>

#include "effects/graph.h"
#include "effects/names.h"

namespace drydock::effects {

namespace {

std::string key_of(std::string_view schema, std::string_view name) {
    std::string key;
    key.reserve(schema.size() + name.size() + 1);
    key += schema;
    key += '\0';
    key += name;
    return key;
}

}  // namespace

const Column* Relation::column(std::string_view of_name) const {
    const auto found = std::ranges::find(columns, of_name, &Column::name);
    return found == columns.end() ? nullptr : &*found;
}

const Constraint* Relation::constraint(std::string_view of_name) const {
    const auto found = std::ranges::find(constraints, of_name, &Constraint::name);
    return found == constraints.end() ? nullptr : &*found;
}

const Constraint* Relation::primary_key() const {
    const auto found = std::ranges::find(constraints, Constraint::Type::primary_key, &Constraint::type);
    return found == constraints.end() ? nullptr : &*found;
}

std::string Relation::text() const {
    return quoted(schema) + "." + quoted(name);
}

World::World(const catalog::Snapshot& snapshot) : server_version_(snapshot.server_version) {
    fill(snapshot);
}

void World::set_sizes(std::string_view schema, std::string_view name, Sizes sizes) {
    if (const Id id = relations_.find(key_of(schema, name)); id != kNoId) relations_.edit(id).sizes = sizes;
}

const Relation* World::find(std::string_view schema, std::string_view name) const {
    if (!schema.empty()) {
        const Id id = relations_.find(key_of(schema, name));
        return id == kNoId ? nullptr : &relations_.at(id);
    }
    for (const std::string& of_path : path_) {
        if (const Id id = relations_.find(key_of(of_path, name)); id != kNoId) return &relations_.at(id);
    }
    return nullptr;
}

std::vector<Id> World::descendants(Id id) const {
    std::vector<Id> found{id};
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (const Id child : relations_.at(found[i]).children) {
            if (std::ranges::find(found, child) == found.end()) found.push_back(child);
        }
    }
    found.erase(found.begin());
    return found;
}

std::vector<Id> World::ancestors(Id id) const {
    std::vector<Id> found{id};
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (const Id parent : relations_.at(found[i]).parents) {
            if (std::ranges::find(found, parent) == found.end()) found.push_back(parent);
        }
    }
    std::erase_if(found, [&](Id one) { return !relations_.at(one).parents.empty(); });
    return found;
}

const Type* World::find_type(std::string_view schema, std::string_view name) const {
    if (!schema.empty()) {
        const Id id = types_.find(key_of(schema, name));
        return id == kNoId ? nullptr : &types_.at(id);
    }
    for (const std::string& of_path : path_) {
        if (const Id id = types_.find(key_of(of_path, name)); id != kNoId) return &types_.at(id);
    }
    return nullptr;
}

const Function* World::find_function(std::string_view schema, std::string_view name) const {
    if (!schema.empty()) {
        const Id id = functions_.find(key_of(schema, name));
        return id == kNoId ? nullptr : &functions_.at(id);
    }
    for (const std::string& of_path : path_) {
        if (const Id id = functions_.find(key_of(of_path, name)); id != kNoId) return &functions_.at(id);
    }
    return nullptr;
}

std::vector<World::TypeUse> World::users_of_type(const Type& type) const {
    // Domains over it carry it on.
    std::vector<std::string> names{quoted(type.schema) + "." + quoted(type.name)};
    for (std::size_t i = 0; i < names.size(); ++i) {
        for (Id id = 0; id < types_.size(); ++id) {
            const Type& other = types_.at(id);
            if (other.what == Type::What::domain && element_type(other.base) == names[i]) {
                names.push_back(quoted(other.schema) + "." + quoted(other.name));
            }
        }
    }
    std::vector<TypeUse> uses;
    for (Id id = 0; id < relations_.size(); ++id) {
        const Relation& relation = relations_.at(id);
        if (find(relation.schema, relation.name) != &relation) continue;
        for (const Column& column : relation.columns) {
            if (std::ranges::find(names, element_type(column.type)) != names.end()) uses.push_back({id, column.name});
        }
    }
    return uses;
}

std::vector<Id> World::all_tables() const {
    std::vector<Id> found;
    for (Id id = 0; id < relations_.size(); ++id) {
        const Relation& relation = relations_.at(id);
        const bool table = relation.has_rows() || relation.partitioned;
        if (table && find(relation.schema, relation.name) == &relation) found.push_back(id);
    }
    return found;
}

std::vector<Id> World::relations_in(std::string_view schema) const {
    std::vector<Id> found;
    for (Id id = 0; id < relations_.size(); ++id) {
        const Relation& relation = relations_.at(id);
        if (relation.schema == schema && find(relation.schema, relation.name) == &relation) found.push_back(id);
    }
    return found;
}

std::vector<const catalog::Object*> World::dependents(
    catalog::Kind kind, std::string_view schema, std::string_view parent, std::string_view name
) const {
    std::vector<const catalog::Object*> out;
    if (graph_ == nullptr) return out;
    const auto number = graph_->numbers.find(Graph::key(kind, schema, parent, name));
    if (number == graph_->numbers.end()) return out;
    std::vector<bool> seen(graph_->snapshot->objects.size());
    seen[number->second] = true;
    graph_->visit(number->second, seen, out);
    return out;
}

std::vector<const catalog::Object*> World::needing(
    catalog::Kind kind, std::string_view schema, std::string_view parent, std::string_view name
) const {
    std::vector<const catalog::Object*> out;
    if (graph_ == nullptr) return out;
    const auto number = graph_->numbers.find(Graph::key(kind, schema, parent, name));
    if (number == graph_->numbers.end()) return out;
    auto at = std::lower_bound(
        graph_->needed_by.begin(), graph_->needed_by.end(), std::pair{number->second, std::uint32_t{0}}
    );
    for (; at != graph_->needed_by.end() && at->first == number->second; ++at) {
        out.push_back(&graph_->snapshot->objects[at->second]);
    }
    return out;
}

std::string World::free_name(const Relation& table, std::string_view columns, std::string_view suffix) const {
    constexpr std::size_t kLongest = 63;
    for (int number = 0;; ++number) {
        const std::string end = "_" + std::string{suffix} + (number == 0 ? "" : std::to_string(number));
        std::string first = table.name;
        std::string second{columns};
        const std::size_t room = kLongest - end.size() - (second.empty() ? 0 : 1);
        while (first.size() + second.size() > room) (first.size() > second.size() ? first : second).pop_back();
        const std::string name = first + (second.empty() ? "" : "_") + second + end;
        if (find(table.schema, name) == nullptr && table.constraint(name) == nullptr) return name;
    }
}

Id World::add(Relation relation) {
    const std::string key = key_of(relation.schema, relation.name);
    const Id id = relations_.size();
    relation.id = id;
    relation.created_here = true;
    for (const Id parent : relation.parents) relations_.edit(parent).children.push_back(id);
    if (relation.table != kNoId) relations_.edit(relation.table).indexes.push_back(id);
    if (relation.owner != kNoId) relations_.edit(relation.owner).sequences.push_back(id);
    for (const Reading& reading : relation.reads) relations_.edit(reading.relation).readers.push_back(id);
    for (const Constraint& constraint : relation.constraints) {
        if (constraint.references == kNoId || constraint.references == id) continue;
        relations_.edit(constraint.references).referenced_by.push_back({id, constraint.name});
    }
    return relations_.add(key, std::move(relation));
}

void World::drop(Id id) {
    const Relation gone = relations_.at(id);
    const auto leave = [&](Id other, std::vector<Id> Relation::* list) {
        if (other != kNoId) std::erase(relations_.edit(other).*list, id);
    };
    for (const Id parent : gone.parents) leave(parent, &Relation::children);
    for (const Id child : gone.children) leave(child, &Relation::parents);
    leave(gone.table, &Relation::indexes);
    leave(gone.owner, &Relation::sequences);
    for (const Reading& reading : gone.reads) leave(reading.relation, &Relation::readers);
    for (const Constraint& constraint : gone.constraints) {
        if (constraint.references == kNoId || constraint.references == id) continue;
        std::erase_if(relations_.edit(constraint.references).referenced_by, [&](const Incoming& key) {
            return key.table == id && key.constraint == constraint.name;
        });
    }
    for (const Incoming& key : gone.referenced_by) {
        if (key.table == id) continue;
        std::erase_if(relations_.edit(key.table).constraints, [&](const Constraint& constraint) {
            return constraint.name == key.constraint;
        });
    }
    relations_.forget(key_of(gone.schema, gone.name));
    for (const Id index : gone.indexes) relations_.forget(key_of(at(index).schema, at(index).name));
    for (const Id sequence : gone.sequences) relations_.forget(key_of(at(sequence).schema, at(sequence).name));
}

void World::rename(Id id, std::string_view schema, std::string_view name) {
    Relation& relation = relations_.edit(id);
    relations_.forget(key_of(relation.schema, relation.name));
    const bool moved = relation.schema != schema;
    relation.schema = schema;
    relation.name = name;
    relations_.call(key_of(schema, name), id);
    if (!moved) return;
    for (const Id index : std::vector<Id>{relation.indexes}) rename(index, schema, at(index).name);
    for (const Id sequence : std::vector<Id>{at(id).sequences}) rename(sequence, schema, at(sequence).name);
}

Type& World::add_type(Type type) {
    const std::string key = key_of(type.schema, type.name);
    type.created_here = true;
    if (const Id known = types_.find(key); known != kNoId) return types_.edit(known) = std::move(type);
    return types_.edit(types_.add(key, std::move(type)));
}

Type* World::edit_type(std::string_view schema, std::string_view name) {
    const Type* known = find_type(schema, name);
    return known == nullptr ? nullptr : &types_.edit(types_.find(key_of(known->schema, known->name)));
}

void World::drop_type(std::string_view schema, std::string_view name) {
    types_.forget(key_of(schema, name));
}

bool World::has(catalog::Kind kind, std::string_view schema, std::string_view parent, std::string_view name) const {
    return graph_->numbers.contains(Graph::key(kind, schema, parent, name));
}

bool World::surely_missing(std::string_view schema, std::string_view name) const {
    if (find(schema, name) != nullptr || name.starts_with("pg_")) return false;
    const std::vector<std::string> one{std::string{schema}};
    for (const std::string& where : schema.empty() ? path_ : one) {
        if (!has(catalog::Kind::schema, {}, {}, where)) return false;
        for (const catalog::Object& object : graph_->snapshot->objects) {
            if (object.kind == catalog::Kind::extension && object.get(catalog::aspect::schema) == where) return false;
        }
    }
    return true;
}

std::vector<const catalog::Object*> World::named(catalog::Kind kind, std::string_view schema, std::string_view name)
    const {
    std::vector<const catalog::Object*> found;
    for (const catalog::Object& object : graph_->snapshot->objects) {
        if (object.kind == kind && object.name == name && (schema.empty() || object.schema == schema))
            found.push_back(&object);
    }
    return found;
}

std::vector<const catalog::Object*> World::routines(catalog::Kind kind, std::string_view schema, std::string_view name)
    const {
    std::vector<const catalog::Object*> found;
    for (const catalog::Object& object : graph_->snapshot->objects) {
        if (object.kind != kind || (!schema.empty() && object.schema != schema)) continue;
        const std::string_view full = object.name;
        if (full.starts_with(name) && full.substr(name.size()).starts_with('(')) found.push_back(&object);
    }
    return found;
}

void World::add_function(std::string_view schema, std::string_view name, bool is_volatile) {
    const std::string key = key_of(schema, name);
    Id id = functions_.find(key);
    if (id == kNoId) id = functions_.add(key, {.schema = std::string{schema}, .name = std::string{name}});
    Function& function = functions_.edit(id);
    (is_volatile ? function.any_volatile : function.any_not_volatile) = true;
}

}  // namespace drydock::effects
