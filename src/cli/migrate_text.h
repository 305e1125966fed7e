#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/terminal.h"
#include "migrate/engine.h"

namespace drydock::cli {

// The words for what the engine reports.
std::string counted(std::size_t count, std::string_view what);  // "1 statement", "1,200 statements"
std::string target_text(const migrate::Facts& facts);           // "shop (PostgreSQL 15.14)"
std::string server_version(int number);                         // 150014 -> "15.14"
std::string state_text(migrate::State state, const Terminal& terminal);
// A migration that won't run, why, and what to do about it; lines of their own.
std::string waiting_text(const migrate::Item& item, const Terminal& terminal);
// What to type for it; empty where there is nothing to do, or `migrate up` does it.
std::string remedy(const migrate::Item& item);
std::string run_text(const migrate::RunReport& report, const Terminal& terminal);
std::string rollback_text(const migrate::RollbackPlan& plan, const Terminal& terminal);

}  // namespace drydock::cli
