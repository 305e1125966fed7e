#include <chrono>
#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "api/who.h"
#include "audit/list.h"
#include "audit/verify.h"

// The audit trail.
namespace drydock::api {
namespace {

using namespace http;

const std::string kAudit = "/api/v2/audit";
constexpr std::chrono::minutes kLong{10};

Schema line_schema() {
    return object(
        "AuditLine",
        "Who did what, when and from where.",
        {
            {"sequence", integer().range(1, INT64_MAX), Presence::output},
            {"occurred_at", text(plain).date_time(), Presence::output},
            {"user_id", text(plain).uuid().not_an_object().nullable(), Presence::output},
            {"user_name", text(personal).nullable(), Presence::output},
            {"via", text(plain).nullable(), Presence::output},
            {"request_id", text(plain).nullable(), Presence::output},
            {"login", text(personal).nullable(), Presence::output},
            {"address", text(personal).nullable(), Presence::output},
            {"action", text(plain), Presence::output},
            {"object_type", text(plain).nullable(), Presence::output},
            {"object_id", text(plain).nullable(), Presence::output},
            {"object_name", text(personal).nullable(), Presence::output},
            {"outcome", text(plain).one_of({"success", "denied", "failed"}), Presence::output},
            {"details", any(plain), Presence::output},
            {"hash", text(plain), Presence::output},
        }
    );
}

json::object to_json(const audit::Line& line) {
    return {
        {"sequence", line.sequence},
        {"occurred_at", line.occurred_at},
        {"user_id", text_or_null(line.user_id)},
        {"user_name", text_or_null(line.user_name)},
        {"via", text_or_null(line.via)},
        {"request_id", text_or_null(line.request_id)},
        {"login", text_or_null(line.login)},
        {"address", text_or_null(line.address)},
        {"action", line.action},
        {"object_type", text_or_null(line.object_type)},
        {"object_id", text_or_null(line.object_id)},
        {"object_name", text_or_null(line.object_name)},
        {"outcome", line.outcome},
        {"details", document(line.details)},
        {"hash", line.hash},
    };
}

std::vector<Field> filter_fields() {
    return {
        {"from", text(plain).date_time()},
        {"before", text(plain).date_time()},
        {"action", text(plain).length(1, 100).describe("database.changed, or all of a kind: database.")},
        {"user_id", text(plain).uuid().not_an_object()},
        {"object_type", text(plain).length(1, 63)},
        {"object_id", text(plain).length(1, 63)},
        {"outcome", text(plain).one_of({"success", "denied", "failed"})},
    };
}

audit::Filter filter_of(const Call& call) {
    const auto text = [&](std::string_view name) { return query_text(call, name).value_or(""); };
    return {
        .from = text("from"),
        .before = text("before"),
        .action = text("action"),
        .user_id = text("user_id"),
        .object_type = text("object_type"),
        .object_id = text("object_id"),
        .outcome = text("outcome"),
    };
}

Result<Reply> list_audit(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto found,
        audit::list(
            services.store, actor(call), filter_of(call), call.cursor(), static_cast<int>(call.limit()), call.limits
        )
    );
    json::array items;
    for (const auto& line : found.lines) items.push_back(to_json(line));
    return Reply::page(std::move(items), found.next);
}

Result<Reply> export_audit(const Services& services, Call& call) {
    audit::ExportOptions options{
        .filter = filter_of(call), .personal_data = call.boolean("personal_data").value_or(true)
    };
    Reply reply;
    reply.headers.add("Content-Disposition", "attachment; filename=\"audit.ndjson\"");
    reply.produce = [&services,
                     options = std::move(options),
                     who = actor(call)](StreamWriter& writer, const Limits& limits) -> Result<> {
        DRYDOCK_TRY_VOID(audit::export_rows(
            services.store, who, options, [&](std::string_view text) { return writer.write(text); }, limits
        ));
        return {};
    };
    return reply;
}

Result<Reply> export_checkpoints(const Services& services, Call& call) {
    Reply reply;
    reply.produce = [&services, who = actor(call)](StreamWriter& writer, const Limits& limits) -> Result<> {
        DRYDOCK_TRY_VOID(audit::export_checkpoints(
            services.store, who, [&](std::string_view text) { return writer.write(text); }, limits
        ));
        return {};
    };
    return reply;
}

Result<Reply> verify(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto report, audit::verify(services.store, actor(call), {.keys = services.audit_keys}, call.limits)
    );
    json::value finding;
    if (report.finding) {
        finding = json::object{
            {"kind", audit::name_of(report.finding->kind)},
            {"sequence", report.finding->sequence},
            {"text", report.finding->text}
        };
    }
    return Reply{json::object{
        {"whole", !report.finding},
        {"rows", report.rows},
        {"checkpoints", report.checkpoints},
        {"signed_rows", report.signed_rows},
        {"last_hash", text_or_null(report.last_hash)},
        {"finding", std::move(finding)},
    }};
}

Schema verification_schema() {
    return object(
        "AuditVerification",
        "Whether the trail is whole, as far as its own hashes and signed checkpoints tell.",
        {
            {"whole", boolean(), Presence::output},
            {"rows", integer().range(0, INT64_MAX).describe("That fit, from the first on."), Presence::output},
            {"checkpoints", integer().range(0, INT64_MAX), Presence::output},
            {"signed_rows", integer().range(0, INT64_MAX), Presence::output},
            {"last_hash", text(plain).nullable(), Presence::output},
            {"finding",
             object(
                 "AuditFinding",
                 "The first thing that does not fit.",
                 {
                     {"kind", text(plain), Presence::output},
                     {"sequence", integer().range(0, INT64_MAX), Presence::output},
                     {"text", text(plain), Presence::output},
                 }
             )
                 .nullable(),
             Presence::output},
        }
    );
}

}  // namespace

std::vector<Route> audit_routes(const Services& services) {
    const Drafts drafts{"audit"};
    const auto read = Access::permission("audit:read");
    auto listing = drafts.read(
        kAudit,
        "list_audit",
        "What was done, the newest first",
        read,
        many(line_schema()),
        [&services](Call& call) { return list_audit(services, call); }
    );
    listing.query = filter_fields();
    auto lines = drafts.read(
        kAudit + "/export",
        "export_audit",
        "All of it, the oldest first, a JSON object a line",
        read,
        stream("application/x-ndjson", line_schema()),
        [&services](Call& call) { return export_audit(services, call); }
    );
    lines.query = filter_fields();
    lines.query.push_back(
        {"personal_data",
         boolean().fallback(true).describe(
             "Without it, names and addresses are left out; the export can be verified all the same."
         )}
    );
    auto notes = drafts.read(
        kAudit + "/checkpoints",
        "export_audit_checkpoints",
        "The signed checkpoints, one after another",
        read,
        file("text/plain"),
        [&services](Call& call) { return export_checkpoints(services, call); }
    );
    auto verification = drafts.change(
        Method::post,
        kAudit + "/verify",
        "verify_audit",
        "Whether the trail is whole",
        read,
        one(verification_schema()),
        [&services](Call& call) { return verify(services, call); }
    );
    verification.rate = RateClass::expensive;
    verification.time_limit = kLong;
    for (auto* const route : {&lines, &notes}) {
        route->rate = RateClass::expensive;
        route->time_limit = kLong;
    }
    return {std::move(listing), std::move(lines), std::move(notes), std::move(verification)};
}

}  // namespace drydock::api
