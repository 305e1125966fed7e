#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace drydock::sql {

// The schema in which a script's next unqualified names are made, where the script itself says so.
// SET [SESSION|LOCAL] search_path TO a, b: "a"; RESET, DEFAULT, "$user" and what can't be read: "" (the session's own);
// nullopt: the statement is about something else. From its tokens alone.
std::optional<std::string> search_path_of(std::string_view statement);

}  // namespace drydock::sql
