#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace drydock::config {

// The text in the one spelling that the getters read ("on" becomes "true"), or what is wrong with it.
Result<std::string> checked(const Setting& setting, std::string_view text);

// "lock_timeout of [migrate]" for a mistyped or misplaced key of the file; empty when nothing is near.
std::string suggestion_for(std::string_view key);

// Is there a key "<prefix>.something" in the table?
bool is_section(std::string_view prefix);

}  // namespace drydock::config
