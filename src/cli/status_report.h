#pragma once

#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "cli/terminal.h"
#include "migrate/engine.h"

namespace drydock::cli {

struct StatusWords {
    std::string_view place;  // where the files are: a folder, or "built in"
    std::string_view next;   // the command that runs what is pending
};

// Where a project stands on a target.
std::string status_text(
    const migrate::Context& context,
    const migrate::Standing& standing,
    const StatusWords& words,
    bool all,
    const Terminal& terminal
);
boost::json::object status_json(
    const migrate::Context& context, const migrate::Standing& standing, const StatusWords& words
);

}  // namespace drydock::cli
