#pragma once

#include <boost/json/fwd.hpp>

#include "http/schema.h"
#include "jobs/job.h"

namespace drydock::api {

// A job as every call shows it that has one made.
http::Schema job_schema();
boost::json::object job_json(const jobs::Job& job);

}  // namespace drydock::api
