#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// user: who belongs to the organization, and who is asked to.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string who;
    std::string role;
    std::string new_role;
    std::optional<std::string> name;
    std::optional<std::string> token_file;
    std::optional<std::string> password_file;
};

const Kind& member_kind() {
    static const Kind kind{
        .noun = "member", .list = "drydock user list", .path = "/members", .id = "user_id", .names = {"email", "name"}
    };
    return kind;
}
const Kind& invitation_kind() {
    static const Kind kind{
        .noun = "invitation", .list = "drydock user invitations", .path = "/invitations", .id = "id", .names = {"email"}
    };
    return kind;
}

std::string called(const json::object& member) {
    const auto email = shown(member, "email");
    return email.empty() ? shown(member, "name") : email;
}

Result<int> list(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/members",
         .columns = {{"who"}, {"name", Table::Align::left, true}, {"kind"}, {"role"}, {"status"}, {"since"}},
         .row = [](const json::object& member) -> std::vector<Table::Cell> {
             return {
                 {called(member), Tone::bold},
                 shown(member, "name"),
                 shown(member, "kind"),
                 shown(member, "role"),
                 shown_state(member, "status"),
                 shown_moment(member, "joined_at")
             };
         },
         .when_empty = "nobody"}
    ));
    return 0;
}

Result<int> invitations(Session& session, const Given&) {
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = "/invitations",
         .columns = {{"who"}, {"role"}, {"invited"}, {"good until"}, {"id", Table::Align::left, true}},
         .row = [](const json::object& invitation) -> std::vector<Table::Cell> {
             return {
                 {shown(invitation, "email"), Tone::bold},
                 shown(invitation, "role"),
                 shown_moment(invitation, "created_at"),
                 shown_moment(invitation, "expires_at"),
                 shown(invitation, "id")
             };
         },
         .when_empty = "nobody is invited"}
    ));
    return 0;
}

Result<int> invite(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(
        const auto made,
        api.call("POST", "/invitations", json::object{{"email", given.who}, {"role", given.role}}, session.limits())
    );
    const auto& invitation = made.body.as_object();
    if (session.json()) {
        session.print_json(invitation);
        return 0;
    }
    session.print(shown(invitation, "token") + "\n");
    session.note(fmt::format(
        "Send this to {}; it is shown once, and good until {} UTC. They put it into a file and run",
        given.who,
        shown_moment(invitation, "expires_at")
    ));
    session.note(fmt::format("    drydock user accept --token-file FILE --server {}", api.options().server));
    return 0;
}

Result<int> uninvite(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto found, find_one(api, invitation_kind(), given.who, session.limits()));
    DRYDOCK_TRY_VOID(api.call("DELETE", "/invitations/" + shown(found, "id"), {}, session.limits()));
    print_done(session, fmt::format("{} is not invited any more", given.who), {{"removed", shown(found, "id")}});
    return 0;
}

Result<int> accept(Session& session, const Given& given) {
    DRYDOCK_TRY(const auto token, read_secret(session, given.token_file, "invitation"));
    DRYDOCK_TRY(const auto password, read_new_secret(session, given.password_file, "password"));
    auto api = remote_as_nobody(session);
    json::object body{{"token", token.reveal()}, {"password", password.reveal()}};
    if (given.name) body["name"] = *given.name;
    DRYDOCK_TRY(const auto done, api.call("POST", "/invitations/accept", body, session.limits()));
    print_done(
        session,
        fmt::format("you are {} now; `drydock login` begins", shown(done.body.as_object(), "role")),
        done.body.as_object()
    );
    return 0;
}

Result<int> set_role(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto member, find_one(api, member_kind(), given.who, session.limits()));
    const auto id = shown(member, "user_id");
    DRYDOCK_TRY_VOID(api.call("PATCH", "/members/" + id, json::object{{"role", given.new_role}}, session.limits()));
    print_done(
        session,
        fmt::format("{} is {} now", called(member), given.new_role),
        {{"user_id", id}, {"role", given.new_role}}
    );
    return 0;
}

