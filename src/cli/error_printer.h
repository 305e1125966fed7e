#pragma once

#include <string>

#include "base/error.h"
#include "cli/terminal.h"

namespace drydock::cli {

// For a person, ending with a line end:
//   error: applying 0007_orders.sql: column "totl" does not exist
//     at 0007_orders.sql:12:8
//       SELECT totl FROM orders
//              ^
//     hint: perhaps you meant total
//     sqlstate: 42703
std::string error_text(const Error& error, const Terminal& terminal);

// For a program: {"error":{"code":…,"message":…,"hint":…,"sqlstate":…,"place":{"file","line","column","text"}}}.
// What is not known is left out. Always valid UTF-8, without a line end. The `detail` stays in the log.
std::string error_json(const Error& error);

}  // namespace drydock::cli
