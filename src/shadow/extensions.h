#pragma once

#include <string>
#include <string_view>

namespace drydock::shadow {

// How to get an extension where the server's programs don't have it: the Debian package by name, for this major
// version.
std::string how_to_install(std::string_view extension, int major);

}  // namespace drydock::shadow
