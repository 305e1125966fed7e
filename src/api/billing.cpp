#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "billing/invoices.h"
#include "billing/limits.h"
#include "billing/metering.h"
#include "billing/payment_methods.h"
#include "billing/subscriptions.h"

// Plans, use, limits and invoices. Prices are in the currency's minor unit.
namespace drydock::api {
namespace {

using namespace http;

const std::string kInvoices = "/api/v2/invoices";
const std::string kMethods = "/api/v2/payment-methods";
const std::string kSubscription = "/api/v2/subscription";

Schema amount() {
    return integer().range(INT64_MIN, INT64_MAX);
}
Schema limit_schema() {
    return integer().range(0, INT64_MAX).nullable().describe("null: without limit.");
}
json::value number(const std::optional<std::int64_t>& value) {
    return value ? json::value(*value) : json::value{};
}

Schema plan_schema() {
    return object(
        "Plan",
        "What can be subscribed to; prices are a month's.",
        {
            {"code", text(plain), Presence::output},
            {"name", text(plain), Presence::output},
            {"currency", text(plain), Presence::output},
            {"base_price_minor", amount(), Presence::output},
            {"database_price_minor", amount(), Presence::output},
            {"storage_gib_price_minor", amount(), Presence::output},
            {"included_databases", amount(), Presence::output},
            {"included_storage_bytes", amount(), Presence::output},
            {"max_databases", limit_schema(), Presence::output},
            {"max_storage_bytes", limit_schema(), Presence::output},
        }
    );
}
json::object to_json(const billing::Plan& plan) {
    return {
        {"code", plan.code},
        {"name", plan.name},
        {"currency", plan.currency},
        {"base_price_minor", plan.base_price_minor},
        {"database_price_minor", plan.database_price_minor},
        {"storage_gib_price_minor", plan.storage_gib_price_minor},
        {"included_databases", plan.included_databases},
        {"included_storage_bytes", plan.included_storage_bytes},
        {"max_databases", number(plan.max_databases)},
        {"max_storage_bytes", number(plan.max_storage_bytes)},
    };
}

Schema subscription_schema() {
    return object(
        "Subscription",
        "The organization's plan. Without one, nothing is limited and nothing costs.",
        {
            {"id", text(plain).uuid().not_an_object(), Presence::output},
            {"plan", text(plain), Presence::output},
            {"status", text(plain), Presence::output},
            {"since", text(plain).date(), Presence::output},
            {"period_start", text(plain).date_time(), Presence::output},
            {"period_end", text(plain).date_time(), Presence::output},
            {"cancel_at_period_end", boolean(), Presence::output},
        }
    );
}
json::object to_json(const billing::Subscription& subscription) {
    return {
        {"id", subscription.id},
        {"plan", subscription.plan_code},
        {"status", subscription.status},
        {"since", subscription.since},
        {"period_start", subscription.period_start},
        {"period_end", subscription.period_end},
        {"cancel_at_period_end", subscription.cancel_at_period_end},
    };
}

Schema invoice_schema() {
    return object(
        "Invoice",
        "A month, computed from what was used; it can be computed again.",
        {
            {"id", text(plain).uuid().id_of("invoice"), Presence::output},
            {"number", text(plain).nullable(), Presence::output},
            {"status", text(plain), Presence::output},
            {"currency", text(plain), Presence::output},
            {"period_start", text(plain), Presence::output},
            {"period_end", text(plain), Presence::output},
            {"issued_at", text(plain).nullable(), Presence::output},
            {"due_at", text(plain).nullable(), Presence::output},
            {"paid_at", text(plain).nullable(), Presence::output},
            {"provider_reference", text(plain).nullable(), Presence::output},
            {"subtotal_minor", amount(), Presence::output},
            {"tax_minor", amount(), Presence::output},
            {"total_minor", amount(), Presence::output},
            {"lines",
             list(object(
                 "InvoiceLine",
                 "What it is for.",
                 {
                     {"metric", text(plain), Presence::output},
                     {"description", text(plain), Presence::output},
                     {"quantity", text(plain).describe("A decimal."), Presence::output},
                     {"unit_price_minor", text(plain), Presence::output},
                     {"amount_minor", amount(), Presence::output},
                 }
             )),
             Presence::output},
        }
    );
}
json::object to_json(const billing::Invoice& invoice) {
    json::array lines;
    for (const auto& line : invoice.lines) {
        lines.push_back(json::object{
            {"metric", line.metric},
            {"description", line.description},
            {"quantity", line.quantity},
            {"unit_price_minor", line.unit_price_minor},
            {"amount_minor", line.amount_minor},
        });
    }
    return {
        {"id", invoice.id},
        {"number", text_or_null(invoice.number)},
        {"status", invoice.status},
        {"currency", invoice.currency},
        {"period_start", invoice.period_start},
        {"period_end", invoice.period_end},
        {"issued_at", text_or_null(invoice.issued_at)},
        {"due_at", text_or_null(invoice.due_at)},
        {"paid_at", text_or_null(invoice.paid_at)},
        {"provider_reference", text_or_null(invoice.provider_reference)},
        {"subtotal_minor", invoice.subtotal_minor},
        {"tax_minor", invoice.tax_minor},
        {"total_minor", invoice.total_minor},
        {"lines", std::move(lines)},
    };
}

Schema method_schema() {
    return object(
        "PaymentMethod",
        "How is paid. No number of a card is ever kept.",
        {
            {"id", text(plain).uuid().id_of("payment_method"), Presence::output},
            {"provider", text(plain).length(1, 100), Presence::required},
            {"provider_token",
             text(secret).length(1, 500).describe("What the provider calls it."),
             Presence::required_input},
            {"kind", text(plain).one_of({"card", "bank_account", "wallet"}), Presence::required},
            {"brand", text(plain).length(1, 50).nullable(), Presence::optional},
            {"last4", text(plain).length(4, 4).nullable(), Presence::optional},
            {"expires_month", integer().range(1, 12).nullable(), Presence::optional},
            {"expires_year", integer().range(2000, 2100).nullable(), Presence::optional},
            {"is_default", boolean(), Presence::optional},
        }
    );
}
json::object to_json(const billing::PaymentMethod& method) {
    const auto part = [](int value) { return value == 0 ? json::value{} : json::value(value); };
    return {
        {"id", method.id},
        {"provider", method.provider},
        {"kind", method.kind},
        {"brand", text_or_null(method.brand)},
        {"last4", text_or_null(method.last4)},
        {"expires_month", part(method.expires_month)},
        {"expires_year", part(method.expires_year)},
        {"is_default", method.is_default},
    };
}

template <class T>
Reply all(const std::vector<T>& rows) {
    json::array items;
    for (const auto& row : rows) items.push_back(to_json(row));
    return Reply::page(std::move(items), {});
}

Result<Reply> use(const Services& services, Call& call) {
    const auto from = query_text(call, "from").value_or("");
    const auto before = query_text(call, "before").value_or("");
    DRYDOCK_TRY(const auto rows, billing::usage_report(services.store, actor(call), from, before, call.limits));
    json::array items;
    for (const auto& row : rows) {
        items.push_back(json::object{
            {"project_id", row.project_id},
            {"project", row.project},
            {"metric", row.metric},
            {"days", row.days},
            {"average", text_or_null(row.average)},
            {"peak", text_or_null(row.peak)},
            {"latest", text_or_null(row.latest)},
            {"limit", number(row.limit)},
        });
    }
    return Reply::page(std::move(items), {});
}

Result<Reply> add_method(const Services& services, Call& call) {
    const billing::NewPaymentMethod wanted{
        .provider = text_field(call, "provider"),
        .provider_token = Secret{text_field(call, "provider_token")},
        .kind = text_field(call, "kind"),
        .brand = text_field(call, "brand"),
        .last4 = text_field(call, "last4"),
        .expires_month = static_cast<int>(optional_integer(call, "expires_month").value_or(0)),
        .expires_year = static_cast<int>(optional_integer(call, "expires_year").value_or(0)),
        .make_default = optional_boolean(call, "is_default").value_or(false),
    };
    DRYDOCK_TRY(
        const auto id,
        billing::add_payment_method(services.store, services.identity.keyring, actor(call), wanted, call.limits)
    );
    DRYDOCK_TRY(const auto methods, billing::payment_methods(services.store, actor(call), call.limits));
    for (const auto& method : methods) {
        if (method.id == id) return Reply{to_json(method)};
    }
    return Error{.message = "a payment method that was added is not there"};
}

Result<Reply> set_limits(const Services& services, Call& call) {
    const billing::ProjectLimits wanted{
        .max_databases = optional_integer(call, "max_databases"),
        .max_storage_bytes = optional_integer(call, "max_storage_bytes")
    };
    DRYDOCK_TRY_VOID(billing::set_limits(services.store, actor(call), call.path_text("id"), wanted, call.limits));
    return Reply{};
}

Result<Reply> settle(const Services& services, Call& call) {
    const auto status = text_field(call, "status");
    DRYDOCK_TRY(
        const auto settled,
        billing::settle_invoice(
            services.store,
            actor(call),
            call.path_text("id"),
            status == "paid"   ? billing::Settlement::paid
            : status == "void" ? billing::Settlement::void_
                               : billing::Settlement::uncollectible,
            text_field(call, "provider_reference"),
            call.limits
        )
    );
    return Reply{to_json(settled)};
}

std::vector<Route> plan_part(const Services& services) {
    const Drafts drafts{"billing"};
    const auto read = Access::permission("billing:read");
    const auto write = Access::permission("billing:write");
    std::vector<Route> routes;
    routes.push_back(drafts.read(
        "/api/v2/plans",
        "list_plans",
        "What can be subscribed to",
        Access::permission("limits:read"),
        many(plan_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, billing::plans(services.store, actor(call), call.limits));
            return all(found);
        }
    ));
    routes.push_back(drafts.read(
        kSubscription,
        "get_subscription",
        "The organization's plan",
        read,
        one(subscription_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, billing::subscription(services.store, actor(call), call.limits));
            if (!found)
                return Error{
                    .code = ErrorCode::not_found,
                    .message = "the organization has no plan",
                    .hint = "Without one, nothing is limited and nothing costs."
                };
            return Reply{to_json(*found)};
        }
    ));
    auto change = drafts.change(
        Method::put,
        kSubscription,
        "change_plan",
        "Another plan, from today on",
        write,
        one(subscription_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto now, billing::change_plan(services.store, actor(call), text_field(call, "plan"), call.limits)
            );
            return Reply{to_json(now)};
        }
    );
    change.request = object(
        "PlanChange", "Which.", {{"plan", text(plain).length(1, 63).example("self-hosted"), Presence::required_input}}
    );
    auto cancel = drafts.change(
        Method::remove,
        kSubscription,
        "cancel_plan",
        "End the plan with the month",
        write,
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(billing::cancel_plan(services.store, actor(call), call.limits));
            return Reply{};
        }
    );
    for (auto* const route : {&change, &cancel}) {
        route->needs_step_up = true;
        routes.push_back(std::move(*route));
    }
    auto usage = drafts.read(
        "/api/v2/usage",
        "get_usage",
        "What each project used, and may",
        Access::permission("usage:read"),
        many(object(
            "Usage",
            "Of one metric in a span of days.",
            {
                {"project_id", text(plain).uuid().id_of("project"), Presence::output},
                {"project", text(plain), Presence::output},
                {"metric", text(plain), Presence::output},
                {"days", integer().range(0, INT64_MAX), Presence::output},
                {"average", text(plain).nullable(), Presence::output},
                {"peak", text(plain).nullable(), Presence::output},
                {"latest", text(plain).nullable(), Presence::output},
                {"limit", limit_schema(), Presence::output},
            }
        )),
        [&services](Call& call) { return use(services, call); }
    );
    usage.query = {
        {"from", text(plain).date(), Presence::required},
        {"before", text(plain).date().describe("Not with it."), Presence::required}
    };
    routes.push_back(std::move(usage));
    auto limits = drafts.change(
        Method::put,
        "/api/v2/projects/{id:uuid}/limits",
        "set_project_limits",
        "A project's own limits, in place of the plan's",
        Access::permission("limits:write"),
        nothing(),
        [&services](Call& call) { return set_limits(services, call); }
    );
    limits.request = object(
        "ProjectLimits",
        "null or left out: as the plan says.",
        {{"max_databases", limit_schema(), Presence::input}, {"max_storage_bytes", limit_schema(), Presence::input}}
    );
    limits.path_objects = {{"id", "project"}};
    routes.push_back(std::move(limits));
    return routes;
}

