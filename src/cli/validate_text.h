#pragma once

#include <string>

#include "cli/terminal.h"
#include "validate/report.h"

namespace drydock::cli {

// A report for people: what was found, by group, what was not checked and why, and a line that sums it up.
std::string validation_text(const validate::Report& report, bool all, const Terminal& terminal);
// All checks that there are.
std::string checks_text(const Terminal& terminal);

}  // namespace drydock::cli
