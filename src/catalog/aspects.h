#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace drydock::catalog {

// How a value is written, and whether it counts.
enum class Form : std::uint8_t {
    text,
    list,    // one a line, in the catalog's order
    set,     // one a line, sorted
    untold,  // text that is not compared
};

struct AspectTraits {
    std::string_view name;
    Form form = Form::text;
};

// By name.
std::span<const AspectTraits> all_aspects();
// nullptr: no aspect has this name.
const AspectTraits* aspect_named(std::string_view name);

}  // namespace drydock::catalog
