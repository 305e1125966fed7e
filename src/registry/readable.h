#pragma once

#include <string>
#include <string_view>

#include "targets/target.h"

// What a server says may be any bytes, and without end. So it is cut, and made text that JSON and PostgreSQL take,
// before it is kept or shown.
namespace drydock::registry {

std::string readable(std::string_view text);
targets::Facts readable(targets::Facts facts);
targets::Rights readable(targets::Rights rights);
targets::TestReport readable(targets::TestReport report);

}  // namespace drydock::registry
