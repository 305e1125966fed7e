#pragma once

#include <string>
#include <string_view>

namespace drydock {

// The difference of two texts by lines, in the unified format with three lines of context; empty when they are equal.
// Shortest edit script: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986. Texts that differ in
// more than a few thousand lines are shown as all removed and all added.
std::string unified_diff(
    std::string_view before, std::string_view after, std::string_view before_name, std::string_view after_name
);

}  // namespace drydock
