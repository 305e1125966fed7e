#include <algorithm>
#include <optional>

#include "catalog/snapshot.h"
#include "effects/graph.h"
#include "effects/names.h"
#include "effects/query.h"

// From a snapshot's objects to what statements meet.
namespace drydock::effects {

namespace {

using catalog::Kind;
using catalog::Object;
namespace aspect = catalog::aspect;

std::optional<RelationKind> relation_kind(Kind kind) {
    switch (kind) {
        case Kind::table:
            return RelationKind::table;
        case Kind::foreign_table:
            return RelationKind::foreign_table;
        case Kind::view:
            return RelationKind::view;
        case Kind::materialized_view:
            return RelationKind::materialized_view;
        case Kind::sequence:
            return RelationKind::sequence;
        case Kind::index:
            return RelationKind::index;
        case Kind::composite_type:
            return RelationKind::composite_type;
        default:
            return std::nullopt;
    }
}

std::string key_of(std::string_view schema, std::string_view name) {
    return std::string{schema} + '\0' + std::string{name};
}

Column column_of(const Object& object) {
    return {
        .name = object.name,
        .type = std::string{object.get(aspect::type)},
        .not_null = object.is(aspect::not_null),
        .inherited = object.find(aspect::inherited) != nullptr,
        .default_value = std::string{object.get(aspect::default_value)},
        .generated = std::string{object.get(aspect::generated)},
        .identity = std::string{object.get(aspect::identity)},
        .collation = std::string{object.get(aspect::collation)}
    };
}

Constraint::Type constraint_type(std::string_view type) {
    using enum Constraint::Type;
    if (type == "foreign key") return foreign_key;
    if (type == "primary key") return primary_key;
    if (type == "unique") return unique;
    if (type == "exclude") return exclude;
    if (type == "trigger") return trigger;
    return type == "not null" ? not_null : check;
}

Constraint constraint_of(const Object& object) {
    Constraint constraint{
        .name = object.name,
        .type = constraint_type(object.get(aspect::constraint_type)),
        .columns = catalog::items(object.get(aspect::columns)),
        .definition = std::string{object.get(aspect::definition)},
        .not_valid = object.is(aspect::not_valid),
        .not_enforced = object.is(aspect::not_enforced),
        .inherited = object.find(aspect::inherited) != nullptr || object.find(aspect::parent_constraint) != nullptr
    };
    if (constraint.type == Constraint::Type::foreign_key) {
        const std::string_view definition = constraint.definition;
        std::size_t end = 0;
        names_between_parentheses(definition, end);  // its own
        constraint.referenced = names_between_parentheses(definition.substr(std::min(end, definition.size())), end);
    }
    return constraint;
}

Relation relation_of(const Object& object, RelationKind kind) {
    return {
        .kind = kind,
        .schema = object.schema,
        .name = object.name,
        .partitioned = object.find(aspect::partition_key) != nullptr,
        .unlogged = object.get(aspect::persistence) == "unlogged",
        .row_security = object.is(aspect::row_security),
        .is_default = object.get(aspect::partition_bound) == "DEFAULT",
        .detach_pending = object.is(aspect::detach_pending),
        .partition_key = std::string{object.get(aspect::partition_key)},
        .partition_bound = std::string{object.get(aspect::partition_bound)},
        .access_method = std::string{object.get(aspect::access_method)},
        .tablespace = std::string{object.get(aspect::tablespace)},
        .definition = std::string{object.get(aspect::definition)},
        .unique = object.is(aspect::unique),
        .invalid = object.is(aspect::invalid),
        .backs = std::string{object.get(aspect::backs)},
        .populated = !object.is(aspect::not_populated),
        .of_identity = object.is(aspect::of_identity)
    };
}

Type type_of(const Object& object) {
    Type type{.schema = object.schema, .name = object.name, .base = std::string{object.get(aspect::base_type)}};
    type.not_null = object.is(aspect::not_null);
    if (object.kind == Kind::domain) type.what = Type::What::domain;
    if (object.kind == Kind::composite_type) type.what = Type::What::composite;
    if (object.kind == Kind::enumeration) {
        type.what = Type::What::enumeration;
        type.labels = catalog::items(object.get(aspect::labels));
    }
    return type;
}

bool is_type(Kind kind) {
    return kind == Kind::domain || kind == Kind::composite_type || kind == Kind::enumeration || kind == Kind::type ||
           kind == Kind::range_type;
}

}  // namespace

void World::fill(const catalog::Snapshot& snapshot) {
    for (const Object& object : snapshot.objects) {
        // Of an extension's members only the privileges are told.
        if (object.kind != Kind::language && object.find(aspect::member_of) != nullptr) continue;
        if (const auto kind = relation_kind(object.kind)) {
            const Id id = relations_.fill(key_of(object.schema, object.name), relation_of(object, *kind));
            relations_.filled(id).id = id;
        }
        if (is_type(object.kind)) types_.fill(key_of(object.schema, object.name), type_of(object));
        if (object.kind == Kind::function || object.kind == Kind::procedure) {
            const std::string key = key_of(object.schema, object.name.substr(0, object.name.find('(')));
            Id id = functions_.find(key);
            if (id == kNoId) {
                id = functions_.fill(key, {.schema = object.schema, .name = key.substr(object.schema.size() + 1)});
            }
            const bool is_volatile = object.get(aspect::volatility) == "volatile";
            (is_volatile ? functions_.filled(id).any_volatile : functions_.filled(id).any_not_volatile) = true;
        }
    }
    for (const Object& object : snapshot.objects) fill_part(object);
    connect(snapshot);
}

void World::fill_part(const Object& object) {
    const auto of = [&](std::string_view schema, std::string_view name) {
        return relations_.find(key_of(schema, name));
    };
    const auto named = [&](std::string_view dotted) {
        const Name name = name_in(dotted);
        return of(name.schema, name.name);
    };
    if (object.kind == Kind::constraint) {
        if (const Id domain = types_.find(key_of(object.schema, object.parent));
            domain != kNoId && types_.at(domain).what == Type::What::domain) {
            types_.filled(domain).checks.push_back(constraint_of(object));
            return;
        }
    }
    const Id parent = object.parent.empty() ? kNoId : of(object.schema, object.parent);
    const Id self = relation_kind(object.kind) ? of(object.schema, object.name) : kNoId;
    switch (object.kind) {
        case Kind::column:
            if (parent != kNoId) relations_.filled(parent).columns.push_back(column_of(object));
            return;
        case Kind::constraint: {
            if (parent == kNoId) return;
            Constraint constraint = constraint_of(object);
            if (const std::string* to = object.find(aspect::references)) constraint.references = named(*to);
            if (const std::string* index = object.find(aspect::constraint_index))
                constraint.index = of(object.schema, *index);
            if (constraint.references != kNoId) {
                relations_.filled(constraint.references).referenced_by.push_back({parent, object.name});
            }
            relations_.filled(parent).constraints.push_back(std::move(constraint));
            return;
        }
        case Kind::index: {
            relations_.filled(self).table = parent;
            if (parent != kNoId) relations_.filled(parent).indexes.push_back(self);
            const std::string* whole = object.find(aspect::partition_of);
            if (const Id above = whole == nullptr ? kNoId : named(*whole); above != kNoId) {
                relations_.filled(self).parents.push_back(above);
                relations_.filled(above).children.push_back(self);
            }
            return;
        }
        case Kind::trigger:
            if (parent != kNoId) relations_.filled(parent).triggers.push_back(object.name);
            return;
        case Kind::rule:
            if (parent != kNoId) relations_.filled(parent).rules.push_back(object.name);
            return;
        case Kind::policy:
            if (parent != kNoId) relations_.filled(parent).policies.push_back(object.name);
            return;
        case Kind::sequence: {
            const std::vector<std::string> owner = parts_of(object.get(aspect::owned_by));
            if (owner.size() != 3) return;
            Relation& sequence = relations_.filled(self);
            sequence.owner = of(owner[0], owner[1]);
            sequence.owner_column = owner[2];
            if (sequence.owner != kNoId) relations_.filled(sequence.owner).sequences.push_back(self);
            return;
        }
        case Kind::table:
        case Kind::foreign_table: {
            std::vector<std::string> parents = catalog::items(object.get(aspect::inherits));
            if (const std::string* whole = object.find(aspect::partition_of)) parents.assign(1, *whole);
            for (const std::string& dotted : parents) {
                const Id above = named(dotted);
                if (above == kNoId) continue;
                relations_.filled(self).parents.push_back(above);
                relations_.filled(above).children.push_back(self);
            }
            return;
        }
        default:
            return;
    }
}

// What views read: from the dependencies, or where a snapshot has none from their queries.
void World::connect(const catalog::Snapshot& snapshot) {
    auto graph = std::make_shared<Graph>();
    graph->snapshot = &snapshot;
    graph->numbers.reserve(snapshot.objects.size());
    for (std::uint32_t i = 0; i < snapshot.objects.size(); ++i) {
        const Object& object = snapshot.objects[i];
        graph->numbers.emplace(Graph::key(object.kind, object.schema, object.parent, object.name), i);
    }
    graph->needed_by.reserve(snapshot.dependencies.size());
    const auto id_of = [&](const Object& object) {
        const bool part = object.kind == Kind::column;
        return part || relation_kind(object.kind)
                   ? relations_.find(key_of(object.schema, part ? object.parent : object.name))
                   : kNoId;
    };
    for (const auto& [who, needs] : snapshot.dependencies) {
        graph->needed_by.emplace_back(needs, who);
        const Object& view = snapshot.objects[who];
        const Object& read = snapshot.objects[needs];
        if (view.kind != Kind::view && view.kind != Kind::materialized_view) continue;
        const Id from = id_of(view);
        const Id to = id_of(read);
        if (from == kNoId || to == kNoId || from == to) continue;
        add_reading(from, to, read.kind == Kind::column ? std::string_view{read.name} : std::string_view{});
    }
    std::ranges::sort(graph->needed_by);
    graph_ = std::move(graph);
    if (snapshot.dependencies.empty()) connect_by_queries();
}

void World::add_reading(Id view, Id relation, std::string_view column) {
    std::vector<Reading>& reads = relations_.filled(view).reads;
    auto known = std::ranges::find(reads, relation, &Reading::relation);
    if (known == reads.end()) {
        relations_.filled(relation).readers.push_back(view);
        known = reads.insert(reads.end(), {.relation = relation});
    }
    if (!column.empty()) known->columns.emplace_back(column);
}

void World::connect_by_queries() {
    std::vector<Id> views;
    std::vector<std::string_view> texts;
    for (Id id = 0; id < relations_.size(); ++id) {
        const Relation& relation = relations_.at(id);
        if (relation.kind != RelationKind::view && relation.kind != RelationKind::materialized_view) continue;
        views.push_back(id);
        texts.push_back(relation.definition);
    }
    read_queries(texts, [&](std::size_t i, const QueryNames& names) {
        for (const Name& name : names.relations) {
            const Relation* read = find(name.schema, name.name);
            if (read == nullptr || read->id == views[i]) continue;
            add_reading(views[i], read->id, {});
            for (const std::string& column : names.columns) {
                if (read->column(column) != nullptr) add_reading(views[i], read->id, column);
            }
        }
    });
}

}  // namespace drydock::effects
