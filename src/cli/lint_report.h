#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "cli/terminal.h"
#include "lint/lint.h"

namespace drydock::cli {

// What `migrate lint` found, for people: by file, each finding with its line, its reason and the safer SQL.
std::string lint_text(const lint::Report& report, const Terminal& terminal);
// "2 errors, 1 warning in 3 files (40 statements)".
std::string lint_summary(const lint::Report& report);

// The document that scripts rely on: {"findings": […], …}.
std::string lint_json(const lint::Report& report);
// SARIF 2.1.0, for code scanning.
boost::json::object lint_sarif(const lint::Report& report);
// Workflow commands that GitHub shows as annotations, one a line.
std::string lint_github(const lint::Report& report);

}  // namespace drydock::cli
