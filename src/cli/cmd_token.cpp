#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// token: API tokens, for programs.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string name;
    std::vector<std::string> scopes;
    std::optional<std::size_t> days;
    std::optional<std::string> user;
    bool read_only = false;
    bool all = false;
};

std::string list_path(bool all) {
    return all ? "/tokens?all=true" : "/tokens";
}

Result<int> list(Session& session, const Given& given) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = list_path(given.all),
         .columns = {{"name"}, {"may", Table::Align::left, true}, {"made"}, {"good until"}, {"last used"}, {"id"}},
         .row = [](const json::object& token) -> std::vector<Table::Cell> {
             auto scopes = shown(token, "scopes");
             if (scopes.empty()) scopes = "all that its user may";
             if (shown(token, "read_only") == "true") scopes += ", read only";
             return {
                 {shown(token, "name"), Tone::bold},
                 scopes,
                 shown_moment(token, "created_at"),
                 shown_moment(token, "expires_at"),
                 shown_moment(token, "last_used_at"),
                 shown(token, "id")
             };
         },
         .when_empty = "no tokens; `drydock token create` makes one"}
    ));
    return 0;
}

Result<int> create(Session& session, const Given& given) {
    auto api = remote(session);
    json::object body{{"name", given.name}};
    if (!given.scopes.empty()) body["scopes"] = json::value_from(given.scopes);
    if (given.read_only) body["read_only"] = true;
    if (given.days) body["days"] = *given.days;
    if (given.user) {
        const Kind kind{
            .noun = "service user",
            .list = "drydock user list",
            .path = "/members",
            .id = "user_id",
            .names = {"name", "email"}
        };
        DRYDOCK_TRY(const auto user, find_one(api, kind, *given.user, session.limits()));
        body["user_id"] = shown(user, "user_id");
    }
    DRYDOCK_TRY(const auto made, api.call("POST", "/tokens", body, session.limits()));
    const auto& token = made.body.as_object();
    if (session.json()) {
        session.print_json(token);
        return 0;
    }
    session.print(shown(token, "token") + "\n");
    session.note(fmt::format(
        "Shown once; good until {} UTC. As DRYDOCK_TOKEN it lets commands in.", shown_moment(token, "expires_at")
    ));
    return 0;
}

Result<int> revoke(Session& session, const Given& given) {
    auto api = remote(session);
    const auto path = list_path(given.all);
    const Kind kind{.noun = "token", .list = "drydock token list", .path = path, .id = "id", .names = {"name"}};
    DRYDOCK_TRY(const auto token, find_one(api, kind, given.name, session.limits()));
    DRYDOCK_TRY_VOID(api.call("DELETE", "/tokens/" + shown(token, "id"), {}, session.limits()));
    print_done(session, fmt::format("{} is worthless now", given.name), {{"revoked", shown(token, "id")}});
    return 0;
}

}  // namespace

void declare_token(Arguments& arguments) {
    arguments.noun("token", "API tokens, for programs");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("token", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("list", "Yours; themselves they are never shown again", list)
        .flag("--all", given->all, "Everybody's: for who may manage members")
        .example("drydock token list");
    verb("create", "A new one, printed once", create)
        .argument("NAME", given->name, "What it is for")
        .each("--scope", given->scopes, "PERMISSION", "What it may; without any: all that its user may")
        .flag("--read-only", given->read_only, "It changes nothing")
        .count("--days", given->days, "How long it is good, 1 to 366 [90]")
        .option("--user", given->user, "NAME", "Of this service user; left out: yours")
        .example("drydock token create dashboards --read-only")
        .example("drydock token create ci --user deploy --scope databases:read --days 30 > token");
    verb("revoke", "Make one worthless", revoke)
        .argument("TOKEN", given->name, "Its name or id")
        .flag("--all", given->all, "Look among everybody's")
        .example("drydock token revoke ci");
}

}  // namespace drydock::cli
