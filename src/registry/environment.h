#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "targets/address.h"

namespace drydock::registry {

using Environment = std::function<std::optional<std::string>(std::string_view)>;
Environment process_environment();
// Takes what may be named (below) out of our environment, and keeps it: no program that we start inherits it, and
// nobody reads it in /proc. To be called before there are threads that read the environment.
Environment take_from_environment();

// Whether a variable may be named by who registers a database: <kind>_INSTANCE_<name>_…, with kind one of PG, POSTGRES,
// POSTGRESQL, MONGO, MONGODB and REDIS. So none of the server's own secrets can be reached.
Result<> check_environment_name(std::string_view name);

// What the variable holds (an address), or, for a name that ends in "_", what <name>URI or <name>URL holds, or
// <name>HOST, PORT, DATABASE, USER, PASSWORD and SSLMODE together. Where it is sent stands in the environment as well,
// never only in the row: else who may edit a row could have the operator's password sent to a server of their own.
Result<targets::Address> address_from_environment(
    const Environment& environment, std::string_view name, std::optional<targets::Type> type
);

}  // namespace drydock::registry
