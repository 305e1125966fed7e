#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "layouts/folder.h"
#include "migrate/options.h"
#include "migrate/source.h"
#include "shadow/shadow.h"

namespace drydock::prove {

// What a script asks of the server that a shadow may lack.
struct Needs {
    std::vector<std::string> roles;       // named and not made by an earlier statement
    std::vector<std::string> extensions;  // that it makes, drops or changes
};
Needs needs_of(const sql::Script& script);

// The same source without the statements about these extensions, its places unchanged.
Result<migrate::Source> without_extensions(
    const migrate::Source& source,
    const std::vector<std::string>& extensions,
    const std::vector<layouts::HeaderValue>& placeholders,
    const migrate::PlaceholderValues& values
);

// "x" of `role "x" does not exist`; empty for another error.
std::string missing_role(const Error& error);

}  // namespace drydock::prove
