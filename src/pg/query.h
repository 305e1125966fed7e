#pragma once

#include <string_view>

namespace drydock::pg {

// SQL with the name it carries in errors, logs and metrics.
struct Query {
    std::string_view name;
    std::string_view text;
};

}  // namespace drydock::pg
