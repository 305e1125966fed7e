#pragma once

#include "base/limits.h"
#include "catalog/difference.h"
#include "validate/report.h"

namespace drydock::validate {

inline constexpr std::string_view kExpectedId = "schema-differs";

// How grave it is that the database is not as it should be there: what no longer guards the data is critical, what
// nobody notices is for information.
Severity severity_of(const catalog::Change& change);

// One finding for each object that differs from what is expected, and the SQL that makes the whole as it should be.
void compare_with(
    const catalog::Snapshot& expected, const catalog::Snapshot& actual, std::size_t keep, CheckResult& result
);

}  // namespace drydock::validate
