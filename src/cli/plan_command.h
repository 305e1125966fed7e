#pragma once

#include "base/result.h"
#include "migrate/plan.h"

namespace drydock::cli {

class Session;

struct PlanArguments {
    migrate::Selection selection{};
    bool sql = false;
    bool trace = false;
    bool exit_code = false;
};

// `migrate plan`, which is also `migrate up --dry-run`.
Result<int> plan(Session& session, const PlanArguments& arguments);

}  // namespace drydock::cli
