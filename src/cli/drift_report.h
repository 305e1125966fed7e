#pragma once

#include <string>

#include "catalog/difference.h"
#include "cli/terminal.h"
#include "drift/drift.h"

namespace drydock::cli {

// What `migrate drift` found: a line for each object that differs, what could not be compared, and what to do.
std::string drift_text(const drift::Report& report, const Terminal& terminal);

// SQL that psql and a migration file take, with what no statement can do as comments.
std::string script_text(const catalog::Script& script);

}  // namespace drydock::cli
