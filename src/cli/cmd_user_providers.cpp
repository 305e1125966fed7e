#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// user: accounts elsewhere that one signs in by.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::optional<std::string> name;
    std::string which;
    std::optional<std::string> flow_file;
    std::optional<std::string> address_file;
};

const Kind& linked_kind() {
    static const Kind kind{
        .noun = "provider", .list = "drydock user providers", .path = "/me/providers", .id = "id", .names = {"issuer"}
    };
    return kind;
}

Result<int> list(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/me/providers",
         .columns = {{"provider"}, {"since"}, {"id", Table::Align::left, true}},
         .row = [](const json::object& item) -> std::vector<Table::Cell> {
             return {{shown(item, "issuer"), Tone::bold}, shown_moment(item, "created_at"), shown(item, "id")};
         },
         .when_empty = "none; `drydock user link` adds one"}
    ));
    return 0;
}

// The one that is there, unless one is named.
Result<std::string> provider(client::Api& api, const Given& given, const Limits& limits) {
    if (given.name) return *given.name;
    std::vector<std::string> names;
    DRYDOCK_TRY_VOID(api.each(
        "/sign-in",
        [&](const json::object& item) {
            names.push_back(shown(item, "name"));
            return true;
        },
        limits
    ));
    if (names.size() == 1) return names.front();
    return Error{
        .code = names.empty() ? ErrorCode::not_found : ErrorCode::invalid_argument,
        .message = names.empty() ? "this server knows no other provider" : "there are several providers",
        .hint = names.empty() ? "Its operator sets auth.oidc_issuer." : "Name one of them.",
    };
}

Result<int> finish(Session& session, client::Api& api, const Secret& flow, const Secret& address) {
    DRYDOCK_TRY(
        const auto done,
        api.call(
            "POST",
            "/me/providers/finish",
            json::object{{"flow", flow.reveal()}, {"address", address.reveal()}},
            session.limits()
        )
    );
    print_done(
        session,
        fmt::format("you can sign in as {} there from now on", shown(done.body.as_object(), "email")),
        done.body.as_object()
    );
    return 0;
}

// The browser is another program, maybe on another machine: so it is the person who brings back what it was told.
Result<int> link(Session& session, const Given& given) {
    auto api = remote(session);
    if (given.flow_file) {
        DRYDOCK_TRY(const auto flow, read_secret(session, given.flow_file, "flow"));
        DRYDOCK_TRY(const auto address, read_secret(session, given.address_file, "address"));
        return finish(session, api, flow, address);
    }
    DRYDOCK_TRY(const auto name, provider(api, given, session.limits()));
    DRYDOCK_TRY(
        const auto begun,
        api.call("POST", fmt::format("/me/providers/{}/link", client::encoded(name)), json::object{}, session.limits())
    );
    const auto& start = begun.body.as_object();
    if (session.json()) {
        session.print_json(start);
        return 0;
    }
    session.print(shown(start, "url") + "\n");
    session.note(
        "Open this in a browser within ten minutes, and sign in there. The page that you come to says that the sign-in "
        "did "
        "not start in that browser, which is right: copy its whole address from the browser, and give it here. Give it "
        "to "
        "nobody else, and never one that somebody else has sent you."
    );
    DRYDOCK_TRY(const auto address, read_secret(session, given.address_file, "address"));
    return finish(session, api, Secret{shown(start, "flow")}, address);
}

Result<int> unlink(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, linked_kind(), given.which, session.limits()));
    const auto id = shown(found, "id");
    DRYDOCK_TRY_VOID(api.call("DELETE", "/me/providers/" + id, {}, session.limits()));
    print_done(session, fmt::format("{} lets you in no more", shown(found, "issuer")), {{"removed", id}});
    return 0;
}

}  // namespace

void declare_user_providers(Arguments& arguments) {
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("user", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("providers", "Accounts elsewhere that you sign in by", list).example("drydock user providers");
    verb("link", "Add an account elsewhere to sign in by", link)
        .optional_argument("PROVIDER", given->name, "Which, where the server knows several")
        .option("--flow-file", given->flow_file, "FILE", "Finish: its first line is the flow that --json gave")
        .option("--address-file", given->address_file, "FILE", "Its first line is the address that the browser came to")
        .example("drydock user link");
    verb("unlink", "Sign in by it no more", unlink)
        .argument("PROVIDER", given->which, "Its issuer or id, as `user providers` says")
        .example("drydock user unlink https://id.example.org");
}

}  // namespace drydock::cli
