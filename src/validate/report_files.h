#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "validate/report.h"

namespace drydock::validate {

// One page that needs nothing beside it: light and dark, on paper too; whatever a database holds is escaped.
std::string to_html(const Report& report);

struct ReportFiles {
    std::filesystem::path json;
    std::filesystem::path html;
};
// validation-YYYY-MM-DD.json and .html, by the day (UTC) on which the run began; a second run of the day replaces them.
// The folder is made when it is not there.
Result<ReportFiles> write_report(const Report& report, const std::filesystem::path& folder);

}  // namespace drydock::validate
