#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace drydock::cli {

// A database of a file that `drydock db register -f` reads; docs/registry.md tells its form.
struct RegistryEntry {
    std::string project{};       // slug or id
    boost::json::object body{};  // as the API takes it, but for the project
    Place place{};

    std::string name() const;
};

// What ${NAME} stands for.
using PlaceholderValues = std::function<std::optional<std::string>(std::string_view name)>;

// Errors (invalid_argument) name file, line and column: what is no TOML, an unknown key ("did you mean"), a placeholder
// without a value, a database that stands there twice, a secret that is written down instead of named.
Result<std::vector<RegistryEntry>> read_registry_file(
    std::string_view text, std::string_view label, const PlaceholderValues& values
);

}  // namespace drydock::cli
