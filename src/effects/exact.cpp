#include "effects/exact.h"

#include <algorithm>

#include <fmt/format.h>

#include "effects/compose.h"
#include "effects/query.h"
#include "effects/tree.h"

namespace drydock::effects {

namespace {

constexpr std::string_view kIndexRebuilt = "rebuilt with its table";

Name name_of(const Relation& relation) {
    return {.schema = relation.schema, .name = relation.name};
}

Certainty where_rows_are(const Relation& relation, Certainty certainty) {
    return relation.partitioned ? Certainty::no : certainty;
}

}  // namespace

catalog::Kind kind_of(RelationKind kind) {
    switch (kind) {
        case RelationKind::foreign_table:
            return catalog::Kind::foreign_table;
        case RelationKind::view:
            return catalog::Kind::view;
        case RelationKind::materialized_view:
            return catalog::Kind::materialized_view;
        case RelationKind::index:
            return catalog::Kind::index;
        case RelationKind::sequence:
            return catalog::Kind::sequence;
        case RelationKind::composite_type:
            return catalog::Kind::composite_type;
        default:
            return catalog::Kind::table;
    }
}

void Exact::apply(const Step& step) {
    const Fact& known = fact(step.work);
    const LockMode lock = std::max(known.lock, step.asked);
    if (!step.relation.name.empty() && lock != LockMode::none) {
        const Relation* relation = world_.find(step.relation.schema, step.relation.name);
        if (relation == nullptr) return unknown(step, known);
        const Id id = relation->id;
        on(*relation, step, known, true);
        if (!step.only) {
            for (const Id child : below(id, known.descent)) on(world_.at(child), step, known, false);
        }
        if (!world_.at(id).created_here)
            lose(filled(known.loses, step.relation.text(), step.partner.text(), step.subject));
    } else if (step.relation.name.empty()) {
        append(effect_.note, filled(known.note, {}, step.partner.text(), step.subject), "; ");
        lose(filled(known.loses, {}, step.partner.text(), step.subject));
    }
    if (step.partner.name.empty() || known.partner_lock == LockMode::none) return;
    const Relation* partner = world_.find(step.partner.schema, step.partner.name);
    const std::string why = filled(known.partner_why, step.relation.text(), step.partner.text(), step.subject);
    if (partner == nullptr) {
        RelationEffect& other = entry(effect_, step.partner, false);
        effect_.exact = false;
        return work_on(other, known.partner_lock, Certainty::no, known.partner_scans, why);
    }
    touch(partner->id, known.partner_lock, why, true);
    scan(partner->id, known.partner_scans, why);
}

void Exact::on(const Relation& relation, const Step& step, const Fact& known, bool named) {
    std::string why = step.detail;
    const LockMode lock = std::max(known.lock, step.asked);
    append(why, filled(known.why, step.relation.text(), step.partner.text(), step.subject), "; ");
    touch(relation.id, lock, why, named);
    if (step.planned) {
        // EXPLAIN locks what the query would, and does nothing.
    } else if (known.rewrites != Certainty::no && relation.kind != RelationKind::index) {
        rewrite(relation.id, known.rewrites, why);
    } else if (known.rewrites != Certainty::no) {
        rebuild(relation.id, lock, why);
    } else {
        scan(relation.id, known.scans, why);
    }
    if (step.work == Work::lock_table && relation.kind == RelationKind::view) {
        for (const Reading& reading : relation.reads)
            touch(reading.relation, lock, "locked through the view " + relation.name);
    }
    if (known.indexes == LockMode::none) return;
    if (relation.kind == RelationKind::view) {
        for (const Reading& reading : relation.reads) {
            plan(
                reading.relation,
                lock,
                step.planned ? Certainty::no : known.scans,
                "read through the view " + relation.name
            );
        }
    }
    for (const Id index : relation.indexes) {
        if (known.new_indexes && !relation.partitioned) {
            rebuild(index, known.indexes, "built anew");
        } else {
            touch(index, known.indexes, "an index of " + relation.name);
        }
    }
}

// Not in the catalog as it was read: a member of an extension, a temporary table, or nothing at all.
void Exact::unknown(const Step& step, const Fact& known) {
    if (world_.surely_missing(step.relation.schema, step.relation.name)) {
        return refuse("42P01", fmt::format("there is no {}", step.relation.text()));
    }
    std::string why = step.detail;
    append(why, filled(known.why, step.relation.text(), step.partner.text(), step.subject), "; ");
    work_on(entry(effect_, step.relation, false), std::max(known.lock, step.asked), known.rewrites, known.scans, why);
    append(effect_.note, filled(known.note, step.relation.text(), step.partner.text(), step.subject), "; ");
    lose(filled(known.loses, step.relation.text(), step.partner.text(), step.subject));
    effect_.exact = false;
}

RelationEffect& Exact::touch(Id id, LockMode lock, std::string_view why, bool named) {
    const Relation& relation = world_.at(id);
    const auto before = effect_.relations.size();
    RelationEffect& out = entry(effect_, name_of(relation), relation.created_here);
    if (effect_.relations.size() > before) {
        out.kind = relation.kind;
        out.named = false;
        if (relation.table != kNoId) out.index_table = world_.at(relation.table).name;
    }
    out.named = out.named || named;
    work_on(out, lock, Certainty::no, Certainty::no, why);
    return out;
}

void Exact::scan(Id id, Certainty certainty, std::string_view why) {
    const Relation& relation = world_.at(id);
    certainty = where_rows_are(relation, certainty);
    if (certainty == Certainty::no) return;
    RelationEffect& out = touch(id, LockMode::none, {});
    work_on(out, LockMode::none, Certainty::no, certainty, why);
    if (certainty == Certainty::yes) ++out.scan_count;
}

void Exact::verify(Id id, std::string_view why) {
    const Relation& relation = world_.at(id);
    if (relation.partitioned) return;
    RelationEffect& out = touch(id, LockMode::none, {});
    const bool known = out.rewrites == Certainty::yes || std::ranges::find(verified_, id) != verified_.end();
    work_on(out, LockMode::none, Certainty::no, Certainty::yes, why);
    if (known) return;
    verified_.push_back(id);
    ++out.scan_count;
}

void Exact::new_file(Id id) {
    RelationEffect& out = touch(id, LockMode::access_exclusive, {});
    out.rewrites = Certainty::yes;
    const std::vector<Id> own = world_.at(id).indexes;
    out.scan_count += static_cast<int>(own.size());
    if (!own.empty()) out.scans = Certainty::yes;
    for (const Id index : own) {
        RelationEffect& one = touch(index, LockMode::access_exclusive, kIndexRebuilt);
        one.rewrites = Certainty::yes;
    }
}

void Exact::rewrite(Id id, Certainty certainty, std::string_view why) {
    const Relation& relation = world_.at(id);
    certainty = where_rows_are(relation, certainty);
    if (certainty == Certainty::no) return;
    RelationEffect& out = touch(id, LockMode::access_exclusive, {});
    const bool already = out.rewrites == Certainty::yes;
    work_on(out, LockMode::none, certainty, certainty, why);
    if (certainty == Certainty::yes && !already) out.scan_count += 1 + static_cast<int>(relation.indexes.size());
    for (const Id index : std::vector<Id>{relation.indexes}) {
        RelationEffect& one = touch(index, LockMode::access_exclusive, kIndexRebuilt);
        one.rewrites = stronger(one.rewrites, certainty);
    }
}

void Exact::rebuild(Id index, LockMode lock, std::string_view why) {
    RelationEffect& one = touch(index, lock, why);
    const Id table = world_.at(index).table;
    const bool has_rows = table == kNoId || world_.at(table).has_rows();
    if (!has_rows || one.rewrites == Certainty::yes) return;
    one.rewrites = Certainty::yes;
    if (table != kNoId) scan(table, Certainty::yes, fmt::format("read to build {}", world_.at(index).name));
}

void Exact::indexes(Id table, LockMode lock, std::string_view why) {
    for (const Id index : std::vector<Id>{world_.at(table).indexes}) touch(index, lock, why);
}

void Exact::plan(Id id, LockMode lock, Certainty scans, std::string_view why) {
    touch(id, lock, why);
    scan(id, scans, why);
    indexes(id, lock, "the planner looks at it");
    if (world_.at(id).kind != RelationKind::view) return;
    // A view is its query; a materialized view is a table.
    for (const Reading& reading : world_.at(id).reads) {
        plan(reading.relation, LockMode::access_share, scans, "read through the view " + world_.at(id).name);
    }
}

bool Exact::is_unique(const Relation& table, const std::vector<std::string>& columns) const {
    return std::ranges::any_of(table.indexes, [&](Id id) {
        if (!world_.at(id).unique) return false;
        const IndexShape shape = shape_of(world_.at(id));
        if (shape.partial || shape.expressions || shape.keys.size() != columns.size()) return false;
        return std::ranges::all_of(shape.keys, [&](const IndexShape::Key& key) {
            return std::ranges::find(columns, key.column) != columns.end();
        });
    });
}

void Exact::check_key(Id from, Id to) {
    indexes(from, LockMode::access_share, "the planner looks at it");
    plan(to, LockMode::access_share, Certainty::maybe, "the foreign key is checked against it");
    for (const Id part : below(to, Descent::partitions)) {
        plan(part, LockMode::access_share, Certainty::maybe, "the foreign key is checked against it");
    }
}

std::vector<Id> Exact::below(Id id, Descent descent) const {
    if (descent == Descent::none) return {};
    if (descent == Descent::partitions && !world_.at(id).partitioned) return {};
    return world_.descendants(id);
}

void Exact::may_fail(Id id, std::string_view sqlstate, std::string condition, std::string probe) {
    const Relation& relation = world_.at(id);
    if (relation.created_here && !relation.has_rows()) return;
    effect_.may_fail.push_back(
        {.condition = std::move(condition),
         .sqlstate = std::string{sqlstate},
         .probe = std::move(probe),
         .relation = relation.text()}
    );
}

void Exact::refuse(std::string_view sqlstate, std::string message) {
    if (!effect_.error.empty()) return;
    effect_.error = std::move(message);
    effect_.sqlstate = sqlstate;
}

void Exact::changed(ObjectChange::What what, const Relation& relation, bool by_cascade) {
    change(
        {.what = what,
         .kind = kind_of(relation.kind),
         .schema = relation.schema,
         .parent = relation.table == kNoId ? "" : world_.at(relation.table).name,
         .name = relation.name,
         .by_cascade = by_cascade}
    );
}

void Exact::lose(std::string_view what) {
    append(effect_.loses, what, ", ");
}

}  // namespace drydock::effects
