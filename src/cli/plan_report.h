#pragma once

#include <cstddef>
#include <string>

#include "cli/terminal.h"
#include "plan/report.h"

namespace drydock::cli {

std::string plan_text(const plan::PlanReport& report, const Terminal& terminal);

// Shared with `explain`: the statements of one file, each with what it locks.
std::string statements_text(
    const plan::ScriptView& view, const plan::Sizes* sizes, std::size_t most, const Terminal& terminal
);

}  // namespace drydock::cli
