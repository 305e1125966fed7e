#include "registry/credentials.h"

#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"

// Secrets that several databases sign in with: written and used, never shown.
namespace drydock::api {
namespace {

using namespace http;

const std::string kList = "/api/v2/credentials";
const std::string kOne = "/api/v2/credentials/{id:uuid}";

Schema credential_schema() {
    return object(
        "Credential",
        "A secret of a project. It is never in an answer.",
        {
            {"id", text(plain).uuid().id_of("credential"), Presence::output},
            {"project_id", text(plain).uuid().id_of("project"), Presence::output},
            {"name", text(plain), Presence::output},
            {"kind", text(plain), Presence::output},
            {"source", text(plain).one_of({"sealed", "environment"}), Presence::output},
            {"username", text(plain).nullable(), Presence::output},
            {"environment", text(plain).nullable(), Presence::output},
            {"version", integer().range(1, INT64_MAX).describe("Counts the secrets that it has held."), Presence::output
            },
            {"databases", integer().range(0, INT64_MAX).describe("That sign in with it."), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
            {"rotated_at", text(plain).date_time().nullable(), Presence::output},
        }
    );
}

json::object to_json(const registry::Credential& credential) {
    return {
        {"id", credential.id},
        {"project_id", credential.project_id},
        {"name", credential.name},
        {"kind", credential.kind},
        {"source", credential.source},
        {"username", text_or_null(credential.username)},
        {"environment", text_or_null(credential.environment_name)},
        {"version", credential.version},
        {"databases", credential.databases},
        {"created_at", credential.created_at},
        {"rotated_at", text_or_null(credential.rotated_at)},
    };
}

Result<Reply> list_credentials(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto found,
        registry::list_credentials(
            services.registry, actor(call), query_text(call, "project_id").value_or(""), call.limits
        )
    );
    json::array items;
    for (const auto& credential : found) items.push_back(to_json(credential));
    return Reply::page(std::move(items), {});
}

Result<Reply> add(const Services& services, Call& call) {
    const registry::NewCredential wanted{
        .project_id = text_field(call, "project_id"),
        .name = text_field(call, "name"),
        .kind = text_field(call, "kind"),
        .username = text_field(call, "username"),
        .secret = Secret{text_field(call, "secret")},
    };
    DRYDOCK_TRY(const auto added, registry::add_credential(services.registry, actor(call), wanted, call.limits));
    Reply reply{to_json(added)};
    reply.headers.add("Location", kList + "/" + added.id);
    return reply;
}

Result<Reply> replace(const Services& services, Call& call) {
    const Secret wanted{text_field(call, "secret")};
    DRYDOCK_TRY(
        const auto replaced,
        registry::replace_credential(services.registry, actor(call), call.path_text("id"), wanted, call.limits)
    );
    if (services.registry_changed) services.registry_changed();
    return Reply{to_json(replaced)};
}

}  // namespace

std::vector<Route> credential_routes(const Services& services) {
    const Drafts drafts{"credentials"};
    const auto write = Access::permission("credentials:write");
    auto listing = drafts.read(
        kList,
        "list_credentials",
        "Which there are, never what they hold",
        Access::permission("credentials:read"),
        many(credential_schema()),
        [&services](Call& call) { return list_credentials(services, call); }
    );
    listing.query = {{"project_id", text(plain).uuid().id_of("project")}};
    auto adding = drafts.change(
        Method::post,
        kList,
        "add_credential",
        "Store a secret",
        write,
        one(credential_schema(), 201),
        [&services](Call& call) { return add(services, call); }
    );
    adding.request = object(
        "CredentialRequest",
        "A secret for a project's databases.",
        {
            {"project_id", text(plain).uuid().id_of("project"), Presence::required_input},
            {"name", text(plain).length(1, 200), Presence::required_input},
            {"kind",
             text(plain)
                 .one_of({"password", "connection_string", "token", "private_key", "certificate"})
                 .fallback("password"),
             Presence::input},
            {"username", text(plain).length(1, 255), Presence::input},
            {"secret", text(secret).length(1, 100'000), Presence::required_input},
        }
    );
    adding.creates = true;
    auto replacing = drafts.change(
        Method::put,
        kOne + "/secret",
        "replace_secret",
        "Another secret in its place, for all databases that use it",
        write,
        one(credential_schema()),
        [&services](Call& call) { return replace(services, call); }
    );
    replacing.request = object(
        "SecretReplacement", "The new one.", {{"secret", text(secret).length(1, 100'000), Presence::required_input}}
    );
    auto removing = drafts.change(
        Method::remove,
        kOne,
        "remove_credential",
        "Forget it, where no database uses it",
        Access::permission("credentials:delete"),
        nothing(),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(
                registry::remove_credential(services.registry, actor(call), call.path_text("id"), call.limits)
            );
            return Reply{};
        }
    );
    for (auto* const route : {&replacing, &removing}) route->path_objects = {{"id", "credential"}};
    return {std::move(listing), std::move(adding), std::move(replacing), std::move(removing)};
}

}  // namespace drydock::api
