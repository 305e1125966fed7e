#pragma once

#include <string_view>

#include "base/result.h"
#include "redis/client.h"

namespace drydock::redis {

// redis://[user[:password]@]host[:port][/database], rediss:// for TLS (verified, with the system's authorities), or
// unix:///path/of/the.sock[?db=database]. User and password are percent-encoded. No Error repeats the URL.
Result<ConnectOptions> parse_url(std::string_view url);

}  // namespace drydock::redis
