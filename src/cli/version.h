#pragma once

#include <string_view>

namespace drydock::cli {

std::string_view version();  // "0.1.0"

}  // namespace drydock::cli
