#include <algorithm>

#include "api/drafts.h"
#include "api/json.h"
#include "api/oidc_flow.h"
#include "api/routes.h"

// Accounts elsewhere that one signs in by: adding one while signed in, and taking it away.
namespace drydock::api {
namespace {

using namespace http;

const std::string kProviders = "/api/v2/me/providers";

Schema linked_schema() {
    return object(
        "LinkedProvider",
        "An account elsewhere that you sign in by.",
        {
            {"id", text(plain).uuid().id_of("identity"), Presence::output},
            {"issuer", text(plain), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
        }
    );
}

Result<Reply> list_linked(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto found, identity::linked_providers(services.identity, who(call).identity, call.limits));
    json::array items;
    for (const auto& one : found)
        items.push_back(json::object{{"id", one.id}, {"issuer", one.issuer}, {"created_at", one.created_at}});
    return Reply::page(std::move(items), {});
}

Result<Reply> begin(const Services& services, Call& call) {
    if (services.oidc == nullptr) return no_provider();
    DRYDOCK_TRY(
        const auto begun,
        services.oidc->start_linking(who(call).identity, call.path_text("name"), redirect_uri(services), call.limits)
    );
    const bool in_cookie = optional_boolean(call, "cookies").value_or(false);
    Reply reply{json::object{{"url", begun.url}, {"flow", in_cookie ? json::value{} : json::value(begun.flow.reveal())}}
    };
    if (in_cookie) keep_flow(call, reply, begun.flow);
    return reply;
}

// What the provider put into the address that it sent the browser back to.
Result<identity::OidcReturn> read_return(const Services& services, Call& call) {
    const auto address = text_field(call, "address");
    const auto query = address.find('?');
    const auto parameters =
        query == std::string::npos
            ? std::nullopt
            : parse_query(std::string_view{address}.substr(query + 1, address.find('#') - query - 1));
    const bool ours = address.starts_with(redirect_uri(services) + "?");
    if (!ours || !parameters) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "this is not the address that the provider sent the browser to",
            .hint = "It begins with " + redirect_uri(services) + "?",
        };
    }
    const auto value = [&](std::string_view name) {
        const auto found = std::ranges::find(*parameters, name, [](const auto& pair) { return pair.first; });
        return found == parameters->end() ? std::string{} : found->second;
    };
    return identity::OidcReturn{
        .flow = Secret{text_field(call, "flow")},
        .redirect_uri = redirect_uri(services),
        .state = value("state"),
        .code = value("code"),
        .iss = value("iss"),
        .error = value("error"),
        .peer = peer(call),
    };
}

Result<Reply> finish(const Services& services, Call& call) {
    if (services.oidc == nullptr) return no_provider();
    DRYDOCK_TRY(const auto back, read_return(services, call));
    DRYDOCK_TRY(const auto done, services.oidc->finish_linking(who(call).identity, back, call.limits));
    return Reply{json::object{{"email", done.email}}};
}

}  // namespace

std::vector<Route> provider_routes(const Services& services) {
    const Drafts drafts{"account"};
    const auto mine = Access::signed_in();
    auto listing = drafts.read(
        kProviders,
        "list_linked_providers",
        "Accounts elsewhere that you sign in by",
        mine,
        many(linked_schema()),
        [&services](Call& call) { return list_linked(services, call); }
    );
    auto beginning = drafts.change(
        Method::post,
        kProviders + "/{name:slug}/link",
        "begin_linking",
        "Add an account elsewhere to yours: where to send your browser",
        mine,
        one(object(
                "LinkStart",
                "Good for ten minutes.",
                {
                    {"url", text(bulk).describe("Open it in a browser."), Presence::output},
                    {"flow",
                     text(bulk).nullable().describe("To finish with; null where it is in a cookie."),
                     Presence::output},
                }
            ),
            201),
        [&services](Call& call) { return begin(services, call); }
    );
    beginning.request = object(
        "LinkRequest",
        "For whom.",
        {
            {"cookies",
             boolean().fallback(false).describe("For a page: this browser goes there, and coming back finishes it."),
             Presence::optional},
        }
    );
    beginning.needs_step_up = true;
    auto finishing = drafts.change(
        Method::post,
        kProviders + "/finish",
        "finish_linking",
        "Finish what was begun without a cookie, with the address that the browser came to",
        mine,
        one(object("Linked", "Whose account it is there.", {{"email", text(personal), Presence::output}})),
        [&services](Call& call) { return finish(services, call); }
    );
    finishing.request = object(
        "LinkFinish",
        "What the start gave, and where it led.",
        {
            {"flow", text(secret).length(1, 200), Presence::required_input},
            {"address", text(secret).length(1, 10'000), Presence::required_input},
        }
    );
    auto removing = drafts.change(
        Method::remove,
        kProviders + "/{id:uuid}",
        "unlink_provider",
        "Sign in by it no more; never the only way in that you have",
        mine,
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(identity::unlink_provider(
                services.identity, who(call).identity, call.path_text("id"), peer(call), call.limits
            ));
            return Reply{};
        }
    );
    removing.path_objects = {{"id", "identity"}};
    removing.needs_step_up = true;
    for (auto* const route : {&beginning, &finishing}) route->rate = RateClass::login;
    return {std::move(listing), std::move(beginning), std::move(finishing), std::move(removing)};
}

}  // namespace drydock::api
