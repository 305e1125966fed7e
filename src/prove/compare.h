#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/snapshot.h"

namespace drydock::prove {

// How one catalog differs from the one that it should be.
struct Deviation {
    std::vector<std::string> lines;  // "after rollback: - index app.x"; not all of very many
    bool order_only = false;         // nothing but the order of columns, which nobody can put back

    bool none() const { return lines.empty(); }
};
Deviation deviation(const catalog::Snapshot& expected, const catalog::Snapshot& found, std::string_view when);

// Whether what is left between the two is just this, as catalog::describe() says it.
bool is_left(const std::vector<std::string>& left, const catalog::Snapshot& expected, const catalog::Snapshot& found);
// The same in the words in which it is compared over many rollbacks: their columns end in another order than one's do.
std::vector<std::string> without_order(const catalog::Snapshot& expected, const catalog::Snapshot& found);

}  // namespace drydock::prove