Result<int> remove(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto member, find_one(api, member_kind(), given.who, session.limits()));
    DRYDOCK_TRY_VOID(
        agree(session, fmt::format("Remove {}? Their API tokens of this organization end too.", called(member)))
    );
    const auto id = shown(member, "user_id");
    DRYDOCK_TRY_VOID(api.call("DELETE", "/members/" + id, {}, session.limits()));
    print_done(session, fmt::format("{} belongs to it no more", called(member)), {{"removed", id}});
    return 0;
}

Result<int> add_service(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(
        const auto made,
        api.call("POST", "/service-users", json::object{{"name", given.who}, {"role", given.role}}, session.limits())
    );
    print_done(
        session,
        fmt::format("made {}; `drydock token create NAME --user {}` lets it in", given.who, given.who),
        made.body.as_object()
    );
    return 0;
}

Result<int> reset_link(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto member, find_one(api, member_kind(), given.who, session.limits()));
    DRYDOCK_TRY(
        const auto made, api.call("POST", "/members/" + shown(member, "user_id") + "/reset-token", {}, session.limits())
    );
    const auto& link = made.body.as_object();
    if (session.json()) {
        session.print_json(link);
        return 0;
    }
    session.print(shown(link, "token") + "\n");
    session.note(fmt::format(
        "Send this to {}, and make sure that it is them; it is shown once, and good for a day. They put it into a file "
        "and run",
        called(member)
    ));
    session.note(fmt::format("    drydock user reset --token-file FILE --server {}", api.options().server));
    return 0;
}

Result<int> erase(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto member, find_one(api, member_kind(), given.who, session.limits()));
    DRYDOCK_TRY_VOID(agree(
        session,
        fmt::format(
            "Erase {} for good, here and in every other organization of theirs? Nothing brings them back.",
            called(member)
        )
    ));
    DRYDOCK_TRY(
        const auto done, api.call("POST", "/members/" + shown(member, "user_id") + "/erase", {}, session.limits())
    );
    print_done(session, fmt::format("{} is erased", called(member)), done.body.as_object());
    return 0;
}

const std::vector<std::string>& roles() {
    static const std::vector<std::string> all{"owner", "admin", "member", "viewer"};
    return all;
}

}  // namespace

void declare_user(Arguments& arguments) {
    arguments.noun("user", "Who belongs to the organization, and your own account");
    const auto given = std::make_shared<Given>();
    given->role = "member";
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("user", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("list", "Who belongs to it, and as what", list).example("drydock user list");
    verb("invite", "Ask somebody to join; prints what to send them", invite)
        .argument("ADDRESS", given->who, "Whom")
        .choice("--role", given->role, roles(), "As what")
        .example("drydock user invite grace@example.org --role admin");
    verb("invitations", "Who was asked and has not come yet", invitations).example("drydock user invitations");
    verb("uninvite", "Take an invitation back", uninvite)
        .argument("ADDRESS", given->who, "Whose, or its id")
        .example("drydock user uninvite grace@example.org");
    verb("accept", "Join by an invitation that you were sent", accept)
        .option("--token-file", given->token_file, "FILE", "Its first line is the invitation; - is standard input")
        .option("--name", given->name, "TEXT", "What others see")
        .option("--password-file", given->password_file, "FILE", "Its first line is your password from now on")
        .example("drydock user accept --token-file invitation --name Grace");
    verb("role", "Give somebody another role", set_role)
        .argument("WHO", given->who, "Their address, name or id")
        .argument("ROLE", given->new_role, "owner, admin, member or viewer")
        .example("drydock user role grace@example.org owner");
    verb("service", "A user who is no person and has API tokens alone", add_service)
        .argument("NAME", given->who, "What it is called")
        .choice("--role", given->role, roles(), "As what")
        .example("drydock user service deploy --role member");
    verb("remove", "Take somebody out of the organization", remove)
        .argument("WHO", given->who, "Their address, name or id")
        .example("drydock user remove grace@example.org");
    verb("reset-link", "For somebody who has lost their password; prints what to send them", reset_link)
        .argument("WHO", given->who, "Their address, name or id")
        .example("drydock user reset-link grace@example.org");
    verb("erase", "Take a person out of drydock for good, at their wish", erase)
        .argument("WHO", given->who, "Their address, name or id")
        .example("drydock user erase grace@example.org");
    declare_user_account(arguments);
    declare_user_providers(arguments);
}

}  // namespace drydock::cli
