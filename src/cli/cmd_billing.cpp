#include <chrono>
#include <ctime>
#include <memory>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// plan, usage, invoice: what may be used, what was, and what it costs.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string which;
    std::optional<std::string> from;
    std::optional<std::string> before;
    std::optional<std::string> month;
    std::optional<std::string> reference;
    std::string outcome;
};

std::int64_t number(const json::object& object, std::string_view key) {
    const auto* const value = object.if_contains(key);
    return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

// An amount of a currency with two places, as nearly all have.
std::string money(const json::object& object, std::string_view key, const std::string& currency) {
    const auto amount = number(object, key);
    const auto whole = amount < 0 ? -amount : amount;
    return fmt::format("{}{}.{:02} {}", amount < 0 ? "-" : "", whole / 100, whole % 100, currency);
}

std::string most(const json::object& object, std::string_view key) {
    const auto text = shown(object, key);
    return text.empty() ? "no limit" : text;
}

std::string most_bytes(const json::object& object, std::string_view key) {
    return shown(object, key).empty() ? "no limit" : human_bytes(static_cast<std::uint64_t>(number(object, key)));
}

Result<int> list_plans(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/plans",
         .columns =
             {{"plan"},
              {"name"},
              {"a month", Table::Align::right},
              {"a database", Table::Align::right},
              {"a GiB", Table::Align::right},
              {"databases a project", Table::Align::right},
              {"storage a project", Table::Align::right}},
         .row = [](const json::object& plan) -> std::vector<Table::Cell> {
             const auto currency = shown(plan, "currency");
             return {
                 {shown(plan, "code"), Tone::bold},
                 shown(plan, "name"),
                 money(plan, "base_price_minor", currency),
                 money(plan, "database_price_minor", currency),
                 money(plan, "storage_gib_price_minor", currency),
                 most(plan, "max_databases"),
                 most_bytes(plan, "max_storage_bytes")
             };
         },
         .when_empty = "no plans: nothing is limited and nothing costs"}
    ));
    return 0;
}

Result<int> show_plan(Session& session, const Given&) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto subscription, api.get("/subscription", session.limits()));
    print_object(session, subscription.as_object());
    return 0;
}

Result<int> change_plan(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(
        const auto changed, api.call("PUT", "/subscription", json::object{{"plan", given.which}}, session.limits())
    );
    print_done(session, fmt::format("the plan is {} from today on", given.which), changed.body.as_object());
    return 0;
}

Result<int> cancel_plan(Session& session, const Given&) {
    auto api = remote(session);
    DRYDOCK_TRY_VOID(agree(session, "End the plan with this month?"));
    DRYDOCK_TRY_VOID(api.call("DELETE", "/subscription", {}, session.limits()));
    print_done(session, "the plan ends with this month; `drydock plan change` takes that back", {{"cancelled", true}});
    return 0;
}

// Days of the API: the present month, unless others are given.
std::string first_of_month() {
    return fmt::format("{:%Y-%m-01}", fmt::gmtime(std::time(nullptr)));
}
std::string tomorrow() {
    return fmt::format(
        "{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr) + std::chrono::seconds{std::chrono::days{1}}.count())
    );
}

Result<int> usage(Session& session, const Given& given) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = with_query(
             "/usage", {{"from", given.from.value_or(first_of_month())}, {"before", given.before.value_or(tomorrow())}}
         ),
         .columns =
             {{"project"},
              {"of what"},
              {"days", Table::Align::right},
              {"average", Table::Align::right},
              {"most", Table::Align::right},
              {"latest", Table::Align::right},
              {"limit", Table::Align::right}},
         .row = [](const json::object& row) -> std::vector<Table::Cell> {
             return {
                 {shown(row, "project"), Tone::bold},
                 shown(row, "metric"),
                 shown(row, "days"),
                 shown(row, "average"),
                 shown(row, "peak"),
                 shown(row, "latest"),
                 most(row, "limit")
             };
         },
         .when_empty = "nothing was recorded in these days"}
    ));
    return 0;
}

const Kind& invoice_kind() {
    static const Kind kind{
        .noun = "invoice", .list = "drydock invoice list", .path = "/invoices", .id = "id", .names = {"number"}
    };
    return kind;
}

Result<int> list_invoices(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/invoices",
         .columns = {{"number"}, {"status"}, {"from"}, {"to"}, {"total", Table::Align::right}, {"due"}, {"id"}},
         .row = [](const json::object& invoice) -> std::vector<Table::Cell> {
             return {
                 {shown(invoice, "number"), Tone::bold},
                 shown_state(invoice, "status"),
                 shown(invoice, "period_start").substr(0, 10),
                 shown(invoice, "period_end").substr(0, 10),
                 money(invoice, "total_minor", shown(invoice, "currency")),
                 shown(invoice, "due_at").substr(0, 10),
                 shown(invoice, "id")
             };
         },
         .when_empty = "no invoices"}
    ));
    return 0;
}

