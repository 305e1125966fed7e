#include <fmt/format.h>

#include "api/drafts.h"
#include "api/hooks.h"
#include "api/json.h"
#include "api/oidc_flow.h"
#include "api/routes.h"
#include "api/token_answers.h"
#include "base/encoding.h"

// Signing in by another provider (OpenID Connect). The browser goes there and comes back to the callback, which leaves
// the session in cookies; what is still to be asked (a second factor, a password) goes to the page in its fragment,
// which no server and no log ever sees.
namespace drydock::api {
namespace {

using namespace http;

const std::string kSignIn = "/api/v2/sign-in";
const std::string kCallback = kSignIn + "/callback";
constexpr unsigned kSeeOther = 303;

Reply go_to(std::string where) {
    Reply reply;
    reply.status = kSeeOther;
    reply.headers.add("Location", std::move(where));
    return reply;
}

Result<Reply> choices(const Services& services) {
    json::array items;
    if (services.oidc != nullptr) {
        for (const auto& choice : services.oidc->choices())
            items.push_back(json::object{{"name", choice.name}, {"title", choice.title}});
    }
    return Reply::page(std::move(items), {});
}

Result<Reply> start(const Services& services, Call& call) {
    if (services.oidc == nullptr) return no_provider();
    DRYDOCK_TRY(const auto begun, services.oidc->start(call.path_text("name"), redirect_uri(services), call.limits));
    auto reply = go_to(begun.url);
    keep_flow(call, reply, begun.flow);
    return reply;
}

Result<Reply> come_back(const Services& services, Call& call) {
    if (services.oidc == nullptr) return no_provider();
    const auto text = [&](std::string_view name) { return query_text(call, name).value_or(""); };
    identity::OidcReturn back{
        .flow = kept_flow(call),
        .redirect_uri = redirect_uri(services),
        .state = text("state"),
        .code = text("code"),
        .iss = text("iss"),
        .error = text("error"),
        .peer = peer(call),
    };
    DRYDOCK_TRY(const auto answer, services.oidc->finish(back, call.limits));
    Reply reply;
    if (answer.linked) {
        reply = go_to("/#linked");
    } else if (answer.login.tokens) {
        reply = go_to("/");
        put_into_cookies(call, reply, *answer.login.tokens);
    } else if (!answer.confirm.empty()) {
        reply = go_to("/#confirm=" + percent_encoded(answer.confirm.reveal()));
    } else {
        reply = go_to("/#challenge=" + percent_encoded(answer.login.challenge.reveal()));
    }
    forget_flow(call, reply);
    return reply;
}

Result<Reply> confirm(const Services& services, Call& call) {
    if (services.oidc == nullptr) return no_provider();
    DRYDOCK_TRY(
        const auto answer,
        services.oidc->confirm(
            Secret{text_field(call, "confirm")}, Secret{text_field(call, "password")}, peer(call), call.limits
        )
    );
    if (answer.tokens) return give(call, *answer.tokens, optional_boolean(call, "cookies").value_or(false));
    auto body = no_tokens();
    body["challenge"] = answer.challenge.reveal();
    return Reply{std::move(body)};
}

}  // namespace

std::vector<Route> sign_in_routes(const Services& services) {
    const Drafts drafts{"sessions"};
    const Answer away{.status = kSeeOther, .media = "text/plain"};
    auto listing = drafts.read(
        kSignIn,
        "list_providers",
        "By which other providers one may sign in",
        Access::anyone(),
        many(object(
            "Provider",
            "A way to sign in.",
            {
                {"name", text(plain), Presence::output},
                {"title", text(plain), Presence::output},
            }
        )),
        [&services](Call&) { return choices(services); }
    );
    auto going = drafts.read(
        kSignIn + "/{name:slug}/start",
        "start_sign_in",
        "Go to a provider: an answer that a browser follows",
        Access::anyone(),
        away,
        [&services](Call& call) { return start(services, call); }
    );
    auto back = drafts.read(
        kCallback,
        "finish_sign_in",
        "Where the provider sends the browser back to",
        Access::anyone(),
        away,
        [&services](Call& call) { return come_back(services, call); }
    );
    back.query = {
        {"state", text(plain).length(1, 2000)},
        {"code", text(plain).length(1, 4000)},
        {"iss", text(plain).length(1, 500)},
        {"error", text(plain).length(1, 200)},
        {"error_description", text(plain).length(0, 2000)},
        {"session_state", text(plain).length(0, 500)},
        {"scope", text(plain).length(0, 500)},
    };
    auto confirming = drafts.change(
        Method::post,
        kSignIn + "/confirm",
        "confirm_provider",
        "Add the provider to the account that has its address already, with the account's password",
        Access::anyone(),
        one(tokens_schema()),
        [&services](Call& call) { return confirm(services, call); }
    );
    confirming.request = object(
        "ProviderConfirmation",
        "What the fragment said, and your password.",
        {
            {"confirm", text(secret).length(1, 2000), Presence::required_input},
            {"password", text(secret).length(1, 1000), Presence::required_input},
            {"cookies", boolean().fallback(false), Presence::optional},
        }
    );
    for (auto* const route : {&going, &back, &confirming}) route->rate = RateClass::login;
    return {std::move(listing), std::move(going), std::move(back), std::move(confirming)};
}

}  // namespace drydock::api