std::vector<Route> invoice_part(const Services& services) {
    const Drafts drafts{"billing"};
    const auto read = Access::permission("billing:read");
    auto listing = drafts.read(
        kInvoices,
        "list_invoices",
        "Invoices, the newest first",
        read,
        many(invoice_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, billing::invoices(services.store, actor(call), call.limits));
            return all(found);
        }
    );
    auto single = drafts.read(
        kInvoices + "/{id:uuid}",
        "get_invoice",
        "One of them, with its lines",
        read,
        one(invoice_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto found, billing::invoice(services.store, actor(call), call.path_text("id"), call.limits)
            );
            return Reply{to_json(found)};
        }
    );
    auto check = drafts.change(
        Method::post,
        kInvoices + "/{id:uuid}/verify",
        "verify_invoice",
        "Compute it again from the usage, and compare",
        read,
        one(object(
            "InvoiceCheck",
            "Where it differs.",
            {
                {"differences", list(text(plain)), Presence::output},
                {"issued", boolean(), Presence::output},
            }
        )),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto checked,
                billing::verify_invoice(services.store, actor(call), call.path_text("id"), call.limits)
            );
            return Reply{
                json::object{{"differences", json::value_from(checked.differences)}, {"issued", checked.issued}}
            };
        }
    );
    auto computing = drafts.change(
        Method::post,
        kInvoices,
        "compute_invoice",
        "The draft of a month from what was used until now; it can be computed again and again",
        Access::permission("billing:write"),
        one(invoice_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto made,
                billing::compute_invoice(services.store, actor(call), text_field(call, "period"), call.limits)
            );
            return Reply{to_json(made)};
        }
    );
    computing.request = object(
        "InvoiceMonth",
        "Which.",
        {{"period", text(plain).length(7, 7).example("2026-07").describe("A month in UTC."), Presence::required_input}}
    );
    auto settling = drafts.change(
        Method::post,
        kInvoices + "/{id:uuid}/settle",
        "settle_invoice",
        "Say what became of an issued invoice",
        Access::permission("billing:write"),
        one(invoice_schema()),
        [&services](Call& call) { return settle(services, call); }
    );
    settling.request = object(
        "InvoiceSettlement",
        "Paid and void are for good; a void one makes room for the month to be computed anew.",
        {
            {"status", text(plain).one_of({"paid", "void", "uncollectible"}), Presence::required_input},
            {"provider_reference",
             text(plain).length(1, 200).describe("Of one that is paid: what the provider calls the payment."),
             Presence::input},
        }
    );
    for (auto* const route : {&check, &computing}) route->rate = RateClass::expensive;
    for (auto* const route : {&single, &check, &settling}) route->path_objects = {{"id", "invoice"}};
    return {std::move(listing), std::move(single), std::move(check), std::move(computing), std::move(settling)};
}

