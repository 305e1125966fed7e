#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// user: one's own account: password, second factor, sessions.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::optional<std::string> which;
    std::optional<std::string> current_file;
    std::optional<std::string> password_file;
    std::optional<std::string> token_file;
    std::optional<std::string> code;
    bool first = false;
    bool others = false;
};

Result<int> change_password(Session& session, const Given& given) {
    json::object body;
    if (!given.first) {
        DRYDOCK_TRY(const auto current, read_secret(session, given.current_file, "present password"));
        body["current"] = current.reveal();
    }
    DRYDOCK_TRY(const auto wanted, read_new_secret(session, given.password_file, "new password"));
    body["password"] = wanted.reveal();
    auto api = remote(session);
    DRYDOCK_TRY_VOID(api.call("POST", "/me/password", body, session.limits()));
    print_done(session, "you have a new password; all your other sessions are over", {{"changed", true}});
    return 0;
}

Result<int> reset_password(Session& session, const Given& given) {
    DRYDOCK_TRY(const auto token, read_secret(session, given.token_file, "link"));
    DRYDOCK_TRY(const auto password, read_new_secret(session, given.password_file, "new password"));
    auto api = remote_as_nobody(session);
    DRYDOCK_TRY_VOID(api.call(
        "POST",
        "/password-resets",
        json::object{{"token", token.reveal()}, {"password", password.reveal()}},
        session.limits()
    ));
    print_done(
        session,
        "you have a new password; all your sessions and API tokens are over. `drydock login` begins anew",
        {{"changed", true}}
    );
    return 0;
}

Result<int> print_codes(Session& session, const json::object& answer) {
    if (session.json()) {
        session.print_json(answer);
        return 0;
    }
    for (const auto& code : answer.at("recovery_codes").as_array())
        session.print(fmt::format("{}\n", printable(std::string{code.as_string()})));
    session.note("Each of these lets you in once without the app. Keep them elsewhere: they are not shown again.");
    return 0;
}

Result<int> confirm(Session& session, client::Api& api, const std::string& code) {
    DRYDOCK_TRY(
        const auto made, api.call("POST", "/me/second-factor/confirm", json::object{{"code", code}}, session.limits())
    );
    session.note("From now on a code of the app is asked for when you log in.");
    return print_codes(session, made.body.as_object());
}

// At a terminal both steps in one; a program reads the secret, and comes again with --code.
Result<int> enable_totp(Session& session, const Given& given) {
    auto api = remote(session);
    if (given.code) return confirm(session, api, *given.code);
    DRYDOCK_TRY(const auto begun, api.call("POST", "/me/second-factor", {}, session.limits()));
    const auto& enrolment = begun.body.as_object();
    if (session.json()) {
        session.print_json(enrolment);
        return 0;
    }
    session.print(fmt::format("{}\n{}\n", shown(enrolment, "secret"), shown(enrolment, "url")));
    session.note(
        "Give your authenticator app the first line, or the second one as a QR code. It is in force once you confirm "
        "it "
        "with a code of the app, here or by `drydock user totp enable --code CODE`."
    );
    const auto code = read_secret(session, std::nullopt, "code of the app");
    if (code) return confirm(session, api, code->reveal());
    if (code.error().code == ErrorCode::cancelled) return code.error();
    return 0;  // nobody to ask: they come again
}

Result<int> disable_totp(Session& session, const Given&) {
    auto api = remote(session);
    DRYDOCK_TRY_VOID(agree(session, "Log in without a code from now on?"));
    DRYDOCK_TRY_VOID(api.call("DELETE", "/me/second-factor", {}, session.limits()));
    print_done(session, "the second factor and its recovery codes are gone", {{"confirmed", false}});
    return 0;
}

Result<int> renew_codes(Session& session, const Given&) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto made, api.call("POST", "/me/second-factor/recovery-codes", {}, session.limits()));
    return print_codes(session, made.body.as_object());
}

Result<int> show_totp(Session& session, const Given&) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto factor, api.get("/me/second-factor", session.limits()));
    print_object(session, factor.as_object());
    return 0;
}

Result<int> totp(Session& session, const Given& given) {
    const auto what = given.which.value_or("status");
    if (what == "status") return show_totp(session, given);
    if (what == "enable") return enable_totp(session, given);
    if (what == "disable") return disable_totp(session, given);
    if (what == "recovery-codes") return renew_codes(session, given);
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("{} is nothing that can be done to a second factor", what),
        .hint = "It is status, enable, disable or recovery-codes.",
    };
}

Result<int> list_sessions(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/sessions",
         .columns =
             {{""},
              {"last used"},
              {"from"},
              {"by", Table::Align::left, true},
              {"proved by"},
              {"since"},
              {"id", Table::Align::left, true}},
         .row = [](const json::object& item) -> std::vector<Table::Cell> {
             return {
                 {shown(item, "current") == "true" ? "here" : "", Tone::bold},
                 shown_moment(item, "last_seen_at"),
                 shown(item, "address"),
                 shown(item, "user_agent"),
                 shown(item, "methods"),
                 shown_moment(item, "created_at"),
                 shown(item, "id")
             };
         },
         .when_empty = "no sessions"}
    ));
    return 0;
}

Result<int> end_sessions(Session& session, const Given& given) {
    if (given.others == given.which.has_value()) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "which sessions shall end?",
            .hint = "Give the id of one, which `drydock user sessions` lists, or --others.",
        };
    }
    auto api = remote(session);
    std::vector<std::string> ids;
    if (given.which) {
        ids.push_back(*given.which);
    } else {
        DRYDOCK_TRY_VOID(api.each(
            "/sessions",
            [&](const json::object& item) {
                if (shown(item, "current") != "true") ids.push_back(shown(item, "id"));
                return true;
            },
            session.limits()
        ));
    }
    json::array ended;
    for (const auto& id : ids) {
        const auto done = api.call("DELETE", "/sessions/" + client::encoded(id), {}, session.limits());
        // One of the others may be over by itself.
        if (!done && !(given.others && done.error().code == ErrorCode::not_found)) return done.error();
        ended.emplace_back(id);
    }
    print_done(
        session,
        ended.size() == 1 ? std::string{"one session is over"} : fmt::format("{} sessions are over", ended.size()),
        {{"ended", std::move(ended)}}
    );
    return 0;
}

}  // namespace

void declare_user_account(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("user", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("password", "Change your own password", change_password)
        .option("--current-file", given->current_file, "FILE", "Its first line is the present one; - is standard input")
        .option("--password-file", given->password_file, "FILE", "Its first line is the new one; - is standard input")
        .flag("--first", given->first, "You have none so far: you came by another provider")
        .example("drydock user password");
    verb("reset", "Set a new password with a link that you were sent", reset_password)
        .option("--token-file", given->token_file, "FILE", "Its first line is the link; - is standard input")
        .option("--password-file", given->password_file, "FILE", "Its first line is the new one; - is standard input")
        .example("drydock user reset --token-file link");
    verb("totp", "Your second factor: an authenticator app", totp)
        .optional_argument("WHAT", given->which, "status, enable, disable or recovery-codes")
        .option("--code", given->code, "CODE", "With enable: confirm it by a code of the app")
        .example("drydock user totp enable")
        .example("drydock user totp recovery-codes");
    verb("sessions", "Where you are logged in", list_sessions).example("drydock user sessions");
    verb("end-session", "Log another device out", end_sessions)
        .optional_argument("SESSION", given->which, "Its id")
        .flag("--others", given->others, "All but the one that asks")
        .example("drydock user end-session --others");
}

}  // namespace drydock::cli
