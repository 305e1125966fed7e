#include <algorithm>

#include <fmt/format.h>
#include <pg_query/pg_query.pb-c.h>

#include "base/text.h"
#include "effects/names.h"
#include "effects/proof.h"
#include "effects/query.h"
#include "effects/tree.h"
#include "sql/parser.h"

// Partitions where the catalog is known.
namespace drydock::effects {

// "FOR VALUES …" as the catalog would say it, as far as the proof reads it.
std::string bound_text(const PgQuery__PartitionBoundSpec& bound) {
    if (bound.is_default != 0) return "DEFAULT";
    const auto list = [](PgQuery__Node* const* nodes, std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0) text += ", ";
            // MINVALUE and MAXVALUE are columns to the grammar.
            const PgQuery__Node* node = nodes[i];
            std::string value = sql::text_of(*node);
            if (to_lower(value) == "minvalue") value = "MINVALUE";
            if (to_lower(value) == "maxvalue") value = "MAXVALUE";
            text += value;
        }
        return text;
    };
    if (bound.n_lowerdatums > 0) {
        return fmt::format(
            "FOR VALUES FROM ({}) TO ({})",
            list(bound.lowerdatums, bound.n_lowerdatums),
            list(bound.upperdatums, bound.n_upperdatums)
        );
    }
    if (bound.n_listdatums > 0) return fmt::format("FOR VALUES IN ({})", list(bound.listdatums, bound.n_listdatums));
    return fmt::format("FOR VALUES WITH (modulus {}, remainder {})", bound.modulus, bound.remainder);
}

std::string partition_key_text(const PgQuery__PartitionSpec& spec) {
    std::string text;
    for (std::size_t i = 0; i < spec.n_part_params; ++i) {
        if (spec.part_params[i]->node_case != PG_QUERY__NODE__NODE_PARTITION_ELEM) continue;
        const PgQuery__PartitionElem& part = *spec.part_params[i]->partition_elem;
        text += (text.empty() ? "" : ", ") +
                (part.expr == nullptr ? quoted(part.name) : "(" + sql::text_of(*part.expr) + ")");
    }
    const std::string_view strategy = spec.strategy;
    const bool range = strategy == "range" || strategy == "r";
    const bool list = strategy == "list" || strategy == "l";
    return fmt::format("{} ({})", range ? "RANGE" : list ? "LIST" : "HASH", text);
}

bool TreeReader::attach_exact(Id id, const PgQuery__AlterTableCmd& command) {
    const World& world = *memory_.world;
    const PgQuery__PartitionCmd& given = *command.def->partition_cmd;
    const Name name = name_of(given.name);
    const Relation* found = world.find(name.schema, name.name);
    if (found == nullptr) return false;
    const Id part = found->id;
    const Relation parent = world.at(id);
    if (command.subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition) {
        if (given.concurrent != 0) {
            needs(since::kDetachConcurrently);
            const bool has_default =
                std::ranges::any_of(parent.children, [&](Id child) { return world.at(child).is_default; });
            if (has_default)
                exact_->refuse(
                    "55000",
                    fmt::format("{} has a default partition: DETACH … CONCURRENTLY is not for it", parent.text())
                );
            effect_.outside = true;
            return false;
        }
        exact_->touch(id, LockMode::access_exclusive, fact(Work::detach_partition).why, true);
        exact_->touch(part, LockMode::access_exclusive, fact(Work::detach_partition).partner_why, true);
        for (const Id child : parent.children) {
            if (child != part && world.at(child).is_default)
                exact_->touch(child, LockMode::access_exclusive, "the default partition takes over the bounds");
        }
        for (const Constraint& key : world.at(part).constraints) {
            if (key.references == kNoId || !key.inherited) continue;
            exact_->touch(
                key.references,
                LockMode::share_row_exclusive,
                fmt::format("the foreign key {} becomes the partition's own", key.name)
            );
        }
        std::erase(memory_.world->edit(id).children, part);
        Relation& gone = memory_.world->edit(part);
        std::erase(gone.parents, id);
        gone.partition_bound.clear();
        gone.is_default = false;
        return true;
    }
    const std::string bound = given.bound == nullptr ? std::string{} : bound_text(*given.bound);
    const Relation table = *found;
    const auto is_default = [&](Id child) { return world.at(child).is_default; };
    if (bound == "DEFAULT" && std::ranges::any_of(parent.children, is_default)) {
        exact_->refuse("42P17", fmt::format("{} has a default partition already", parent.text()));
        return true;
    }
    exact_->touch(id, LockMode::share_update_exclusive, fact(Work::attach_partition).why, true);
    exact_->touch(part, LockMode::access_exclusive, fact(Work::attach_partition).partner_why, true);
    std::vector<Id> rows{part};
    for (const Id child : world.descendants(part)) {
        rows.push_back(child);
        exact_->touch(child, LockMode::access_exclusive, "a part of the new partition");
    }
    Certainty proved = proves_bound(table, parent.partition_key, bound);
    if (bound == "DEFAULT" && parent.children.empty()) proved = Certainty::yes;
    if (proved != Certainty::yes) {
        const std::string why = "every row is tested against the bounds: no validated CHECK implies them";
        for (const Id one : rows) exact_->scan(one, proved == Certainty::no ? Certainty::yes : Certainty::maybe, why);
        exact_->may_fail(part, "23514", fmt::format("rows of {} outside of the bounds", table.text()), {});
    }
    read_default_partition(parent, part);
    for (const Id index : parent.indexes) attach_copy_of(index, part);
    memory_.world->edit(id).children.push_back(part);
    Relation& added = memory_.world->edit(part);
    added.parents.push_back(id);
    added.partition_bound = bound;
    added.is_default = bound == "DEFAULT";
    return true;
}

