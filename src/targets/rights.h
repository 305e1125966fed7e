#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drydock::targets {

// How much harm somebody could do who gets at this.
enum class Severity : std::uint8_t { info, warning, danger };
std::string_view wire_name(Severity severity);

// Something that a login may do, as measured on the server and not as promised.
struct Right {
    std::string name{};  // "superuser", "pg_read_server_files"
    Severity severity = Severity::info;
    std::string message{};  // what it means
    std::string detail{};   // where it comes from: roles, tables, languages
};

struct Rights {
    std::string user{};  // as the server knows it
    std::vector<Right> found{};

    Severity worst() const;
};

// A JSON object: {"user": …, "worst": …, "rights": [{"name", "severity", "message", "detail"}]}
std::string to_json(const Rights& rights);

}  // namespace drydock::targets
