#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace drydock::catalog {

// A query of sql/ as a server of this major version takes it. A line that ends in "-- 15+" is for servers from 15 on;
// a line that begins with "-- <15:" holds, behind that, what older ones get. So the files are written for, and run in
// psql on, the newest version.
std::string query_text(std::string_view text, int major);

// The elements of an array as the server writes it, {a,"b c"}; NULL elements are left out.
std::vector<std::string> array_elements(std::string_view array);

// A value that holds items one a line (see items() in object.h).
std::string to_list(const std::vector<std::string>& items);

}  // namespace drydock::catalog