Result<int> print_invoice(Session& session, json::object invoice) {
    if (session.json()) {
        session.print_json(invoice);
        return 0;
    }
    const auto currency = shown(invoice, "currency");
    Table table{{{"for"}, {"quantity", Table::Align::right}, {"amount", Table::Align::right}}};
    for (const auto& item : invoice.at("lines").as_array()) {
        const auto& line = item.as_object();
        table.add({shown(line, "description"), shown(line, "quantity"), money(line, "amount_minor", currency)});
    }
    for (const char* const key : {"subtotal", "tax", "total"})
        table.add({{key, Tone::bold}, "", money(invoice, fmt::format("{}_minor", key), currency)});
    for (const char* const key : {"lines", "subtotal_minor", "tax_minor", "total_minor"}) invoice.erase(key);
    print_object(session, invoice);
    session.print("\n" + table.text(session.out()));
    return 0;
}

Result<int> show_invoice(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, invoice_kind(), given.which, session.limits()));
    DRYDOCK_TRY(const auto answer, api.get("/invoices/" + shown(found, "id"), session.limits()));
    return print_invoice(session, answer.as_object());
}

Result<int> verify_invoice(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, invoice_kind(), given.which, session.limits()));
    DRYDOCK_TRY(
        const auto answer, api.call("POST", "/invoices/" + shown(found, "id") + "/verify", {}, session.limits())
    );
    const auto& report = answer.body.as_object();
    const auto& differences = report.at("differences").as_array();
    if (session.json()) {
        session.print_json(report);
    } else if (differences.empty()) {
        session.tell("it is what the usage and the terms give\n");
    } else {
        for (const auto& difference : differences)
            session.print(fmt::format("{}\n", printable(std::string{difference.as_string()})));
    }
    return differences.empty() ? 0 : traits(ErrorCode::drift).exit_code;
}

// The month that is on, unless another is named: what it would cost if it ended now.
Result<int> compute_invoice(Session& session, const Given& given) {
    auto api = remote(session);
    const auto month = given.month.value_or(first_of_month().substr(0, 7));
    DRYDOCK_TRY(const auto made, api.call("POST", "/invoices", json::object{{"period", month}}, session.limits()));
    return print_invoice(session, made.body.as_object());
}

Result<int> settle_invoice(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, invoice_kind(), given.which, session.limits()));
    DRYDOCK_TRY_VOID(
        agree(session, fmt::format("{} is {}: shall that stand for good?", shown(found, "number"), given.outcome))
    );
    json::object body{{"status", given.outcome}};
    if (given.reference) body["provider_reference"] = *given.reference;
    DRYDOCK_TRY(
        const auto settled, api.call("POST", "/invoices/" + shown(found, "id") + "/settle", body, session.limits())
    );
    print_done(session, fmt::format("{} is {} now", shown(found, "number"), given.outcome), settled.body.as_object());
    return 0;
}

}  // namespace

void declare_billing(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* noun, const char* name, const char* what, auto run) {
        return arguments.verb(noun, name, what, [given, run](Session& s) { return run(s, *given); });
    };
    arguments.noun("plan", "What the organization may use, and its price");
    verb("plan", "list", "What can be subscribed to", list_plans).example("drydock plan list");
    verb("plan", "show", "The organization's own", show_plan).example("drydock plan show");
    verb("plan", "change", "Another one, from today on", change_plan)
        .argument("PLAN", given->which, "Its code")
        .example("drydock plan change team");
    verb("plan", "cancel", "End it with the month", cancel_plan).example("drydock plan cancel");
    verb("", "usage", "What each project used, and may", usage)
        .option("--from", given->from, "DAY", "From this one on; left out: the first of the month (UTC)")
        .option("--before", given->before, "DAY", "Not with this one")
        .example("drydock usage")
        .example("drydock usage --from 2026-07-01 --before 2026-08-01");
    arguments.noun("invoice", "What it cost");
    verb("invoice", "list", "Invoices, the newest first", list_invoices).example("drydock invoice list");
    verb("invoice", "show", "One of them, line by line", show_invoice)
        .argument("INVOICE", given->which, "Its number or id")
        .example("drydock invoice show 2026-0001");
    verb("invoice", "verify", "Compute it again from the usage, and compare", verify_invoice)
        .argument("INVOICE", given->which, "Its number or id")
        .example("drydock invoice verify 2026-0001");
    verb("invoice", "compute", "The draft of a month, from what was used until now", compute_invoice)
        .optional_argument("MONTH", given->month, "As 2026-07; left out: the one that is on (UTC)")
        .example("drydock invoice compute")
        .example("drydock invoice compute 2026-07");
    verb("invoice", "settle", "Say what became of an issued one", settle_invoice)
        .argument("INVOICE", given->which, "Its number or id")
        .argument("STATUS", given->outcome, "paid, uncollectible or void")
        .option("--reference", given->reference, "TEXT", "Of one that is paid: what the provider calls the payment")
        .example("drydock invoice settle 2026-0001 paid --reference ch_3NO6mA");
    declare_payment(arguments);
}

}  // namespace drydock::cli
