#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "effects/effect.h"
#include "effects/memory.h"
#include "effects/work.h"
#include "effects/world.h"

namespace drydock::effects {

struct Step;

// Puts into an Effect what a statement does to the relations that a World knows, named or not.
class Exact {
public:
    Exact(World& world, Effect& effect) : world_(world), effect_(effect) {}

    // A step as facts.cpp has it, on its relation and partner and on what comes with them: partitions, indexes.
    void apply(const Step& step);

    // Parts that steps are made of.
    RelationEffect& touch(Id id, LockMode lock, std::string_view why, bool named = false);
    void scan(Id id, Certainty certainty, std::string_view why);
    // By the one reading of ALTER TABLE that tests all that has to be tested.
    void verify(Id id, std::string_view why);
    // Written anew under ACCESS EXCLUSIVE, with all its indexes.
    void rewrite(Id id, Certainty certainty, std::string_view why);
    // A new file with new indexes, that nothing is read for.
    void new_file(Id id);
    void rebuild(Id index, LockMode lock, std::string_view why);
    void indexes(Id table, LockMode lock, std::string_view why);
    // As a query's planner does: the relation and all its indexes.
    void plan(Id id, LockMode lock, Certainty scans, std::string_view why);
    // The other end of a foreign key is read to check it.
    void check_key(Id from, Id to);

    // Is dropped by the same statement.
    void expect(Id id) { expected_.push_back(id); }
    // A unique index on just these columns, as a foreign key needs it.
    bool is_unique(const Relation& table, const std::vector<std::string>& columns) const;

    // With all that goes along. Not `named`: by CASCADE.
    void drop_relation(Id id, bool cascade, bool named);
    void drop_column(Id id, std::string_view column, bool cascade);
    void drop_constraint(Id id, std::string_view constraint, bool cascade);
    void truncate(Id id, bool cascade, bool named);

    void may_fail(Id id, std::string_view sqlstate, std::string condition, std::string probe);
    void refuse(std::string_view sqlstate, std::string message);
    void change(ObjectChange change) { effect_.objects.push_back(std::move(change)); }
    void changed(ObjectChange::What what, const Relation& relation, bool by_cascade = false);
    void lose(std::string_view what);

    // Partitions of it, or all that inherit from it.
    std::vector<Id> below(Id id, Descent descent) const;

    World& world() { return world_; }
    Effect& effect() { return effect_; }

private:
    void on(const Relation& relation, const Step& step, const Fact& known, bool named);
    void unknown(const Step& step, const Fact& known);
    void drop_index(Id index, bool named);
    void unlink_key(Id table, const Constraint& key);

    World& world_;
    Effect& effect_;
    bool goes(Id id) const {
        return std::find(dropped_.begin(), dropped_.end(), id) != dropped_.end() ||
               std::find(expected_.begin(), expected_.end(), id) != expected_.end();
    }
    std::vector<Id> expected_;
    std::vector<Id> dropped_;
    std::vector<Id> verified_;
};

// Whether a word of "x" to be put into probes stands for a table's text.
catalog::Kind kind_of(RelationKind kind);

}  // namespace drydock::effects
