#include "effects/effect.h"

#include <algorithm>
#include <array>
#include <utility>

#include "effects/tree.h"

namespace drydock::effects {

namespace {

struct LockText {
    std::string_view name;
    std::string_view blocks;
};
constexpr std::array kLocks = {
    LockText{"no lock", "nothing"},
    LockText{"ACCESS SHARE", "DDL that needs the table for itself"},
    LockText{"ROW SHARE", "DDL that needs the table for itself, and EXCLUSIVE locks"},
    LockText{"ROW EXCLUSIVE", "index builds and DDL that blocks writes"},
    LockText{"SHARE UPDATE EXCLUSIVE", "other DDL and VACUUM"},
    LockText{"SHARE", "writes"},
    LockText{"SHARE ROW EXCLUSIVE", "writes, and other DDL"},
    LockText{"EXCLUSIVE", "writes, and SELECT … FOR UPDATE"},
    LockText{"ACCESS EXCLUSIVE", "reads and writes"},
};

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

void apply(Effect& effect, const Step& step) {
    const Fact& known = fact(step.work);
    const std::string relation = step.relation.text();
    const std::string partner = step.partner.text();
    const auto fill = [&](std::string_view text) { return filled(text, relation, partner, step.subject); };

    const LockMode lock = std::max(known.lock, step.asked);
    if (!step.relation.name.empty() && lock != LockMode::none) {
        std::string why = step.detail;
        append(why, fill(known.why), "; ");
        work_on(entry(effect, step.relation, step.created_here), lock, known.rewrites, known.scans, why);
    }
    if (!step.partner.name.empty() && known.partner_lock != LockMode::none) {
        RelationEffect& other = entry(effect, step.partner, step.partner_created_here);
        work_on(other, known.partner_lock, Certainty::no, known.partner_scans, fill(known.partner_why));
    }
    if (step.created_here) return;  // nobody else has rows in it, or a partition or a key of it
    append(effect.note, fill(known.note), "; ");
    append(effect.loses, fill(known.loses), ", ");
}

}  // namespace

std::string_view name(LockMode mode) {
    return kLocks[static_cast<std::size_t>(mode)].name;
}
std::string_view what_it_blocks(LockMode mode) {
    return kLocks[static_cast<std::size_t>(mode)].blocks;
}

std::string_view name(Certainty certainty) {
    switch (certainty) {
        case Certainty::no:
            return "no";
        case Certainty::yes:
            return "yes";
        default:
            return "maybe";
    }
}

Reader::Reader() : memory_(std::make_unique<Memory>()) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Effect Reader::read(std::string_view statement) {
    const Steps read = read_steps(statement, *memory_);
    Effect effect{.analysed = read.parsed && !read.opaque};
    if (!read.parsed) effect.note = "not analysed: " + read.problem;
    for (const Step& step : read.steps) apply(effect, step);
    effect.loses_data = !effect.loses.empty();
    return effect;
}

}  // namespace drydock::effects