// A new partition takes its rows out of the bounds of the default one, which is read to see that it has none of them.
void TreeReader::read_default_partition(const Relation& parent, Id added) {
    const World& world = *memory_.world;
    for (const Id child : parent.children) {
        if (child == added || !world.at(child).is_default) continue;
        const std::string why = "the default partition is read for rows that belong into the new one";
        exact_->touch(child, LockMode::access_exclusive, why);
        exact_->scan(child, Certainty::yes, why);
        for (const Id deeper : world.descendants(child)) {
            exact_->touch(deeper, LockMode::access_exclusive, why);
            exact_->scan(deeper, Certainty::yes, why);
        }
        exact_->may_fail(
            child, "23514", fmt::format("rows of {} that belong into the new partition", world.at(child).text()), {}
        );
    }
}

// An index of the parent that the partition has none like: it is built.
void TreeReader::attach_copy_of(Id index, Id part) {
    const World& world = *memory_.world;
    const IndexShape wanted = shape_of(world.at(index));
    for (const Id own : world.at(part).indexes) {
        const IndexShape shape = shape_of(world.at(own));
        if (shape.columns == wanted.columns && world.at(own).unique == world.at(index).unique) {
            exact_->touch(own, LockMode::access_exclusive, "attached to the parent's");
            exact_->touch(index, LockMode::share_update_exclusive, "gets the partition's index");
            return;
        }
    }
    exact_->touch(index, LockMode::share_update_exclusive, "gets the partition's index");
    exact_->scan(part, Certainty::yes, fmt::format("read to build its part of {}", world.at(index).name));
}

void TreeReader::attach_index_exact(Id index, const Name& name) {
    const World& world = *memory_.world;
    exact_->touch(index, LockMode::share_update_exclusive, fact(Work::attach_index).why, true);
    if (world.at(index).table != kNoId)
        exact_->touch(world.at(index).table, LockMode::access_share, "its index gets a part");
    const Relation* child = world.find(name.schema.empty() ? world.at(index).schema : name.schema, name.name);
    if (child == nullptr) return;
    exact_->touch(child->id, LockMode::access_exclusive, fact(Work::attach_index).partner_why, true);
    if (child->table != kNoId) exact_->touch(child->table, LockMode::access_share, "its index becomes a part");
    memory_.world->edit(child->id).parents.push_back(index);
    memory_.world->edit(index).children.push_back(child->id);
}

}  // namespace drydock::effects
