#include "effects/compose.h"

#include <algorithm>

#include "effects/tree.h"

namespace drydock::effects {

Certainty stronger(Certainty a, Certainty b) {
    if (a == Certainty::yes || b == Certainty::yes) return Certainty::yes;
    return a == Certainty::maybe ? a : b;
}

void append(std::string& text, std::string_view piece, std::string_view separator) {
    if (piece.empty() || text.find(piece) != std::string::npos) return;
    if (!text.empty()) text += separator;
    text += piece;
}

// One entry for a relation, however many steps touch it: the lock is the strongest of theirs.
RelationEffect& entry(Effect& effect, const Name& relation, bool created_here) {
    const auto same = [&](const RelationEffect& known) {
        return known.name == relation.name && known.schema == relation.schema;
    };
    if (const auto found = std::ranges::find_if(effect.relations, same); found != effect.relations.end()) return *found;
    effect.relations.push_back({.schema = relation.schema, .name = relation.name, .created_here = created_here});
    return effect.relations.back();
}

void work_on(RelationEffect& relation, LockMode lock, Certainty rewrites, Certainty scans, std::string_view why) {
    // A plain change of the catalog needs no words beside another that reads or writes the table.
    const bool heavy = rewrites != Certainty::no || scans != Certainty::no;
    const bool was_heavy = relation.rewrites != Certainty::no || relation.scans != Certainty::no;
    if (heavy && !was_heavy) relation.why.clear();
    if (heavy || !was_heavy) append(relation.why, why, "; ");
    relation.lock = std::max(relation.lock, lock);
    relation.rewrites = stronger(relation.rewrites, rewrites);
    relation.scans = stronger(relation.scans, scans);
}

void merge(Effect& whole, const Effect& part, bool sure) {
    const auto doubted = [&](Certainty certainty) {
        return certainty == Certainty::yes && !sure ? Certainty::maybe : certainty;
    };
    for (const RelationEffect& relation : part.relations) {
        const std::size_t before = whole.relations.size();
        RelationEffect& known = entry(whole, {.schema = relation.schema, .name = relation.name}, relation.created_here);
        if (whole.relations.size() > before) {
            known.kind = relation.kind;
            known.named = relation.named;
            known.index_table = relation.index_table;
        }
        known.scan_count += relation.scan_count;
        work_on(known, relation.lock, doubted(relation.rewrites), doubted(relation.scans), relation.why);
    }
    append(whole.loses, part.loses, ", ");
    append(whole.note, part.note, "; ");
    whole.exact = whole.exact && part.exact;
    whole.opaque = whole.opaque || part.opaque || !part.analysed;
    whole.outside = whole.outside || part.outside;
    whole.may_fail.insert(whole.may_fail.end(), part.may_fail.begin(), part.may_fail.end());
    whole.objects.insert(whole.objects.end(), part.objects.begin(), part.objects.end());
    if (!sure || !whole.error.empty()) return;
    whole.error = part.error;
    whole.sqlstate = part.sqlstate;
}

void apply(Effect& effect, const Step& step) {
    const Fact& known = fact(step.work);
    const std::string relation = step.relation.text();
    const std::string partner = step.partner.text();
    const auto fill = [&](std::string_view text) { return filled(text, relation, partner, step.subject); };

    const LockMode lock = std::max(known.lock, step.asked);
    if (!step.relation.name.empty() && lock != LockMode::none) {
        std::string why = step.detail;
        append(why, fill(known.why), "; ");
        const auto doubted = [&](Certainty certainty) {
            return certainty == Certainty::yes && step.unless_there ? Certainty::maybe : certainty;
        };
        const Certainty rewrites = doubted(known.rewrites);
        const Certainty scans = doubted(known.scans);
        if (rewrites != known.rewrites || scans != known.scans)
            append(why, "nothing of it when it is there already", "; ");
        work_on(entry(effect, step.relation, step.created_here), lock, rewrites, scans, why);
    }
    if (!step.partner.name.empty() && known.partner_lock != LockMode::none) {
        RelationEffect& other = entry(effect, step.partner, step.partner_created_here);
        work_on(other, known.partner_lock, Certainty::no, known.partner_scans, fill(known.partner_why));
    }
    if (step.created_here) return;  // nobody else has rows in it, or a partition or a key of it
    append(effect.note, fill(known.note), "; ");
    append(effect.loses, fill(known.loses), ", ");
}

}  // namespace drydock::effects
