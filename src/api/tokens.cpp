#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "identity/api_token.h"

// API tokens, and the service users that only have such.
namespace drydock::api {
namespace {

using namespace http;

const std::string kTokens = "/api/v2/tokens";

std::vector<Field> info_fields() {
    return {
        {"id", text(plain).uuid().id_of("token"), Presence::output},
        {"user_id", text(plain).uuid().not_an_object(), Presence::output},
        {"name", text(plain), Presence::output},
        {"scopes", list(text(plain)), Presence::output},
        {"read_only", boolean(), Presence::output},
        {"created_at", text(plain).date_time(), Presence::output},
        {"expires_at", text(plain).date_time(), Presence::output},
        {"last_used_at", text(plain).date_time().nullable(), Presence::output},
    };
}

json::object to_json(const identity::ApiTokenInfo& token) {
    return {
        {"id", token.id},
        {"user_id", token.user_id},
        {"name", token.name},
        {"scopes", json::value_from(token.scopes)},
        {"read_only", token.read_only},
        {"created_at", token.created_at},
        {"expires_at", token.expires_at},
        {"last_used_at", text_or_null(token.last_used_at)},
    };
}

Result<Reply> create(const Services& services, Call& call) {
    identity::NewApiToken wanted{
        .name = text_field(call, "name"), .read_only = optional_boolean(call, "read_only").value_or(false)
    };
    if (const auto days = optional_integer(call, "days")) wanted.days = static_cast<int>(*days);
    if (const auto* const scopes = field(call, "scopes")) {
        for (const auto& scope : scopes->as_array()) wanted.scopes.emplace_back(scope.as_string());
    }
    wanted.user_id = text_field(call, "user_id");
    DRYDOCK_TRY(
        const auto made,
        identity::create_api_token(services.identity, who(call).identity, wanted, peer(call), call.limits)
    );
    auto body = to_json(made.info);
    body["token"] = made.token.reveal();
    return Reply{std::move(body)};
}

Result<Reply> list_tokens(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto found,
        identity::api_tokens(services.identity, who(call).identity, call.boolean("all").value_or(false), call.limits)
    );
    json::array items;
    for (const auto& token : found) items.push_back(to_json(token));
    return Reply::page(std::move(items), {});
}

Result<Reply> revoke(const Services& services, Call& call) {
    DRYDOCK_TRY_VOID(
        identity::revoke_api_token(services.identity, who(call).identity, call.path_text("id"), peer(call), call.limits)
    );
    return Reply{};
}

Result<Reply> create_service_user(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto made,
        identity::create_service_user(
            services.identity,
            who(call).identity,
            text_field(call, "name"),
            text_field(call, "role"),
            peer(call),
            call.limits
        )
    );
    return Reply{json::object{{"user_id", made.id}, {"name", made.name}, {"role", made.role}}};
}

}  // namespace

std::vector<Route> token_routes(const Services& services) {
    const Drafts drafts{"tokens"};
    auto created = info_fields();
    created.push_back({"token", text(bulk).describe("Shown once."), Presence::output});

    auto listing = drafts.read(
        kTokens,
        "list_tokens",
        "Your API tokens",
        Access::signed_in(),
        many(object("Token", "An API token, which itself is never shown again.", info_fields())),
        [&services](Call& call) { return list_tokens(services, call); }
    );
    listing.query = {{"all", boolean().describe("Everybody's: for who may manage members.")}};
    auto creation = drafts.change(
        Method::post,
        kTokens,
        "create_token",
        "A new API token",
        Access::signed_in(),
        one(object("NewToken", "The token itself is in this answer only.", created), 201),
        [&services](Call& call) { return create(services, call); }
    );
    creation.request = object(
        "TokenRequest",
        "What it is to be good for.",
        {
            {"name", text(plain).length(1, 100), Presence::required_input},
            {"scopes",
             list(text(plain).length(1, 100))
                 .items(0, 100)
                 .unique()
                 .describe("Permissions; none: all that you have when it is used."),
             Presence::input},
            {"read_only", boolean().fallback(false), Presence::input},
            {"days", integer().range(1, 366).fallback(90), Presence::input},
            {"user_id", text(plain).uuid().id_of("member").describe("A service user; left out: you."), Presence::input},
        }
    );
    creation.needs_step_up = true;
    auto revocation = drafts.change(
        Method::remove,
        kTokens + "/{id:uuid}",
        "revoke_token",
        "Make it worthless",
        Access::signed_in(),
        nothing(),
        [&services](Call& call) { return revoke(services, call); }
    );
    revocation.path_objects = {{"id", "token"}};
    auto service_user = drafts.change(
        Method::post,
        "/api/v2/service-users",
        "create_service_user",
        "A user who is no person and signs in by API tokens alone",
        Access::permission("members:write"),
        one(object(
                "ServiceUser",
                "No person.",
                {
                    {"user_id", text(plain).uuid().not_an_object(), Presence::output},
                    {"name", text(plain).length(1, 100), Presence::required},
                    {"role", text(plain).one_of({"owner", "admin", "member", "viewer"}), Presence::required},
                }
            ),
            201),
        [&services](Call& call) { return create_service_user(services, call); }
    );
    service_user.request = object(
        "ServiceUserRequest",
        "Its name and role.",
        {
            {"name", text(plain).length(1, 100), Presence::required_input},
            {"role", text(plain).one_of({"owner", "admin", "member", "viewer"}), Presence::required_input},
        }
    );
    service_user.needs_step_up = true;
    return {std::move(listing), std::move(creation), std::move(revocation), std::move(service_user)};
}

}  // namespace drydock::api
