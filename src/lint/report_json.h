#pragma once

#include <boost/json/fwd.hpp>

#include "lint/finding.h"

namespace drydock::lint {

// docs/json.md tells the fields.
boost::json::object to_json(const Finding& finding);

}  // namespace drydock::lint
