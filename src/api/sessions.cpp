#include "api/drafts.h"
#include "api/hooks.h"
#include "api/json.h"
#include "api/routes.h"
#include "api/token_answers.h"
#include "identity/bootstrap.h"
#include "identity/login.h"
#include "identity/second_factor.h"
#include "identity/session.h"

// Signing in and out.
namespace drydock::api {
namespace {

using namespace http;

const std::string kSessions = "/api/v2/sessions";

Schema session_schema() {
    return object(
        "Session",
        "A device that you are signed in on.",
        {
            {"id", text(plain).uuid().id_of("session"), Presence::output},
            {"user_agent", text(personal), Presence::output},
            {"address", text(personal), Presence::output},
            {"methods", list(text(plain)), Presence::output},
            {"current", boolean(), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
            {"last_seen_at", text(plain).date_time(), Presence::output},
            {"expires_at", text(plain).date_time(), Presence::output},
        }
    );
}

json::object to_json(const identity::SessionInfo& session) {
    return {
        {"id", session.id},
        {"user_agent", session.user_agent},
        {"address", session.address},
        {"methods", json::value_from(session.methods)},
        {"current", session.current},
        {"created_at", session.created_at},
        {"last_seen_at", session.last_seen_at},
        {"expires_at", session.expires_at},
    };
}

bool wants_cookies(const Call& call) {
    return optional_boolean(call, "cookies").value_or(false);
}

Result<Reply> set_up(const Services& services, Call& call) {
    const auto password = text_field(call, "password");
    const identity::FirstOwner owner{
        .token = Secret{text_field(call, "token")},
        .email = text_field(call, "email"),
        .password = Secret{password},
        .display_name = text_field(call, "name"),
        .peer = peer(call),
    };
    DRYDOCK_TRY(const auto founded, identity::create_first_owner(services.identity, owner, call.limits));
    const identity::LoginRequest login{
        .email = owner.email, .password = owner.password, .organization_id = founded.organization_id, .peer = owner.peer
    };
    DRYDOCK_TRY(const auto answer, identity::log_in(services.identity, login, call.limits));
    if (!answer.tokens) return Error{.message = "a new owner was asked for a second factor"};
    return give(call, *answer.tokens, wants_cookies(call));
}

Result<Reply> log_in(const Services& services, Call& call) {
    const identity::LoginRequest login{
        .email = text_field(call, "email"), .password = Secret{text_field(call, "password")}, .peer = peer(call)
    };
    DRYDOCK_TRY(const auto answer, identity::log_in(services.identity, login, call.limits));
    if (answer.tokens) return give(call, *answer.tokens, wants_cookies(call));
    auto body = no_tokens();
    body["challenge"] = answer.challenge.reveal();
    return Reply{std::move(body)};
}

Result<Reply> second_step(const Services& services, Call& call) {
    const identity::SecondStep step{
        .challenge = Secret{text_field(call, "challenge")}, .code = text_field(call, "code"), .peer = peer(call)
    };
    DRYDOCK_TRY(const auto tokens, identity::log_in_second_step(services.identity, step, call.limits));
    return give(call, tokens, wants_cookies(call));
}

Result<Reply> refresh(const Services& services, Call& call) {
    auto token = text_field(call, "refresh_token");
    const bool by_cookie = token.empty();
    if (by_cookie) token = cookie(call.request, refresh_cookie(call.peer().secure));
    DRYDOCK_TRY(const auto tokens, identity::renew(services.identity, Secret{token}, peer(call), call.limits));
    return give(call, tokens, by_cookie);
}

Result<Reply> list_sessions(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto found, identity::sessions(services.identity, who(call).identity, call.limits));
    json::array items;
    for (const auto& session : found) items.push_back(to_json(session));
    return Reply::page(std::move(items), {});
}

Result<Reply> end(const Services& services, Call& call, std::string_view id) {
    DRYDOCK_TRY_VOID(identity::log_out(services.identity, who(call).identity, id, peer(call), call.limits));
    Reply reply;
    if (id.empty()) clear_cookies(call, reply);
    return reply;
}

Result<Reply> end_all(const Services& services, Call& call) {
    DRYDOCK_TRY_VOID(identity::log_out_everywhere(services.identity, who(call).identity, peer(call), call.limits));
    Reply reply;
    clear_cookies(call, reply);
    return reply;
}

Field cookies_field() {
    return {
        "cookies",
        boolean().fallback(false).describe("Put the tokens into cookies: for pages of a browser."),
        Presence::optional
    };
}

std::vector<Route> password_routes(const Services& services) {
    const Drafts drafts{"sessions"};
    auto setup = drafts.change(
        Method::post,
        "/api/v2/setup",
        "set_up",
        "Become the first owner, with the token that the server printed at its start",
        Access::anyone(),
        one(tokens_schema(), 201),
        [&services](Call& call) { return set_up(services, call); }
    );
    setup.request = object(
        "Setup",
        "The first owner.",
        {
            {"token", text(secret).length(1, 200), Presence::required_input},
            {"email", text(personal).email(), Presence::required_input},
            {"password", text(secret).length(1, 1000), Presence::required_input},
            {"name", text(personal).length(1, 200), Presence::input},
            cookies_field(),
        }
    );
    auto login = drafts.change(
        Method::post,
        kSessions,
        "log_in",
        "Sign in",
        Access::anyone(),
        one(tokens_schema()),
        [&services](Call& call) { return log_in(services, call); }
    );
    login.request = object(
        "Login",
        "Who you are.",
        {
            {"email", text(personal).length(1, 320), Presence::required_input},
            {"password", text(secret).length(1, 1000), Presence::required_input},
            cookies_field(),
        }
    );
    auto second = drafts.change(
        Method::post,
        kSessions + "/second-step",
        "log_in_second_step",
        "The second factor of a sign-in",
        Access::anyone(),
        one(tokens_schema()),
        [&services](Call& call) { return second_step(services, call); }
    );
    second.request = object(
        "SecondStep",
        "The answer to a challenge.",
        {
            {"challenge", text(secret).length(1, 2000), Presence::required_input},
            {"code", text(secret).length(1, 40).describe("Six digits, or a recovery code."), Presence::required_input},
            cookies_field(),
        }
    );
    auto renewal = drafts.change(
        Method::post,
        kSessions + "/refresh",
        "refresh_session",
        "A new pair of tokens for a refresh token, which is spent by it",
        Access::anyone(),
        one(tokens_schema()),
        [&services](Call& call) { return refresh(services, call); }
    );
    renewal.request = object(
        "Refresh",
        "A refresh token; left out, it is taken from its cookie, and the new one put there.",
        {
            {"refresh_token", text(secret).length(1, 200), Presence::input},
        }
    );
    for (auto* const route : {&setup, &login, &second, &renewal}) route->rate = RateClass::login;
    return {std::move(setup), std::move(login), std::move(second), std::move(renewal)};
}

}  // namespace

std::vector<Route> session_routes(const Services& services) {
    const Drafts drafts{"sessions"};
    auto routes = password_routes(services);
    routes.push_back(drafts.read(
        kSessions,
        "list_sessions",
        "Where you are signed in",
        Access::signed_in(),
        many(session_schema()),
        [&services](Call& call) { return list_sessions(services, call); }
    ));
    routes.push_back(drafts.change(
        Method::remove,
        kSessions,
        "log_out_everywhere",
        "Sign out everywhere: within seconds, on every server",
        Access::signed_in(),
        nothing(),
        [&services](Call& call) { return end_all(services, call); }
    ));
    routes.push_back(drafts.change(
        Method::remove,
        kSessions + "/current",
        "log_out",
        "Sign out here",
        Access::signed_in(),
        nothing(),
        [&services](Call& call) { return end(services, call, {}); }
    ));
    auto ending = drafts.change(
        Method::remove,
        kSessions + "/{id:uuid}",
        "end_session",
        "Sign another device out",
        Access::signed_in(),
        nothing(),
        [&services](Call& call) { return end(services, call, call.path_text("id")); }
    );
    ending.path_objects = {{"id", "session"}};
    routes.push_back(std::move(ending));
    return routes;
}

}  // namespace drydock::api
