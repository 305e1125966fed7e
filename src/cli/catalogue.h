#pragma once

#include <string>

#include "base/result.h"
#include "migrate/options.h"
#include "migrate/project.h"

namespace drydock::cli {

// The project as a Markdown page: what each migration does, needs, and how it is taken back.
Result<std::string> catalogue(
    const migrate::Project& project, std::string_view name, const migrate::PlaceholderValues& values
);

}  // namespace drydock::cli
