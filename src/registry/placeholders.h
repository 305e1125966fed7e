#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace drydock::registry {

using Placeholders = std::function<std::optional<std::string>(std::string_view name)>;

// "${NAME}" in a text; "$${" is "${". Within an address, a value is percent-encoded, unless the placeholder is the
// whole of it. invalid_argument for one that has no value.
Result<std::string> fill_in(std::string_view text, const Placeholders& placeholders, bool in_address = false);

}  // namespace drydock::registry
