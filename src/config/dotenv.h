#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::config {

struct DotenvEntry {
    std::string name;
    std::string value;
    std::size_t line = 0;
};

// KEY=value and export KEY=value; 'as it is' and "with \n \t \" \\ escapes", both also over several lines; # comments;
// nothing is expanded. Errors (invalid_argument) name the line but never show it: it may hold a secret.
Result<std::vector<DotenvEntry>> read_dotenv(std::string_view text, std::string_view label);

}  // namespace drydock::config
