#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "catalog/difference.h"

namespace drydock::catalog {

// Which object of one snapshot is which of another. Indexes of objects; nullopt where there is none.
struct Matching {
    std::vector<std::optional<std::size_t>> to_of;    // by the index in `from`
    std::vector<std::optional<std::size_t>> from_of;  // by the index in `to`
    std::vector<bool> recreated;                      // by the index in `to`: the same key, another identity
    std::vector<bool> left_out_from;                  // not compared: by the options
    std::vector<bool> left_out_to;
};
Matching match(const Snapshot& from, const Snapshot& to, const CompareOptions& options);

// The aspects that differ and that the options ask for. Nothing of an object that has none to compare with.
std::vector<AspectChange> changed_aspects(const Object& before, const Object& after, const CompareOptions& options);
// Whether this aspect is compared with these options.
bool asked_for(std::string_view aspect, const CompareOptions& options);

}  // namespace drydock::catalog
