#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "migrate/engine.h"

namespace drydock::cli {

class Session;

// Says how a run ended. Gives the exit code: that of its error, or `done_code`.
int report_run(Session& session, const migrate::RunReport& report, int done_code);

// What a person decides has a reason that history keeps; an Error when none was given.
Result<std::string> needed_reason(const std::optional<std::string>& reason, std::string_view command);
// `next`: the command that runs it then.
Result<int> release_held(
    Session& session,
    const migrate::Context& context,
    const std::string& wanted,
    std::string_view reason,
    std::string_view next
);

}  // namespace drydock::cli
