#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace drydock::migrate {

// Three hashes of one file, each blind to more than the one before.
struct Hashes {
    std::string raw;        // the bytes
    std::string canonical;  // line ends, byte order mark and white space at the end of the file made equal
    std::string semantic;   // the tokens alone: comments and white space gone
};

Hashes hashes_of(std::string_view text);

// What changed between the file that ran and the file of today.
enum class Change : std::uint8_t { none, line_ends, comments, code };
Change compare(const Hashes& ran, const Hashes& today);

}  // namespace drydock::migrate