std::vector<Route> method_part(const Services& services) {
    const Drafts drafts{"billing"};
    const auto write = Access::permission("billing:write");
    auto listing = drafts.read(
        kMethods,
        "list_payment_methods",
        "How the organization pays",
        Access::permission("billing:read"),
        many(method_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(const auto found, billing::payment_methods(services.store, actor(call), call.limits));
            return all(found);
        }
    );
    auto adding = drafts.change(
        Method::post,
        kMethods,
        "add_payment_method",
        "Another way to pay, by the provider's token",
        write,
        one(method_schema(), 201),
        [&services](Call& call) { return add_method(services, call); }
    );
    adding.request = method_schema();
    auto choosing = drafts.change(
        Method::post,
        kMethods + "/{id:uuid}/default",
        "make_default_payment_method",
        "Pay by this one",
        write,
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(
                billing::make_default_payment_method(services.store, actor(call), call.path_text("id"), call.limits)
            );
            return Reply{};
        }
    );
    auto removing = drafts.change(
        Method::remove,
        kMethods + "/{id:uuid}",
        "remove_payment_method",
        "Not by this one any more",
        write,
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(
                billing::remove_payment_method(services.store, actor(call), call.path_text("id"), call.limits)
            );
            return Reply{};
        }
    );
    for (auto* const route : {&choosing, &removing}) route->path_objects = {{"id", "payment_method"}};
    return {std::move(listing), std::move(adding), std::move(choosing), std::move(removing)};
}

}  // namespace

std::vector<Route> billing_routes(const Services& services) {
    std::vector<Route> routes;
    for (auto* const part : {plan_part, invoice_part, method_part}) {
        for (auto& route : part(services)) routes.push_back(std::move(route));
    }
    return routes;
}

}  // namespace drydock::api
