#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "cli/terminal.h"
#include "preflight/preflight.h"

namespace drydock::cli {

// `migrate preflight` in words and as JSON.
std::string preflight_text(const preflight::Report& report, const Terminal& terminal);
boost::json::object to_json(const preflight::Report& report);

}  // namespace drydock::cli
