#include "app/tenant_work.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "audit/verify.h"
#include "changes/runs.h"
#include "changes/validations.h"
#include "jobs/context.h"

namespace drydock::app {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kOneTest{30};
constexpr int kPage = 200;

// Tests the organization's active databases one after another, so that it never looks like an attack.
Result<std::string> test_databases(registry::Registry& registry, jobs::JobContext& context) {
    json::array failed;
    std::int64_t tested = 0;
    registry::Filter filter{.status = "active", .limit = kPage};
    do {
        DRYDOCK_TRY(const auto page, registry.list(context.actor(), filter, context.limits()));
        for (const auto& database : page.databases) {
            const auto report = registry.test(context.actor(), database.id, context.limits().at_most(kOneTest));
            if (!report && report.error().code == ErrorCode::cancelled) return report.error();
            ++tested;
            context.progress().report({.subject = database.name, .text = "tested", .done = tested});
            const bool good = report && report->success;
            if (!good) {
                failed.push_back(json::object{
                    {"id", database.id},
                    {"name", database.name},
                    {"message", report ? report->message : report.error().message}
                });
            }
        }
        filter.cursor = page.next_cursor;
    } while (!filter.cursor.empty());
    return json::serialize(json::object{{"tested", tested}, {"failed", std::move(failed)}});
}

Result<std::string> verify_audit(
    control::Store& store, const std::vector<audit::TrustedKey>& keys, jobs::JobContext& context
) {
    DRYDOCK_TRY(const auto report, audit::verify(store, context.actor(), {.keys = keys}, context.limits()));
    if (report.finding) {
        return Error{
            .code = ErrorCode::drift,
            .message = fmt::format(
                "the audit trail is not whole: row {} is {}",
                report.finding->sequence,
                audit::name_of(report.finding->kind)
            ),
        };
    }
    return json::serialize(json::object{{"rows", report.rows}, {"checkpoints", report.checkpoints}});
}

}  // namespace

Result<> add_tenant_kinds(
    jobs::Kinds& kinds, control::Store& store, registry::Registry& registry, const std::vector<audit::TrustedKey>& keys
) {
    DRYDOCK_TRY_VOID(kinds.add({
        .name = "databases.test",
        .permission = "databases:test",
        .timeout = std::chrono::hours{2},
        .max_attempts = 2,
        .concurrency = 1,
        .handler = [&registry](jobs::JobContext& context) { return test_databases(registry, context); },
    }));
    DRYDOCK_TRY_VOID(changes::add_run_kinds(kinds, registry));
    DRYDOCK_TRY_VOID(changes::add_validation_kind(kinds, registry));
    return kinds.add({
        .name = "audit.verify",
        .permission = "audit:read",
        .timeout = std::chrono::hours{2},
        .max_attempts = 2,
        .concurrency = 1,
        .handler = [&store, &keys](jobs::JobContext& context) { return verify_audit(store, keys, context); },
    });
}

}  // namespace drydock::app
