#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/config.h"

namespace drydock::cli {

// What stands behind an output. A pipe or a file has no colours, no live line and any width.
struct Terminal {
    bool interactive = false;  // a terminal where a line can be drawn again
    bool colours = false;
    std::size_t width = 0;  // in characters; 0: as wide as it takes

    // Of a file descriptor: NO_COLOR, TERM and COLUMNS are asked of `environment`.
    static Terminal of(int descriptor, const config::Lookup& environment = config::process_environment());
};

// Colours are named by what they mean.
enum class Tone : std::uint8_t { plain, ok, warn, error, faint, bold };
std::string painted(Tone tone, std::string_view text, const Terminal& terminal);

// Text of files and servers without what a terminal would obey: control characters become '?', line ends and tabs a
// space unless `lines` keeps them. One character becomes one character.
std::string printable(std::string_view text, bool lines = false);

// In characters (code points).
std::size_t text_width(std::string_view text);
// At most `width` characters, the last one "…" where something is left out.
std::string truncated(std::string_view text, std::size_t width);

}  // namespace drydock::cli
