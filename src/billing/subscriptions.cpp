#include "billing/subscriptions.h"

#include <fmt/format.h>

#include "audit/audit.h"
#include "billing/permission.h"
#include "billing/queries.h"

namespace drydock::billing {
namespace {

constexpr std::string_view kWhat = "change the plan";

std::optional<Subscription> subscription_of(const pg::Rows& rows) {
    if (rows.size() == 0) return std::nullopt;
    const auto text = [&](int column) { return std::string{rows.text(0, column)}; };
    return Subscription{
        .id = text(0),
        .plan_code = text(1),
        .status = text(2),
        .since = text(3),
        .period_start = text(4),
        .period_end = text(5),
        .cancel_at_period_end = rows.boolean(0, 6)
    };
}

Result<std::optional<Subscription>> present(control::Transaction& transaction) {
    DRYDOCK_TRY(const auto rows, transaction.query(queries::subscription, {transaction.actor().organization_id}));
    return subscription_of(rows);
}

// Why the organization can't have a plan now.
Result<> check_plan(control::Transaction& transaction, std::string_view plan) {
    DRYDOCK_TRY(
        const auto rows,
        transaction.one(
            queries::plan_obstacles,
            {transaction.actor().organization_id, plan},
            fmt::format("there is no plan \"{}\" to subscribe to", plan)
        )
    );
    if (!rows.is_null(0, 1)) {
        return Error{
            .code = ErrorCode::conflict,
            .message =
                fmt::format("the plan is in {}, and this month is charged for in {}", rows.text(0, 0), rows.text(0, 1)),
            .hint = "An invoice has one currency: end the present plan, and subscribe when its month is over."
        };
    }
    if (rows.is_null(0, 2)) return {};
    return Error{
        .code = ErrorCode::conflict,
        .message = fmt::format(
            "project \"{}\" has {} databases of {} bytes, more than the plan \"{}\" allows",
            rows.text(0, 2),
            rows.text(0, 3),
            rows.text(0, 4),
            plan
        ),
        .hint = "Remove databases or make them inactive, or give the project limits of its own."
    };
}

Result<> append_change(
    control::Transaction& transaction, std::string_view action, const Subscription& subscription, std::string details
) {
    return audit::append(
        transaction,
        {.action = std::string{action},
         .object_type = "subscription",
         .object_id = subscription.id,
         .object_name = subscription.plan_code,
         .details = std::move(details)}
    );
}

}  // namespace

Result<std::vector<Plan>> plans(control::Store& store, const control::Actor& actor, const Limits& limits) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::plans, {}, limits));
    std::vector<Plan> result;
    for (int row = 0; row < rows.size(); ++row) {
        const auto most = [&](int column) {
            return rows.is_null(row, column) ? std::nullopt : std::optional{rows.integer(row, column)};
        };
        result.push_back({
            .code = std::string{rows.text(row, 0)},
            .name = std::string{rows.text(row, 1)},
            .currency = std::string{rows.text(row, 2)},
            .base_price_minor = rows.integer(row, 3),
            .database_price_minor = rows.integer(row, 4),
            .storage_gib_price_minor = rows.integer(row, 5),
            .included_databases = rows.integer(row, 6),
            .included_storage_bytes = rows.integer(row, 7),
            .max_databases = most(8),
            .max_storage_bytes = most(9),
        });
    }
    return result;
}

Result<std::optional<Subscription>> subscription(
    control::Store& store, const control::Actor& actor, const Limits& limits
) {
    DRYDOCK_TRY(const auto rows, store.read(actor, queries::subscription, {actor.organization_id}, limits));
    return subscription_of(rows);
}

Result<Subscription> change_plan(
    control::Store& store, const control::Actor& actor, std::string_view plan_code, const Limits& limits
) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<Subscription> {
        DRYDOCK_TRY_VOID(require(transaction, "billing:write", kWhat));
        DRYDOCK_TRY_VOID(lock_organization(transaction));
        DRYDOCK_TRY(auto before, present(transaction));
        const auto& organization = actor.organization_id;
        if (before && before->plan_code == plan_code) {
            if (!before->cancel_at_period_end) return *std::move(before);
            DRYDOCK_TRY_VOID(transaction.query(queries::cancel_at_end, {organization, "false"}));
            before->cancel_at_period_end = false;
            DRYDOCK_TRY_VOID(append_change(transaction, "billing.plan_kept", *before, "{}"));
            return *std::move(before);
        }
        DRYDOCK_TRY_VOID(check_plan(transaction, plan_code));
        DRYDOCK_TRY_VOID(transaction.query(queries::end_plan, {organization}));
        DRYDOCK_TRY_VOID(transaction.query(queries::begin_plan, {organization, plan_code}));
        DRYDOCK_TRY(auto after, present(transaction));
        if (!after) return Error{.code = ErrorCode::internal, .message = "the new subscription is not there"};
        // Codes are of small letters, digits, dashes and underscores (plans_code_check), so they need no escapes.
        const auto from = before ? fmt::format("\"{}\"", before->plan_code) : std::string{"null"};
        DRYDOCK_TRY_VOID(append_change(
            transaction,
            "billing.plan_changed",
            *after,
            fmt::format(R"({{"plan": {{"from": {}, "to": "{}"}}}})", from, after->plan_code)
        ));
        return *std::move(after);
    });
}

Result<> cancel_plan(control::Store& store, const control::Actor& actor, const Limits& limits) {
    return store.run(actor, limits, [&](control::Transaction& transaction) -> Result<> {
        DRYDOCK_TRY_VOID(require(transaction, "billing:write", kWhat));
        DRYDOCK_TRY_VOID(lock_organization(transaction));
        DRYDOCK_TRY(const auto before, present(transaction));
        if (!before) return Error{.code = ErrorCode::not_found, .message = "the organization has no plan to end"};
        if (before->cancel_at_period_end) return {};
        DRYDOCK_TRY_VOID(transaction.query(queries::cancel_at_end, {actor.organization_id, "true"}));
        return append_change(transaction, "billing.plan_ends_with_month", *before, "{}");
    });
}

}  // namespace drydock::billing
