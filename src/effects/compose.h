#pragma once

#include <string>
#include <string_view>

#include "effects/effect.h"
#include "effects/names.h"

namespace drydock::effects {

struct Step;

// How an Effect is put together.
Certainty stronger(Certainty a, Certainty b);
void append(std::string& text, std::string_view piece, std::string_view separator);
// One entry for a relation, however many steps touch it: the lock is the strongest of theirs.
RelationEffect& entry(Effect& effect, const Name& relation, bool created_here);
void work_on(RelationEffect& relation, LockMode lock, Certainty rewrites, Certainty scans, std::string_view why);
// What a part of a statement does, as one of a block. `sure`: it runs, and once.
void merge(Effect& whole, const Effect& part, bool sure);
// A step as facts.cpp has it, from the text alone.
void apply(Effect& effect, const Step& step);

}  // namespace drydock::effects
