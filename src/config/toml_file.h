#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace drydock::config {

// One key of a TOML file with what stands behind it, in the order of the file.
struct TomlEntry {
    enum class Kind : std::uint8_t { text, integer, boolean, list, table, other };

    std::vector<std::string> path;  // {"migrate", "late"}
    Kind kind = Kind::other;
    std::string text{};  // of text, integer and boolean; a list of texts joined by ", "
    Place key{};
    Place value{};
};

// Errors (invalid_argument with the place): what is not TOML. `label` is what places call the file.
Result<std::vector<TomlEntry>> read_toml(std::string_view text, std::string_view label);

// A whole TOML file as JSON; times become texts.
struct TomlDocument {
    boost::json::object root{};
    std::map<std::string, Place, std::less<>> places{};  // of each value, by JSON pointer: "/database/0/host"
};
Result<TomlDocument> read_toml_document(std::string_view text, std::string_view label);

}  // namespace drydock::config
