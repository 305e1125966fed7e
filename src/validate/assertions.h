#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "validate/check.h"

namespace drydock::validate {

// A user's own check: a file with one query. Each row that it gives is a violation; a query that gives one boolean
// column asserts that it is true. Its header:
//
//   -- Assert: every invoice is the sum of its lines
//   -- Severity: critical | warning | info     (left out: critical)
//   -- Budget: 20s                             (left out: as for all checks)
struct Assertion {
    std::string id;  // the name of the file without ".sql"
    std::string text;
    Severity severity = Severity::critical;
    std::optional<std::chrono::milliseconds> budget;
    std::string sql;
};

Result<Assertion> parse_assertion(const std::string& file, std::string_view text);

// The *.sql files of a folder, by name. A folder that is not there has none, unless it `must_exist`.
Result<std::vector<Assertion>> read_assertions(const std::filesystem::path& folder, bool must_exist);

}  // namespace drydock::validate
