#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "migrate/project.h"

namespace drydock::cli {

// The migrations of a project and what each declares to need. An arrow points from what is needed to what needs it.
std::string graph_text(const migrate::Project& project);
std::string graph_mermaid(const migrate::Project& project);
std::string graph_dot(const migrate::Project& project);
boost::json::object graph_json(const migrate::Project& project);

}  // namespace drydock::cli
