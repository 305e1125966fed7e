#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "api/routes.h"
#include "base/result.h"
#include "http/route.h"
#include "http/schema.h"
#include "jobs/job.h"

namespace drydock::api {

// A job as every call shows it that has one made.
http::Schema job_schema();
boost::json::object job_json(const jobs::Job& job);
// The answer of a call that has made one, which is committed: where it can't be read back, the Error names it, and says
// that it may be done.
Result<http::Reply> made_job(const Services& services, const http::Call& call, const std::string& id);

}  // namespace drydock::api
