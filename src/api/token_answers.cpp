#include "api/token_answers.h"

#include <fmt/format.h>

#include "api/drafts.h"
#include "api/hooks.h"
#include "api/json.h"

namespace drydock::api {

using namespace http;

namespace {

void set_cookie(Reply& reply, bool secure, std::string_view name, std::string_view value, std::int64_t seconds) {
    reply.headers.add(
        "Set-Cookie",
        fmt::format(
            "{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", name, value, seconds, secure ? "; Secure" : ""
        )
    );
}

}  // namespace

Schema tokens_schema() {
    return object(
        "Tokens",
        "What a sign-in gives. Where a second factor is asked for, only `challenge`. With `cookies` the tokens are in "
        "cookies, and not here.",
        {
            {"access_token", text(bulk).nullable().describe("For the Authorization header."), Presence::output},
            {"refresh_token", text(bulk).nullable().describe("Good once, for a new pair."), Presence::output},
            {"expires_in",
             integer().range(0, 86'400'000).nullable().describe("Seconds that the access token is good for."),
             Presence::output},
            {"session_id", text(plain).uuid().not_an_object().nullable(), Presence::output},
            {"user_id", text(plain).uuid().not_an_object().nullable(), Presence::output},
            {"organization_id", text(plain).uuid().not_an_object().nullable(), Presence::output},
            {"challenge",
             text(bulk).nullable().describe("To send with the code of the second factor."),
             Presence::output},
        }
    );
}

json::object no_tokens() {
    return {
        {"access_token", nullptr},
        {"refresh_token", nullptr},
        {"expires_in", nullptr},
        {"session_id", nullptr},
        {"user_id", nullptr},
        {"organization_id", nullptr},
        {"challenge", nullptr},
    };
}

void clear_cookies(const Call& call, Reply& reply) {
    const bool secure = call.peer().secure;
    set_cookie(reply, secure, session_cookie(secure), "", 0);
    set_cookie(reply, secure, refresh_cookie(secure), "", 0);
}

void put_into_cookies(const Call& call, Reply& reply, const identity::Tokens& tokens) {
    const bool secure = call.peer().secure;
    set_cookie(reply, secure, session_cookie(secure), tokens.access.reveal(), tokens.access_lifetime.count());
    if (!tokens.refresh.empty())
        set_cookie(reply, secure, refresh_cookie(secure), tokens.refresh.reveal(), tokens.refresh_lifetime.count());
}

Reply give(const Call& call, const identity::Tokens& tokens, bool in_cookies) {
    auto body = no_tokens();
    body["expires_in"] = tokens.access_lifetime.count();
    body["session_id"] = text_or_null(tokens.session_id);
    body["user_id"] = text_or_null(tokens.user_id);
    body["organization_id"] = text_or_null(tokens.organization_id);
    Reply reply;
    if (in_cookies) {
        put_into_cookies(call, reply, tokens);
    } else {
        body["access_token"] = tokens.access.reveal();
        body["refresh_token"] = text_or_null(tokens.refresh.reveal());
    }
    reply.body = std::move(body);
    return reply;
}

}  // namespace drydock::api
