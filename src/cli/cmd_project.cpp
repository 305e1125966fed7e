#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/remote.h"
#include "cli/session.h"

// project: what databases, secrets and limits belong to.
namespace drydock::cli {
namespace {

namespace json = boost::json;

struct Given {
    std::string which;
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::string status;
    std::string new_status;
    std::optional<std::size_t> databases;
    std::optional<std::string> storage;
};

std::string path_of(const json::object& project) {
    return "/projects/" + shown(project, "id");
}

Result<int> list(Session& session, const Given& given) {
    const auto status = given.status.empty() ? std::nullopt : std::optional{given.status};
    DRYDOCK_TRY_VOID(print_list(
        session,
        {.path = with_query("/projects?limit=200", {{"status", status}}),
         .columns =
             {{"project"},
              {"name", Table::Align::left, true},
              {"status"},
              {"databases", Table::Align::right},
              {"created"}},
         .row = [](const json::object& project) -> std::vector<Table::Cell> {
             return {
                 {shown(project, "slug"), Tone::bold},
                 shown(project, "name"),
                 shown_state(project, "status"),
                 shown(project, "databases"),
                 shown_moment(project, "created_at")
             };
         },
         .when_empty = "no projects; `drydock project create` makes one"}
    ));
    return 0;
}

Result<int> show(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto project, find_one(api, project_kind(), given.which, session.limits()));
    print_object(session, project);
    return 0;
}

Result<int> create(Session& session, const Given& given) {
    auto api = remote(session);
    json::object body{{"slug", given.which}, {"name", given.name.value_or(given.which)}};
    if (given.description) body["description"] = *given.description;
    DRYDOCK_TRY(const auto made, api.call("POST", "/projects", body, session.limits()));
    print_done(session, fmt::format("made the project {}", given.which), made.body.as_object());
    return 0;
}

Result<int> change(Session& session, const Given& given) {
    json::object body;
    if (given.name) body["name"] = *given.name;
    if (given.description) body["description"] = *given.description;
    if (!given.new_status.empty()) body["status"] = given.new_status;
    if (body.empty()) {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = "there is nothing to change",
            .hint = "Give --name, --description or --status.",
        };
    }
    auto api = remote(session);
    DRYDOCK_TRY(const auto project, find_one(api, project_kind(), given.which, session.limits()));
    DRYDOCK_TRY(const auto changed, change_present(api, "PATCH", path_of(project), body, session.limits()));
    print_done(session, fmt::format("changed {}", given.which), changed.body.as_object());
    return 0;
}

Result<int> remove(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto project, find_one(api, project_kind(), given.which, session.limits()));
    DRYDOCK_TRY_VOID(agree(session, fmt::format("Delete the project {}?", shown(project, "slug"))));
    DRYDOCK_TRY_VOID(change_present(api, "DELETE", path_of(project), {}, session.limits()));
    print_done(session, fmt::format("deleted {}", given.which), {{"removed", shown(project, "id")}});
    return 0;
}

Result<int> limit(Session& session, const Given& given) {
    auto api = remote(session);
    DRYDOCK_TRY(const auto project, find_one(api, project_kind(), given.which, session.limits()));
    json::object body;
    if (given.databases) body["max_databases"] = *given.databases;
    if (given.storage) {
        const auto bytes = parse_bytes(*given.storage);
        if (!bytes) {
            return Error{
                .code = ErrorCode::invalid_argument,
                .message = fmt::format("--storage {} is no size", *given.storage),
                .hint = "Write it as 500MB or 20GB.",
            };
        }
        body["max_storage_bytes"] = *bytes;
    }
    DRYDOCK_TRY_VOID(api.call("PUT", path_of(project) + "/limits", body, session.limits()));
    print_done(session, fmt::format("the limits of {} are set", given.which), body);
    return 0;
}

}  // namespace

void declare_project(Arguments& arguments) {
    arguments.noun("project", "What databases, secrets and limits belong to");
    const auto given = std::make_shared<Given>();
    const auto verb = [&](const char* name, const char* what, auto run) {
        return arguments.verb("project", name, what, [given, run](Session& s) { return run(s, *given); });
    };
    verb("list", "Those of the organization", list)
        .choice("--status", given->status, {"active", "archived"}, "These only")
        .example("drydock project list");
    verb("show", "One of them", show)
        .argument("PROJECT", given->which, "Its slug or id")
        .example("drydock project show shop");
    verb("create", "A new one", create)
        .argument("SLUG", given->which, "What it is called in addresses and here; it stays")
        .option("--name", given->name, "TEXT", "What people see; left out: the slug")
        .option("--description", given->description, "TEXT", "What it is for")
        .example("drydock project create shop --name 'The shop'");
    verb("change", "Rename or describe it, archive it or bring it back", change)
        .argument("PROJECT", given->which, "Its slug or id")
        .option("--name", given->name, "TEXT", "What people see")
        .option("--description", given->description, "TEXT", "What it is for")
        .choice("--status", given->new_status, {"active", "archived"}, "From now on")
        .example("drydock project change shop --status archived");
    verb("limits", "Its own limits; what is left out is as the plan says", limit)
        .argument("PROJECT", given->which, "Its slug or id")
        .count("--databases", given->databases, "So many databases at most")
        .option("--storage", given->storage, "SIZE", "So much data in them at most: 500MB, 20GB")
        .example("drydock project limits shop --databases 10 --storage 20GB");
    verb("remove", "Delete an empty one", remove)
        .argument("PROJECT", given->which, "Its slug or id")
        .example("drydock project remove shop");
}

}  // namespace drydock::cli
