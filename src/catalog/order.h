#pragma once

#include <string>
#include <vector>

#include "catalog/planner.h"

namespace drydock::catalog::ddl {

// The statements of a plan in an order in which they can run.
std::vector<std::string> ordered(const Scene& scene, const Matching& matching, Plan plan);

}  // namespace drydock::catalog::ddl
