#include "cli/run_command.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/migrate_text.h"
#include "cli/session.h"
#include "migrate/report_json.h"

namespace drydock::cli {

int report_run(Session& session, const migrate::RunReport& report, int done_code) {
    if (session.json()) {
        session.print_json(to_json(report));
        return report.error ? traits(report.error->code).exit_code : done_code;
    }
    session.warn(report.warnings);
    session.tell(run_text(report, session.out()));
    return report.error ? session.fail_beside_json(*report.error) : done_code;
}

Result<std::string> needed_reason(const std::optional<std::string>& reason, std::string_view command) {
    if (reason && !reason->empty()) return *reason;
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = "a reason is needed: history keeps it, with your name",
        .hint = fmt::format("drydock {} --reason \"…\"", command)
    };
}

Result<int> release_held(
    Session& session,
    const migrate::Context& context,
    const std::string& wanted,
    std::string_view reason,
    std::string_view next
) {
    // By the project's names, or as it was said: history may know what has no file any more.
    const auto index = context.project.find(wanted);
    const auto id = index ? context.project.at(*index).id : wanted;
    DRYDOCK_TRY(const bool fresh, migrate::release(context, id, reason, session.limits()));
    if (session.json()) {
        session.print_json(boost::json::object{{"released", json_text(id)}, {"fresh", fresh}});
    } else if (fresh) {
        session.tell(fmt::format("{} may run; next: {}\n", printable(id), next));
    } else {
        session.tell(fmt::format("{} had been released before\n", printable(id)));
    }
    return 0;
}

}  // namespace drydock::cli
