#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// org: the organizations that you belong to.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string which;
    std::optional<std::string> other;
    std::optional<std::string> name;
};

const Kind& organization_kind() {
    static const Kind kind{
        .noun = "organization", .list = "drydock org list", .path = "/organizations", .id = "id", .names = {"slug"}
    };
    return kind;
}

// The one that commands work in, by what the server makes of who asks.
Result<std::string> present_path(client::Api& api, const Session& session) {
    DRYDOCK_TRY(const auto me, api.get("/me", session.limits()));
    const auto id = shown(me.as_object(), "organization_id");
    if (!id.empty()) return "/organizations/" + id;
    return Error{
        .code = ErrorCode::not_found,
        .message = "you are in no organization",
        .hint = "`drydock org list` shows yours, `drydock org use` chooses one.",
    };
}

Result<int> list(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/organizations",
         .columns = {{"organization"}, {"name", Table::Align::left, true}, {"status"}, {"your role"}},
         .row = [](const json::object& organization) -> std::vector<Table::Cell> {
             return {
                 {shown(organization, "slug"), Tone::bold},
                 shown(organization, "name"),
                 shown_state(organization, "status"),
                 shown(organization, "role")
             };
         },
         .when_empty = "you belong to no organization"}
    ));
    return 0;
}

Result<int> show(Session& session, const Given& given) {
    auto api = remote(session);
    std::string path;
    if (given.other) {
        DRYDOCK_TRY(const auto found, find_one(api, organization_kind(), *given.other, session.limits()));
        path = "/organizations/" + shown(found, "id");
    } else {
        DRYDOCK_TRY(path, present_path(api, session));
    }
    DRYDOCK_TRY(const auto organization, api.get(path, session.limits()));
    print_object(session, organization.as_object());
    return 0;
}

Result<int> create(Session& session, const Given& given) {
    auto api = remote(session);
    const json::object body{{"slug", given.which}, {"name", given.name.value_or(given.which)}};
    DRYDOCK_TRY(const auto made, api.call("POST", "/organizations", body, session.limits()));
    print_done(
        session,
        fmt::format("founded {}; `drydock org use {}` works in it", given.which, given.which),
        made.body.as_object()
    );
    return 0;
}

Result<int> rename(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto path, present_path(api, session));
    DRYDOCK_TRY(
        const auto changed, change_present(api, "PATCH", path, json::object{{"name", given.which}}, session.limits())
    );
    print_done(session, fmt::format("it is called {} now", given.which), changed.body.as_object());
    return 0;
}

Result<int> close(Session& session, const Given& given) {
    auto api = remote(session);
    // By name, so that nobody closes the one they happen to be in.
    DRYDOCK_TRY(const auto found, find_one(api, organization_kind(), given.which, session.limits()));
    DRYDOCK_TRY_VOID(agree(
        session,
        fmt::format("Close {} ({})? Nobody can do anything in it any more.", shown(found, "slug"), shown(found, "name"))
    ));
    const auto id = shown(found, "id");
    DRYDOCK_TRY_VOID(change_present(api, "DELETE", "/organizations/" + id, {}, session.limits()));
    print_done(session, fmt::format("closed {}; its records are kept", given.which), {{"closed", id}});
    return 0;
}

Result<int> use(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, organization_kind(), given.which, session.limits()));
    auto& logins = api.logins();
    DRYDOCK_TRY(const auto lock, logins.lock());
    DRYDOCK_TRY(auto login, logins.find(api.options().server));
    if (!login) {
        return Error{
            .code = ErrorCode::unauthenticated,
            .message = "there is no log-in that could remember it",
            .hint = "With a token, say --organization or set DRYDOCK_ORGANIZATION.",
        };
    }
    login->organization = shown(found, "slug");
    DRYDOCK_TRY_VOID(logins.keep(api.options().server, *login));
    print_done(session, fmt::format("commands work in {} from now on", login->organization), found);
    return 0;
}

}  // namespace

void declare_org(Arguments& arguments) {
    arguments.noun("org", "The organizations that you belong to");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("org", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("list", "Those that you belong to, and as what", list).example("drydock org list");
    verb("show", "One of them; without a name: the one that commands work in", show)
        .optional_argument("ORGANIZATION", given->other, "Its slug or id")
        .example("drydock org show");
    verb("create", "Found one; you are its owner", create)
        .argument("SLUG", given->which, "What it is called in addresses and here; it stays")
        .option("--name", given->name, "TEXT", "What people see; left out: the slug")
        .example("drydock org create analytics --name 'Analytics'");
    verb("rename", "Give the one that you work in another name", rename)
        .argument("NAME", given->which, "What people see")
        .example("drydock org rename 'The shop'");
    verb("close", "Close one: nobody can do anything in it any more; its records are kept", close)
        .argument("ORGANIZATION", given->which, "Its slug or id")
        .example("drydock org close analytics");
    verb("use", "Work in this one from now on", use)
        .argument("ORGANIZATION", given->which, "Its slug or id")
        .example("drydock org use analytics");
}

}  // namespace drydock::cli
