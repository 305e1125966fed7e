#pragma once

#include <cstdint>
#include <string_view>

#include "effects/effect.h"

namespace drydock::effects {

enum class Volatility : std::uint8_t { stable, is_volatile, unknown };

// Of a function of PostgreSQL or of its usual extensions, by its bare name: those that defaults are made of.
Volatility volatility(std::string_view function);

// A type that is known not to be a domain: PostgreSQL's own, and those of usual extensions. Bare name, as the parser
// gives it (int4, not integer).
bool is_plain_type(std::string_view type);

// ALTER COLUMN … TYPE to this type: a rewrite, or perhaps not, and from what it is free.
struct TypeChange {
    Certainty rewrites;
    std::string_view why;
};
TypeChange change_to(std::string_view type, bool with_modifier, bool is_array);

}  // namespace drydock::effects
