#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "cli/session.h"
#include "client/api.h"

// What the commands of `drydock db` share.
namespace drydock::cli {

inline constexpr int kNotWell = 11;  // as findings of `validate`

// A database by its id, its name, or "project/name" where several have it.
Result<boost::json::object> find_database(client::Api& api, const std::string& wanted, const Limits& limits);
inline std::string path_of_database(const std::string& id) {
    return "/databases/" + id;
}

// What a test found, step by step. Gives the exit code.
int print_test(Session& session, const std::string& name, const boost::json::object& report);

}  // namespace drydock::cli
