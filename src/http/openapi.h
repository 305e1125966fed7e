#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/fwd.hpp>

#include "http/route.h"

namespace drydock::http {

struct ApiInfo {
    std::string title;
    std::string version;
    std::string description{};
    std::string license{};                                    // by its SPDX name
    std::vector<std::pair<std::string, std::string>> tags{};  // what each is about
    std::string session_cookie = "__Host-drydock_session";
};

// OpenAPI 3.1, the same for the same routes: by path, method and name.
boost::json::object openapi(std::span<const Route> routes, const ApiInfo& info);

// The same for people: a section a tag, a table a call, and what each field may be.
std::string markdown(std::span<const Route> routes, const ApiInfo& info);

}  // namespace drydock::http
