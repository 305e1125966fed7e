#include "billing/limits.h"

#include <fmt/format.h>

#include "audit/audit.h"
#include "billing/permission.h"
#include "billing/queries.h"

namespace drydock::billing {
namespace {

constexpr std::string_view kNoProject = "there is no such project in the organization";

Error reached(std::string_view project, Metric metric, std::int64_t used, std::int64_t most) {
    const bool databases = metric == Metric::databases;
    return {
        .code = ErrorCode::conflict,
        .message =
            databases
                ? fmt::format("project \"{}\" has {} of {} databases, and no place for more", project, used, most)
                : fmt::format("project \"{}\" holds {} of {} bytes, and has no room for more", project, used, most),
        .hint = databases ? "Remove a database or make it inactive, raise the project's limit, or change the plan."
                          : "Free some storage, raise the project's limit, or change the plan.",
    };
}

std::string json_of(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "null";
}

std::string json_of(const pg::Rows& rows, int column) {
    return rows.is_null(0, column) ? "null" : std::string{rows.text(0, column)};
}

}  // namespace

std::string_view name_of(Metric metric) {
    return metric == Metric::databases ? "databases" : "storage_bytes";
}

Result<> check_limit(
    control::Transaction& transaction, std::string_view project_id, Metric metric, std::int64_t increment
) {
    // A statement of its own: the next one sees what was committed while this one waited.
    DRYDOCK_TRY_VOID(transaction.query(queries::lock_limit, {project_id}));
    DRYDOCK_TRY(const auto state, transaction.one(queries::limit_state, {project_id, name_of(metric)}, kNoProject));
    if (state.is_null(0, 1)) return {};
    const auto most = state.integer(0, 1);
    const auto used = state.integer(0, 2);
    if (increment <= 0 || (used <= most && increment <= most - used)) return {};
    return reached(state.text(0, 0), metric, used, most);
}

Result<> set_limits(
    control::Store& store,
    const control::Actor& actor,
    std::string_view project_id,
    const ProjectLimits& wanted,
    const Limits& limits
) {
    if (wanted.max_databases.value_or(0) < 0 || wanted.max_storage_bytes.value_or(0) < 0) {
        return Error{.code = ErrorCode::invalid_argument, .message = "a limit is not below zero"};
    }
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(require(transaction, "limits:write", "change limits"));
        DRYDOCK_TRY(const auto before, transaction.one(queries::project_limits, {project_id}, kNoProject));
        const auto text = [](const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : ""; };
        const auto databases = text(wanted.max_databases);
        const auto bytes = text(wanted.max_storage_bytes);
        const auto param = [](const std::string& value) { return value.empty() ? pg::Param{} : pg::Param{value}; };
        DRYDOCK_TRY_VOID(transaction.query(queries::set_limits, {project_id, param(databases), param(bytes)}));
        return audit::append(
            transaction,
            {.action = "limits.changed",
             .object_type = "project",
             .object_id = std::string{project_id},
             .object_name = std::string{before.text(0, 0)},
             .details = fmt::format(
                 R"({{"max_databases": {{"from": {}, "to": {}}}, "max_storage_bytes": {{"from": {}, "to": {}}}}})",
                 json_of(before, 1),
                 json_of(wanted.max_databases),
                 json_of(before, 2),
                 json_of(wanted.max_storage_bytes)
             )}
        );
    });
}

}  // namespace drydock::billing
