#include "tenancy/projects.h"

#include "api/drafts.h"
#include "api/json.h"
#include "api/pages.h"
#include "api/routes.h"
#include "api/who.h"

namespace drydock::api {
namespace {

using namespace http;

const std::string kList = "/api/v2/projects";
const std::string kOne = "/api/v2/projects/{id:uuid}";

Schema project_schema() {
    return object(
        "Project",
        "What an organization works on. Databases, secrets and limits belong to "
        "a project.",
        {
            {"id", text(plain).uuid().id_of("project"), Presence::output},
            {"slug",
             text(plain).length(1, 63).matches(kSlug).describe("Unique in the organization; stays."),
             Presence::required},
            {"name", text(plain).length(1, 200), Presence::required},
            {"description", text(plain).length(0, 2000)},
            {"status", text(plain).one_of({"active", "archived"}), Presence::output},
            {"databases", integer().range(0, 1'000'000).describe("How many are registered in it."), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
            {"updated_at", text(plain).date_time(), Presence::output},
        }
    );
}

Schema change_schema() {
    return object(
        "ProjectChange",
        "What is to be another; what is left out stays.",
        {
            {"name", text(plain).length(1, 200)},
            {"description", text(plain).length(0, 2000)},
            {"status", text(plain).one_of({"active", "archived"})},
        }
    );
}

json::object to_json(const tenancy::Project& project) {
    return {
        {"id", project.id},
        {"slug", project.slug},
        {"name", project.name},
        {"description", project.description},
        {"status", project.status},
        {"databases", project.databases},
        {"created_at", project.created_at},
        {"updated_at", project.updated_at},
    };
}
Reply reply(const tenancy::Project& project) {
    return versioned(to_json(project), project.version);
}

Result<Reply> list(const Services& services, Call& call) {
    DRYDOCK_TRY(const auto from, position(services.cursors, call));
    const tenancy::ProjectFilter filter{
        .status = query_text(call, "status"),
        .after = from.empty() ? std::string{} : std::string{from.at(0).as_string()},
        .most = static_cast<int>(call.limit()) + 1,
    };
    DRYDOCK_TRY(const auto projects, tenancy::list_projects(services.store, actor(call), filter, call.limits));
    return page(services.cursors, call, projects, to_json, [](const tenancy::Project& last) {
        return json::array{last.slug};
    });
}

Result<Reply> create(const Services& services, Call& call) {
    const tenancy::NewProject project{
        .slug = text_field(call, "slug"),
        .name = text_field(call, "name"),
        .description = text_field(call, "description")
    };
    DRYDOCK_TRY(const auto created, tenancy::create_project(services.store, actor(call), project, call.limits));
    auto answer = reply(created);
    answer.headers.add("Location", kList + "/" + created.id);
    return answer;
}

Result<Reply> change(const Services& services, Call& call) {
    const tenancy::ProjectChange wanted{
        .name = optional_text(call, "name"),
        .description = optional_text(call, "description"),
        .status = optional_text(call, "status"),
    };
    const std::string id{call.path_text("id")};
    return changed(tenancy::change_project(services.store, actor(call), id, wanted, call.if_match, call.limits), reply);
}

}  // namespace

std::vector<Route> project_routes(const Services& services) {
    const Drafts drafts{"projects"};
    const auto read = Access::permission("projects:read");
    const auto write = Access::permission("projects:write");

    auto listing = drafts.read(
        kList,
        "list_projects",
        "The organization's projects",
        read,
        many(project_schema()),
        [&services](Call& call) { return list(services, call); }
    );
    listing.query = {{"status", text(plain).one_of({"active", "archived"})}};

    auto creation = drafts.change(
        Method::post,
        kList,
        "create_project",
        "A new project",
        write,
        one(project_schema(), 201),
        [&services](Call& call) { return create(services, call); }
    );
    creation.request = project_schema();
    creation.creates = true;

    auto reading = drafts.read(
        kOne,
        "get_project",
        "One of them",
        read,
        one(project_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto found,
                tenancy::get_project(services.store, actor(call), std::string{call.path_text("id")}, call.limits)
            );
            return reply(found);
        }
    );
    auto changing = drafts.change(
        Method::patch,
        kOne,
        "change_project",
        "Rename, describe, archive or bring it back",
        write,
        one(project_schema()),
        [&services](Call& call) { return change(services, call); }
    );
    changing.request = change_schema();
    auto deleting = drafts.change(
        Method::remove,
        kOne,
        "delete_project",
        "Delete an empty project",
        Access::permission("projects:delete"),
        nothing(),
        [&services](Call& call) {
            return gone(tenancy::delete_project(
                services.store, actor(call), std::string{call.path_text("id")}, call.if_match, call.limits
            ));
        }
    );
    for (auto* const single : {&reading, &changing, &deleting}) {
        single->path_objects = {{"id", "project"}};
        single->versioned = true;
    }
    return {std::move(listing), std::move(creation), std::move(reading), std::move(changing), std::move(deleting)};
}

}  // namespace drydock::api
