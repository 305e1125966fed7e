#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/principal.h"

namespace drydock::identity {

// A principal as servers tell each other. Whoever changes what stands there raises the format in cache/shared.cpp.
std::string to_text(const Principal& principal);
// Nothing when it is none.
std::optional<Principal> principal_of(std::string_view text);

}  // namespace drydock::identity
