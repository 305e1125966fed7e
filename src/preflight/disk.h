#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace drydock::preflight {

struct Space {
    std::int64_t free = 0;  // for others than root
    std::int64_t total = 0;
};
Result<Space> space_at(const std::filesystem::path& folder);

// Whether the server that runs from `directory` here is the one that started at `started` (seconds since 1970), as its
// postmaster.pid says. An Error where that can't be read.
Result<bool> is_data_directory_of(const std::filesystem::path& directory, std::int64_t started);

}  // namespace drydock::preflight
