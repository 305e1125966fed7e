#include <algorithm>

#include <fmt/format.h>

#include "effects/exact.h"
#include "effects/names.h"
#include "effects/query.h"

// DROP and TRUNCATE: what goes, and what it takes along.
namespace drydock::effects {

namespace {

constexpr std::string_view kDropped = "dropped";
constexpr std::string_view kByCascade = "dropped by CASCADE";

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

void Exact::unlink_key(Id table, const Constraint& key) {
    if (key.references == kNoId) return;
    touch(
        key.references, LockMode::access_exclusive, fmt::format("loses the triggers of the foreign key {}", key.name)
    );
    for (const Id part : below(key.references, Descent::partitions)) {
        touch(part, LockMode::access_exclusive, fmt::format("loses the triggers of the foreign key {}", key.name));
    }
    std::erase_if(world_.edit(key.references).referenced_by, [&](const Incoming& incoming) {
        return incoming.table == table && incoming.constraint == key.name;
    });
}

void Exact::drop_index(Id index, bool named) {
    touch(index, LockMode::access_exclusive, "its column or constraint is dropped", named);
    changed(ObjectChange::What::dropped, world_.at(index), !named);
    for (const Id child : std::vector<Id>{world_.at(index).children}) drop_index(child, false);
    world_.drop(index);
}

void Exact::drop_relation(Id id, bool cascade, bool named) {
    if (std::ranges::find(dropped_, id) != dropped_.end()) return;
    dropped_.push_back(id);
    const Relation gone = world_.at(id);
    touch(id, LockMode::access_exclusive, named ? kDropped : kByCascade, named);
    changed(ObjectChange::What::dropped, gone, !named);
    const bool has_data = gone.kind == RelationKind::table || gone.kind == RelationKind::materialized_view;
    if (has_data && !gone.created_here && !named) lose(fmt::format("table {}.{}", gone.schema, gone.name));
    for (const Id index : gone.indexes) touch(index, LockMode::access_exclusive, kDropped);
    for (const Id sequence : gone.sequences) touch(sequence, LockMode::access_exclusive, kDropped);
    for (const Id parent : gone.parents) {
        if (!gone.is_partition()) continue;
        touch(parent, LockMode::access_exclusive, "loses a partition");
        for (const Id sibling : world_.at(parent).children) {
            if (sibling != id && world_.at(sibling).is_default) {
                touch(sibling, LockMode::access_exclusive, "the default partition takes over the bounds");
            }
        }
    }
    for (const Id child : gone.children) {
        if (!gone.partitioned && !cascade && !goes(child)) {
            refuse("2BP01", fmt::format("{} inherits from it: CASCADE would drop that too", world_.at(child).text()));
        }
        if (gone.partitioned || cascade) drop_relation(child, cascade, false);
    }
    for (const Constraint& key : gone.constraints) {
        if (key.type == Constraint::Type::foreign_key && key.references != id) unlink_key(id, key);
    }
    for (const Incoming& key : gone.referenced_by) {
        if (key.table == id || goes(key.table)) continue;
        if (!cascade) {
            refuse(
                "2BP01",
                fmt::format("the foreign key {} of {} depends on it", key.constraint, world_.at(key.table).text())
            );
            continue;
        }
        touch(key.table, LockMode::access_exclusive, fmt::format("its foreign key {} is dropped", key.constraint));
        change(
            {.what = ObjectChange::What::dropped,
             .kind = catalog::Kind::constraint,
             .schema = world_.at(key.table).schema,
             .parent = world_.at(key.table).name,
             .name = key.constraint,
             .by_cascade = true}
        );
    }
    for (const Id view : gone.readers) {
        if (!cascade && !goes(view)) refuse("2BP01", fmt::format("{} reads it", world_.at(view).text()));
        if (cascade) drop_relation(view, true, false);
    }
    world_.drop(id);
}

void Exact::drop_column(Id id, std::string_view column, bool cascade) {
    const Relation table = world_.at(id);
    const std::vector<Id> views = table.readers;
    for (const Id index : table.indexes) {
        const Relation& one = world_.at(index);
        if (!one.backs.empty() || !index_uses(one, column)) continue;
        drop_index(index, false);
    }
    for (const Constraint& constraint : table.constraints) {
        const bool uses = holds(constraint.columns, column);
        if (uses) drop_constraint(id, constraint.name, cascade);
    }
    for (const Incoming& key : table.referenced_by) {
        if (std::ranges::find(world_.at(id).referenced_by, key.constraint, &Incoming::constraint) ==
            world_.at(id).referenced_by.end()) {
            continue;
        }
        const Constraint* constraint = world_.at(key.table).constraint(key.constraint);
        if (constraint == nullptr || !holds(constraint->referenced, column)) continue;
        if (!cascade) refuse("2BP01", fmt::format("the foreign key {} depends on it", key.constraint));
        if (cascade) drop_constraint(key.table, key.constraint, true);
    }
    for (const Id sequence : table.sequences) {
        if (world_.at(sequence).owner_column == column) drop_relation(sequence, cascade, false);
    }
    for (const Id view : views) {
        const Relation& reader = world_.at(view);
        const auto reading = std::ranges::find(reader.reads, id, &Reading::relation);
        if (reading == reader.reads.end() || !(reading->all_columns || holds(reading->columns, column))) continue;
        if (!cascade) refuse("2BP01", fmt::format("{} reads column {}", reader.text(), column));
        if (cascade) drop_relation(view, true, false);
    }
    std::erase_if(world_.edit(id).columns, [&](const Column& one) {
        return one.name == column ||
               (!one.generated.empty() && names_in_expression(one.default_value).columns.contains(std::string{column}));
    });
}

void Exact::drop_constraint(Id id, std::string_view name, bool cascade) {
    const Relation table = world_.at(id);
    const Constraint* constraint = table.constraint(name);
    if (constraint == nullptr) return;
    if (constraint->type == Constraint::Type::foreign_key) unlink_key(id, *constraint);
    if (constraint->index != kNoId) {
        for (const Incoming& key : table.referenced_by) {
            const Constraint* other = world_.at(key.table).constraint(key.constraint);
            if (other == nullptr || !std::ranges::is_permutation(other->referenced, constraint->columns)) continue;
            if (!cascade) refuse("2BP01", fmt::format("the foreign key {} depends on it", key.constraint));
            if (!cascade) continue;
            touch(key.table, LockMode::access_exclusive, fmt::format("its foreign key {} is dropped", key.constraint));
            drop_constraint(key.table, key.constraint, true);
        }
        drop_index(constraint->index, false);
    }
    change(
        {.what = ObjectChange::What::dropped,
         .kind = catalog::Kind::constraint,
         .schema = table.schema,
         .parent = table.name,
         .name = std::string{name}}
    );
    std::erase_if(world_.edit(id).constraints, [&](const Constraint& one) { return one.name == name; });
}

void Exact::truncate(Id id, bool cascade, bool named) {
    if (std::ranges::find(dropped_, id) != dropped_.end()) return;
    dropped_.push_back(id);
    const Relation& table = world_.at(id);
    touch(
        id,
        LockMode::access_exclusive,
        named ? "emptied at once: the old file is dropped at commit" : "emptied by CASCADE, or as a part of it",
        named
    );
    if (!named && !table.created_here) lose("all rows of " + table.schema + "." + table.name);
    indexes(id, LockMode::access_exclusive, "emptied");
    for (const Id child : std::vector<Id>{table.children}) truncate(child, cascade, false);
    if (!cascade) return;
    for (const Incoming& key : std::vector<Incoming>{table.referenced_by}) truncate(key.table, true, false);
}

}  // namespace drydock::effects
