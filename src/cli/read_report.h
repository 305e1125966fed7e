#pragma once

#include <boost/json/object.hpp>

#include "base/error.h"
#include "migrate/engine.h"

namespace drydock::cli {

// What a server sends as `migrate/report_json.h` writes it, read again, so that it is told like what was done here.
Error report_error(const boost::json::object& object);
migrate::RunReport run_report_of(const boost::json::object& object);

}  // namespace drydock::cli
