#pragma once

#include "base/poll.h"

namespace drydock::pg {

// As check_limits and drydock::wait_for, told of a database.
Result<> check(const Limits& limits);
Result<> wait_socket(int socket, short events, const Limits& limits, const Wake& wake);

}  // namespace drydock::pg
