#include "validate/report_files.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/files.h"

namespace drydock::validate {

Result<ReportFiles> write_report(const Report& report, const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return file_error("making the folder of reports", folder, error.value());
    const auto name = fmt::format("validation-{}", time_text(report.started_at).substr(0, 10));
    const ReportFiles files{.json = folder / (name + ".json"), .html = folder / (name + ".html")};
    DRYDOCK_TRY_VOID(write_file(files.json, boost::json::serialize(to_json(report)) + "\n"));
    DRYDOCK_TRY_VOID(write_file(files.html, to_html(report)));
    return files;
}

}  // namespace drydock::validate
