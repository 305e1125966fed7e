#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "identity/second_factor.h"
#include "identity/session.h"

// What concerns oneself.
namespace drydock::api {
namespace {

using namespace http;

const std::string kMe = "/api/v2/me";

Schema me_schema() {
    return object(
        "Me",
        "Who the server takes you for, and what you may do.",
        {
            {"user_id", text(plain).uuid().not_an_object(), Presence::output},
            {"email", text(personal), Presence::output},
            {"name", text(personal), Presence::output},
            {"organization_id", text(plain).uuid().not_an_object().nullable(), Presence::output},
            {"role", text(plain).nullable(), Presence::output},
            {"permissions", list(text(plain)), Presence::output},
            {"via", text(plain).one_of({"session", "api_token"}), Presence::output},
            {"stepped_up",
             boolean().describe("Whether dangerous calls are open for the next minutes."),
             Presence::output},
        }
    );
}

Result<Reply> me(Call& call) {
    const auto& identity = who(call).identity;
    return Reply{json::object{
        {"user_id", identity.user_id},
        {"email", identity.email},
        {"name", identity.display_name},
        {"organization_id", text_or_null(identity.organization_id)},
        {"role", text_or_null(identity.role)},
        {"permissions", json::value_from(identity.permissions)},
        {"via", identity.via == identity::Via::session ? "session" : "api_token"},
        {"stepped_up", identity.stepped_up},
    }};
}

Schema factor_schema() {
    return object(
        "SecondFactor",
        "Whether a code is asked for at your sign-in.",
        {
            {"confirmed", boolean(), Presence::output},
            {"recovery_codes_left", integer().range(0, 100), Presence::output},
        }
    );
}
Schema codes_schema() {
    return object(
        "RecoveryCodes",
        "Each is good once. They are shown now and never again.",
        {
            {"recovery_codes", list(text(bulk)), Presence::output},
        }
    );
}

Reply codes(const std::vector<Secret>& secrets) {
    json::array items;
    for (const auto& code : secrets) items.emplace_back(code.reveal());
    return Reply{json::object{{"recovery_codes", std::move(items)}}};
}

Result<Reply> factor(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto state, identity::second_factor(services.identity, who(call).identity, call.limits));
    return Reply{json::object{{"confirmed", state.confirmed}, {"recovery_codes_left", state.recovery_codes_left}}};
}

Result<Reply> begin_factor(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto begun, identity::begin_second_factor(services.identity, who(call).identity, call.limits));
    return Reply{json::object{{"secret", begun.secret.reveal()}, {"url", begun.url.reveal()}}};
}

Result<Reply> confirm_factor(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto made,
        identity::confirm_second_factor(
            services.identity, who(call).identity, text_field(call, "code"), peer(call), call.limits
        )
    );
    return codes(made);
}

Result<Reply> renew_codes(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto made, identity::renew_recovery_codes(services.identity, who(call).identity, peer(call), call.limits)
    );
    return codes(made);
}

Result<Reply> remove_factor(const Services& services, Call& call) {
    DRYDOCK_TRY_VOID(identity::remove_second_factor(services.identity, who(call).identity, peer(call), call.limits));
    return Reply{};
}

Result<Reply> step_up(const Services& services, Call& call) {
    const identity::StepUp proof{.password = Secret{text_field(call, "password")}, .code = text_field(call, "code")};
    DRYDOCK_TRY_VOID(identity::step_up(services.identity, who(call).identity, proof, peer(call), call.limits));
    return Reply{};
}

}  // namespace

std::vector<Route> account_routes(const Services& services) {
    const Drafts drafts{"account"};
    const auto mine = Access::signed_in();
    std::vector<Route> routes;
    routes.push_back(drafts.read(kMe, "get_me", "Who you are here", mine, one(me_schema()), me));
    routes.push_back(drafts.read(
        kMe + "/second-factor",
        "get_second_factor",
        "Your second factor",
        mine,
        one(factor_schema()),
        [&services](Call& call) { return factor(services, call); }
    ));
    auto begin = drafts.change(
        Method::post,
        kMe + "/second-factor",
        "begin_second_factor",
        "A new secret for an authenticator app; in force once it is confirmed",
        mine,
        one(object(
                "Enrolment",
                "Shown once.",
                {
                    {"secret", text(bulk), Presence::output},
                    {"url", text(bulk), Presence::output},
                }
            ),
            201),
        [&services](Call& call) { return begin_factor(services, call); }
    );
    auto confirm = drafts.change(
        Method::post,
        kMe + "/second-factor/confirm",
        "confirm_second_factor",
        "Confirm it with a code of the app",
        mine,
        one(codes_schema()),
        [&services](Call& call) { return confirm_factor(services, call); }
    );
    confirm.request =
        object("Code", "Six digits of the app.", {{"code", text(secret).length(6, 40), Presence::required_input}});
    auto renew = drafts.change(
        Method::post,
        kMe + "/second-factor/recovery-codes",
        "renew_recovery_codes",
        "New recovery codes; the old ones are void",
        mine,
        one(codes_schema()),
        [&services](Call& call) { return renew_codes(services, call); }
    );
    auto remove = drafts.change(
        Method::remove,
        kMe + "/second-factor",
        "remove_second_factor",
        "Sign in without a code from now on",
        mine,
        nothing(),
        [&services](Call& call) { return remove_factor(services, call); }
    );
    auto prove = drafts.change(
        Method::post,
        kMe + "/step-up",
        "step_up",
        "Prove again who you are: dangerous calls are open for five minutes",
        mine,
        nothing(),
        [&services](Call& call) { return step_up(services, call); }
    );
    prove.request = object(
        "StepUp",
        "Your password, or a code of your second factor.",
        {
            {"password", text(secret).length(1, 1000), Presence::input},
            {"code", text(secret).length(1, 40), Presence::input},
        }
    );
    for (auto* const route : {&begin, &renew, &remove}) route->needs_step_up = true;
    for (auto* const route : {&confirm, &prove}) route->rate = RateClass::login;
    for (auto* const route : {&begin, &confirm, &renew, &remove, &prove}) routes.push_back(std::move(*route));
    return routes;
}

}  // namespace drydock::api
