#pragma once

#include <vector>

#include "api/services.h"
#include "http/openapi.h"
#include "http/route.h"

namespace drydock::api {

// The whole API, a file a resource. `services` must outlive the routes; for the document alone, none is called.
std::vector<http::Route> routes(const Services& services);
http::ApiInfo info(const std::string& version);

std::vector<http::Route> operation_routes(const Services& services);
std::vector<http::Route> session_routes(const Services& services);
std::vector<http::Route> sign_in_routes(const Services& services);
std::vector<http::Route> account_routes(const Services& services);
std::vector<http::Route> provider_routes(const Services& services);
std::vector<http::Route> token_routes(const Services& services);
std::vector<http::Route> organization_routes(const Services& services);
std::vector<http::Route> project_routes(const Services& services);
std::vector<http::Route> database_routes(const Services& services);
std::vector<http::Route> database_fact_routes(const Services& services);
std::vector<http::Route> credential_routes(const Services& services);
std::vector<http::Route> audit_routes(const Services& services);
std::vector<http::Route> member_routes(const Services& services);
std::vector<http::Route> job_routes(const Services& services);
std::vector<http::Route> change_routes(const Services& services);
std::vector<http::Route> key_routes(const Services& services);
std::vector<http::Route> health_routes(const Services& services);
std::vector<http::Route> billing_routes(const Services& services);
std::vector<http::Route> event_routes(const Services& services);

}  // namespace drydock::api
