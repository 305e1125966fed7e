#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// setup, login, logout: who this machine's user is for a server.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::optional<std::string> token;
    std::optional<std::string> token_file;
    std::optional<std::string> email;
    std::optional<std::string> name;
    std::optional<std::string> password_file;
    std::optional<std::string> code;
    bool everywhere = false;
};

Result<int> keep(Session& session, client::Api& api, const json::object& tokens, const std::string& email) {
    // Who logs in again goes on in the organization that they were in.
    DRYDOCK_TRY(const auto before, api.logins().find(api.options().server));
    DRYDOCK_TRY_VOID(api.logins().keep(
        api.options().server,
        {.access_token = Secret{shown(tokens, "access_token")},
         .refresh_token = Secret{shown(tokens, "refresh_token")},
         .email = email,
         .organization = before && before->email == email ? before->organization : std::string{}}
    ));
    if (session.json())
        session.print_json(json::object{
            {"server", api.options().server}, {"email", email}, {"session_id", shown(tokens, "session_id")}
        });
    else
        session.tell(fmt::format("logged in to {} as {}\n", api.options().server, email));
    return 0;
}

Result<int> set_up(Session& session, const Given& given) {
    Secret token;
    if (given.token_file) {
        DRYDOCK_TRY(token, read_secret(session, given.token_file, "setup token"));
    } else {
        DRYDOCK_TRY(const auto text, needed(given.token, "--token"));
        token = Secret{text};
    }
    DRYDOCK_TRY(const auto email, needed(given.email, "--email"));
    DRYDOCK_TRY(const auto password, read_new_secret(session, given.password_file, "new password"));
    auto api = remote_as_nobody(session);
    json::object body{{"token", token.reveal()}, {"email", email}, {"password", password.reveal()}};
    if (given.name) body["name"] = *given.name;
    DRYDOCK_TRY(const auto answer, api.call("POST", "/setup", body, session.limits()));
    return keep(session, api, answer.body.as_object(), email);
}

Result<int> log_in(Session& session, const Given& given) {
    DRYDOCK_TRY(const auto email, needed(given.email, "--email"));
    DRYDOCK_TRY(const auto password, read_secret(session, given.password_file, "password"));
    auto api = remote_as_nobody(session);
    DRYDOCK_TRY(
        auto answer,
        api.call("POST", "/sessions", json::object{{"email", email}, {"password", password.reveal()}}, session.limits())
    );
    const auto challenge = shown(answer.body.as_object(), "challenge");
    if (challenge.empty()) return keep(session, api, answer.body.as_object(), email);
    auto code = given.code.value_or("");
    if (code.empty()) {
        DRYDOCK_TRY(const auto typed, read_secret(session, std::nullopt, "code of your authenticator app"));
        code = typed.reveal();
    }
    DRYDOCK_TRY(
        answer,
        api.call(
            "POST", "/sessions/second-step", json::object{{"challenge", challenge}, {"code", code}}, session.limits()
        )
    );
    return keep(session, api, answer.body.as_object(), email);
}

Result<int> log_out(Session& session, const Given& given) {
    auto api = remote(session);
    const auto ended = api.call("DELETE", given.everywhere ? "/sessions" : "/sessions/current", {}, session.limits());
    // Whoever is logged out already has what they wanted.
    if (!ended && ended.error().code != ErrorCode::unauthenticated) return ended.error();
    DRYDOCK_TRY_VOID(api.logins().forget(api.options().server));
    print_done(session, fmt::format("logged out of {}", api.options().server), {{"server", api.options().server}});
    return 0;
}

Result<int> who_am_i(Session& session) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto me, api.get("/me", session.limits()));
    print_object(session, me.as_object());
    return 0;
}

}  // namespace

void declare_login(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    arguments
        .verb("", "setup", "Become the first owner of a new server", [given](Session& s) { return set_up(s, *given); })
        .option("--token", given->token, "TOKEN", "What the server printed at its start; good once")
        .option("--token-file", given->token_file, "FILE", "Its first line is that token; - is standard input")
        .option("--email", given->email, "ADDRESS", "Whom to log in as")
        .option("--name", given->name, "TEXT", "What others see")
        .option("--password-file", given->password_file, "FILE", "Its first line is the password; - is standard input")
        .example("drydock setup --token ddk_s_… --email ada@example.org");
    arguments
        .verb(
            "",
            "login",
            "Log in to a server; the commands after it are yours",
            [given](Session& s) { return log_in(s, *given); }
        )
        .option("--email", given->email, "ADDRESS", "Whom to log in as")
        .option("--password-file", given->password_file, "FILE", "Its first line is the password; - is standard input")
        .option("--code", given->code, "CODE", "Of your authenticator app, or a recovery code")
        .example("drydock login --email ada@example.org")
        .example("drydock login --server https://drydock.example.org --email ada@example.org");
    arguments.verb("", "logout", "Log out", [given](Session& s) { return log_out(s, *given); })
        .flag("--everywhere", given->everywhere, "On all your devices")
        .example("drydock logout --everywhere");
    arguments.verb("", "whoami", "Who the server takes you for, and what you may do", who_am_i)
        .example("drydock whoami");
}

}  // namespace drydock::cli
