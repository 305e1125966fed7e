#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"

namespace drydock::cli {

// A script for bash that completes every command and option of the tree, and file names elsewhere.
std::string bash_completion(const std::vector<Arguments::Description>& commands);

}  // namespace drydock::cli
