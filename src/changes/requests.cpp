#include "changes/requests.h"

#include <fmt/format.h>

#include "audit/audit.h"
#include "base/json.h"
#include "base/log.h"
#include "changes/queries.h"
#include "changes/reach.h"

namespace drydock::changes {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kNoteTime{20};

}  // namespace

Result<std::string> make_job(
    registry::Registry& registry,
    const jobs::Queue& queue,
    const control::Actor& actor,
    const JobRequest& request,
    const Limits& limits
) {
    const auto digest = digest_of(request.files);
    return registry.store().run(actor, limits, [&](control::Transaction& transaction) -> Result<std::string> {
        DRYDOCK_TRY(const auto database, find_postgresql(transaction, request.database_id));
        if (!request.also_needs.empty()) DRYDOCK_TRY_VOID(registry::require(transaction, request.also_needs));
        auto args = request.args;
        args["database_id"] = database.id;
        args["files_digest"] = digest;
        DRYDOCK_TRY(
            const auto made,
            queue.enqueue(
                transaction,
                {.kind = std::string{request.kind}, .args = json::serialize(args), .dedup_key = database.id}
            )
        );
        if (made.existed) {
            return Error{
                .code = ErrorCode::conflict,
                .message = fmt::format("a job of the kind {} has not ended for {}", request.kind, database.name),
                .hint = fmt::format("Wait for the job {}, or cancel it.", made.id),
            };
        }
        DRYDOCK_TRY_VOID(store_files(transaction, made.id, request.files));
        auto details = request.told;
        details["job_id"] = made.id;
        details["project_id"] = database.project_id;
        details["files"] = request.files.size();
        details["files_digest"] = digest;
        DRYDOCK_TRY_VOID(audit::append(
            transaction,
            {.action = std::string{request.action},
             .object_type = "database",
             .object_id = database.id,
             .object_name = database.name,
             .details = json::serialize(details)}
        ));
        return made.id;
    });
}

Result<json::object> args_of(const jobs::JobContext& context) {
    json::error_code broken;
    const auto args = json::parse(context.args(), broken);
    if (!broken && args.is_object()) return args.as_object();
    return Error{.code = ErrorCode::invalid_argument, .message = "the arguments of the job are no JSON object"};
}

std::string text_of(const json::object& args, std::string_view name) {
    const auto* const value = args.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{};
}

std::vector<std::string> texts_of(const json::object& args, std::string_view name) {
    std::vector<std::string> texts;
    const auto* const value = args.if_contains(name);
    if (value == nullptr || !value->is_array()) return texts;
    for (const auto& item : value->as_array())
        if (item.is_string()) texts.emplace_back(item.as_string());
    return texts;
}

std::string requester_of(control::Store& store, const jobs::JobContext& context) {
    const auto& user = context.job().requested_by;
    if (user.empty()) return {};
    const auto rows = store.read(context.actor(), queries::requester, {user}, context.limits());
    return rows && rows->size() == 1 ? std::string{rows->text(0, 0)} : std::string{};
}

void note_end(
    control::Store& store,
    const jobs::JobContext& context,
    std::string_view action,
    std::string_view database,
    json::object details,
    bool success
) {
    details["job_id"] = context.job().id;
    details["requested_by"] = context.job().requested_by;
    const auto noted =
        store.run(context.actor(), Limits::within(kNoteTime), [&](control::Transaction& transaction) -> Result<> {
            DRYDOCK_TRY(const auto row, registry::find_in(transaction, database));
            return audit::append(
                transaction,
                {.action = std::string{action},
                 .object_type = "database",
                 .object_id = row.id,
                 .object_name = row.name,
                 .outcome = success ? audit::Outcome::success : audit::Outcome::failed,
                 .details = json::serialize(details)}
            );
        });
    if (!noted) log::failure("changes: the end of a job is not in the audit trail", noted.error());
}

}  // namespace drydock::changes
