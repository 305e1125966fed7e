#pragma once

#include <string>

#include "cli/terminal.h"
#include "prove/report.h"

namespace drydock::cli {

// What `migrate test` found: one line for each migration that is not simply proven, and the sums.
std::string proof_text(const prove::TestReport& report, const Terminal& terminal);

}  // namespace drydock::cli
