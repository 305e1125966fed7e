#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/error.h"

namespace drydock {

// Files and servers may hold anything; JSON may not: each byte that is no UTF-8 becomes U+FFFD.
boost::json::string json_text(std::string_view text);
boost::json::array json_texts(const std::vector<std::string>& texts);

// {"code":…,"message":…,"hint":…,"detail":…,"sqlstate":…,"place":{"file","line","column","text"}}. What is not known is
// left out.
boost::json::object to_json(const Error& error);

}  // namespace drydock
