#include "billing/metering.h"

#include <fmt/format.h>

#include "audit/audit.h"
#include "billing/queries.h"

namespace drydock::billing {
namespace {

// Further back nothing is filled in: two months are billed by then.
constexpr std::string_view kDaysBack = "62";

}  // namespace

Result<Metered> meter(control::Store& store, std::string_view organization, const Limits& limits) {
    const auto actor = control::Actor::system(organization);
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<Metered> {
        DRYDOCK_TRY(const auto records, transaction.query(queries::meter, {organization, kDaysBack}));
        DRYDOCK_TRY(const auto ended, transaction.query(queries::end_subscriptions, {organization}));
        DRYDOCK_TRY_VOID(transaction.query(queries::next_period, {organization}));
        for (int row = 0; row < ended.size(); ++row) {
            DRYDOCK_TRY_VOID(audit::append(
                transaction,
                {.action = "billing.subscription_ended",
                 .object_type = "subscription",
                 .object_id = std::string{ended.text(row, 0)},
                 .object_name = std::string{ended.text(row, 1)}}
            ));
        }
        return Metered{.records = records.affected(), .subscription_ended = ended.size() > 0};
    });
}

Result<> record_size(control::Transaction& transaction, std::string_view database_id, std::int64_t bytes) {
    const auto count = std::to_string(bytes);
    DRYDOCK_TRY(const auto done, transaction.query(queries::record_size, {database_id, count}));
    if (done.affected() == 1) return {};
    return Error{.code = ErrorCode::not_found, .message = "there is no database with this id in the organization"};
}

Result<std::vector<Usage>> usage_report(
    control::Store& store,
    const control::Actor& actor,
    std::string_view from,
    std::string_view before,
    const Limits& limits
) {
    const auto rows = store.read(actor, queries::usage_report, {actor.organization_id, from, before}, limits);
    // data_exception: a day that is none, or no days at all.
    if (!rows && rows.error().sqlstate.starts_with("22")) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "usage is reported from one day to a later one",
            .hint = "Days are as 2026-07-01; the second is the day after the last.",
            .detail = rows.error().message
        };
    }
    if (!rows) return rows.error();
    std::vector<Usage> report;
    for (int row = 0; row < rows->size(); ++row) {
        report.push_back({
            .project_id = std::string{rows->text(row, 0)},
            .project = std::string{rows->text(row, 1)},
            .metric = std::string{rows->text(row, 2)},
            .days = rows->integer(row, 3),
            .average = std::string{rows->text(row, 4)},
            .peak = std::string{rows->text(row, 5)},
            .latest = std::string{rows->text(row, 6)},
            .limit = rows->is_null(row, 7) ? std::nullopt : std::optional{rows->integer(row, 7)},
        });
    }
    return report;
}

}  // namespace drydock::billing
