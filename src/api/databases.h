#pragma once

#include <boost/json/fwd.hpp>

#include "http/schema.h"
#include "registry/database.h"

namespace drydock::api {

// A database as every call shows it.
http::Schema database_schema();
boost::json::object database_json(const registry::Database& database);

}  // namespace drydock::api
