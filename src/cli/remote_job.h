#pragma once

#include <boost/json/object.hpp>

#include "base/error.h"
#include "cli/session.h"
#include "client/api.h"

// Jobs of a server that a command waits for.
namespace drydock::cli {

// The job when it is over; what it tells of its progress is shown. Ctrl-C leaves it running: it is the server's.
Result<boost::json::object> finished(Session& session, client::Api& api, boost::json::object job);

// Why it did not succeed: failed, cancelled or unknown.
Error error_of(const boost::json::object& job);

}  // namespace drydock::cli
