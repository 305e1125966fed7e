#pragma once

#include <boost/json/fwd.hpp>

#include "migrate/engine.h"

namespace drydock::migrate {

// The JSON form of what commands report; docs/json.md tells the fields. Times are ISO 8601 in UTC, durations are
// milliseconds, and what is not known is left out.
boost::json::object to_json(const RunReport& report);
boost::json::object to_json(const Facts& facts);
boost::json::object to_json(const Item& item);
boost::json::object to_json(const Row& row);
boost::json::object to_json(const Event& event);
boost::json::object to_json(const RollbackPlan& plan);

}  // namespace drydock::migrate
