#include "tenancy/organizations.h"

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "api/who.h"

namespace drydock::api {
namespace {

using namespace http;

Schema organization_schema() {
    return object(
        "Organization",
        "A tenant: nothing of one is ever visible to another.",
        {
            {"id", text(plain).uuid().id_of("organization"), Presence::output},
            {"slug",
             text(plain).length(1, 63).matches(kSlug).describe("Its name in addresses and on the command line."),
             Presence::output},
            {"name", text(plain).length(1, 200), Presence::required},
            {"status", text(plain).one_of({"active", "suspended", "closed"}), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
            {"updated_at", text(plain).date_time(), Presence::output},
        }
    );
}

json::object to_json(const tenancy::Organization& organization) {
    return {
        {"id", organization.id},
        {"slug", organization.slug},
        {"name", organization.name},
        {"status", organization.status},
        {"created_at", organization.created_at},
        {"updated_at", organization.updated_at},
    };
}

// The pipeline takes the organization from the path; whoever writes the path so that it does not must not reach
// another.
Result<> is_of_path(const Call& call) {
    if (call.path_text("id") == actor(call).organization_id) return {};
    return Error{.code = ErrorCode::not_found, .message = "there is no such organization"};
}

Reply reply(const tenancy::Organization& organization) {
    return versioned(to_json(organization), organization.version);
}

}  // namespace

std::vector<Route> organization_routes(const Services& services) {
    const std::string path = "/api/v2/organizations/{id:uuid}";
    return {
        Route{
            .method = Method::get,
            .path = path,
            .operation = "get_organization",
            .tag = "organizations",
            .summary = "An organization that you belong to",
            .access = Access::permission("organization:read"),
            .answer = one(organization_schema()),
            .handle = [&services](Call& call) -> Result<Reply> {
                DRYDOCK_TRY_VOID(is_of_path(call));
                DRYDOCK_TRY(const auto found, tenancy::get_organization(services.store, actor(call), call.limits));
                return reply(found);
            },
            .path_objects = {{"id", "organization"}},
            .versioned = true,
        },
        Route{
            .method = Method::patch,
            .path = path,
            .operation = "rename_organization",
            .tag = "organizations",
            .summary = "Give it another name",
            .access = Access::permission("organization:write"),
            .answer = one(organization_schema()),
            .handle = [&services](Call& call) -> Result<Reply> {
                DRYDOCK_TRY_VOID(is_of_path(call));
                return changed(
                    tenancy::rename_organization(
                        services.store, actor(call), text_field(call, "name"), call.if_match, call.limits
                    ),
                    reply
                );
            },
            .path_objects = {{"id", "organization"}},
            .request = organization_schema(),
            .versioned = true,
            .rate = RateClass::write,
        },
        Route{
            .method = Method::remove,
            .path = path,
            .operation = "close_organization",
            .tag = "organizations",
            .summary = "Close it: nobody can do anything in it any more; its "
                       "records are kept",
            .access = Access::permission("organization:delete"),
            .answer = nothing(),
            .handle = [&services](Call& call) -> Result<Reply> {
                DRYDOCK_TRY_VOID(is_of_path(call));
                return gone(tenancy::close_organization(services.store, actor(call), call.if_match, call.limits));
            },
            .path_objects = {{"id", "organization"}},
            .versioned = true,
            .needs_step_up = true,
            .rate = RateClass::write,
        },
    };
}

}  // namespace drydock::api
