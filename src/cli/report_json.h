#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/error.h"
#include "migrate/engine.h"

namespace drydock::cli {

// The JSON form of what commands report; docs/json.md tells the fields. Times are ISO 8601 in UTC, durations are
// milliseconds, and what is not known is left out.
boost::json::object to_json(const Error& error);
boost::json::object to_json(const migrate::RunReport& report);
boost::json::object to_json(const migrate::Facts& facts);
boost::json::object to_json(const migrate::Item& item);
boost::json::object to_json(const migrate::Row& row);
boost::json::object to_json(const migrate::Event& event);
boost::json::object to_json(const migrate::RollbackPlan& plan);
boost::json::array to_json(const std::vector<std::string>& texts);

// Files and servers may hold anything; JSON may not: each byte that is no UTF-8 becomes U+FFFD.
boost::json::string json_text(std::string_view text);

}  // namespace drydock::cli
