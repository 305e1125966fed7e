#include <charconv>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// payment: how the organization pays.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string which;
    std::string kind = "card";
    std::optional<std::string> token_file;
    std::optional<std::string> brand;
    std::optional<std::string> last4;
    std::optional<std::string> expires;
    bool is_default = false;
};

const Kind& method_kind() {
    static const Kind kind{
        .noun = "payment method",
        .list = "drydock payment list",
        .path = "/payment-methods",
        .id = "id",
        .names = {"provider", "last4"}
    };
    return kind;
}

std::string called(const json::object& method) {
    auto text = shown(method, "provider");
    for (const char* const part : {"brand", "last4"})
        if (const auto more = shown(method, part); !more.empty()) text += " " + more;
    return text;
}

std::string expiry(const json::object& method) {
    const auto month = shown(method, "expires_month");
    return month.empty() ? std::string{} : fmt::format("{}-{:0>2}", shown(method, "expires_year"), month);
}

Result<int> list(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/payment-methods",
         .columns =
             {{"provider"}, {"kind"}, {"brand"}, {"last four"}, {"until"}, {""}, {"id", Table::Align::left, true}},
         .row = [](const json::object& method) -> std::vector<Table::Cell> {
             return {
                 {shown(method, "provider"), Tone::bold},
                 shown(method, "kind"),
                 shown(method, "brand"),
                 shown(method, "last4"),
                 expiry(method),
                 shown(method, "is_default") == "true" ? "default" : "",
                 shown(method, "id")
             };
         },
         .when_empty = "none"}
    ));
    return 0;
}

// "2029-07"
Result<> read_expiry(const std::string& text, json::object& body) {
    int year = 0;
    int month = 0;
    const bool shaped = text.size() == 7 && text[4] == '-';
    const auto* const begin = text.data();
    if (!shaped || std::from_chars(begin, begin + 4, year).ptr != begin + 4 ||
        std::from_chars(begin + 5, begin + 7, month).ptr != begin + 7) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "--expires is not a month",
            .hint = "Write it as 2029-07.",
        };
    }
    body["expires_year"] = year;
    body["expires_month"] = month;
    return {};
}

Result<int> add(Session& session, const Given& given) {
    json::object body{{"provider", given.which}, {"kind", given.kind}, {"is_default", given.is_default}};
    if (given.brand) body["brand"] = *given.brand;
    if (given.last4) body["last4"] = *given.last4;
    if (given.expires) DRYDOCK_TRY_VOID(read_expiry(*given.expires, body));
    DRYDOCK_TRY(const auto token, read_secret(session, given.token_file, "provider's token"));
    body["provider_token"] = token.reveal();
    auto api = remote(session);
    DRYDOCK_TRY(const auto made, api.call("POST", "/payment-methods", body, session.limits()));
    const auto& method = made.body.as_object();
    print_done(session, fmt::format("added {}", called(method)), method);
    return 0;
}

Result<int> make_default(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, method_kind(), given.which, session.limits()));
    const auto id = shown(found, "id");
    DRYDOCK_TRY_VOID(api.call("POST", "/payment-methods/" + id + "/default", {}, session.limits()));
    print_done(session, fmt::format("it is paid by {} now", called(found)), {{"id", id}, {"is_default", true}});
    return 0;
}

Result<int> remove(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, method_kind(), given.which, session.limits()));
    DRYDOCK_TRY_VOID(agree(session, fmt::format("Remove {}?", called(found))));
    const auto id = shown(found, "id");
    DRYDOCK_TRY_VOID(api.call("DELETE", "/payment-methods/" + id, {}, session.limits()));
    print_done(session, fmt::format("removed {}", called(found)), {{"removed", id}});
    return 0;
}

}  // namespace

void declare_payment(Arguments& arguments) {
    arguments.noun("payment", "How the organization pays");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("payment", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("list", "Its ways to pay", list).example("drydock payment list");
    verb("add", "Another one, by a payment provider's token", add)
        .argument("PROVIDER", given->which, "A short name in small letters")
        .option("--token-file", given->token_file, "FILE", "Its first line is the token; - is standard input")
        .choice("--kind", given->kind, {"card", "bank_account", "wallet"}, "What it is")
        .option("--brand", given->brand, "TEXT", "Of a card")
        .option("--last4", given->last4, "DIGITS", "Of a card: its last four digits, and never the number")
        .option("--expires", given->expires, "MONTH", "Of a card: as 2029-07")
        .flag("--default", given->is_default, "Pay by it from now on")
        .example("drydock payment add acme --token-file token --brand Visa --last4 4242 --expires 2029-07");
    verb("default", "Pay by this one", make_default)
        .argument("METHOD", given->which, "Its id, or provider or last four digits where that is clear")
        .example("drydock payment default acme");
    verb("remove", "Not by this one any more", remove)
        .argument("METHOD", given->which, "Its id, or provider or last four digits where that is clear")
        .example("drydock payment remove 4242");
}

}  // namespace drydock::cli
