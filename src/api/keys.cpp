#include <cstdint>

#include "api/drafts.h"
#include "api/json.h"
#include "api/routes.h"
#include "registry/credential_rotation.h"
#include "registry/key_rotation.h"

// Keys that seal secrets, and new ones in the place of old ones.
namespace drydock::api {
namespace {

using namespace http;

const std::string kKeys = "/api/v2/keys";
const std::string kDatabase = "/api/v2/databases/{id:uuid}";

Schema data_key_schema() {
    return object(
        "DataKey",
        "A key of a project; itself it is never shown.",
        {
            {"id", text(plain).uuid().not_an_object(), Presence::output},
            {"project_id", text(plain).uuid().id_of("project"), Presence::output},
            {"purpose", text(plain), Presence::output},
            {"version", integer().range(1, INT64_MAX), Presence::output},
            {"state", text(plain).one_of({"active", "decrypt_only", "destroyed"}), Presence::output},
            {"master_key_id", text(plain), Presence::output},
            {"values", integer().range(0, INT64_MAX).describe("How many it seals."), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
            {"updated_at", text(plain).date_time(), Presence::output},
        }
    );
}

json::object to_json(const registry::DataKeyStatus& key) {
    return {
        {"id", key.id},
        {"project_id", key.project_id},
        {"purpose", key.purpose},
        {"version", key.version},
        {"state", key.state},
        {"master_key_id", key.master_key_id},
        {"values", key.values},
        {"created_at", key.created_at},
        {"updated_at", key.updated_at},
    };
}

Schema rotation_schema() {
    return object(
        "CredentialRotation",
        "A database's own password, replaced by a random one, step by step.",
        {
            {"id", text(plain).uuid().not_an_object(), Presence::output},
            {"database_id", text(plain).uuid().id_of("database"), Presence::output},
            {"state", text(plain), Presence::output},
            {"username", text(plain).nullable(), Presence::output},
            {"attempts", integer().range(0, INT64_MAX), Presence::output},
            {"error", text(plain).nullable(), Presence::output},
            {"created_at", text(plain).date_time(), Presence::output},
            {"updated_at", text(plain).date_time(), Presence::output},
            {"finished_at", text(plain).date_time().nullable(), Presence::output},
        }
    );
}

json::object to_json(const registry::Rotation& rotation) {
    return {
        {"id", rotation.id},
        {"database_id", rotation.database_id},
        {"state", rotation.state},
        {"username", text_or_null(rotation.username)},
        {"attempts", rotation.attempts},
        {"error", text_or_null(rotation.error)},
        {"created_at", rotation.created_at},
        {"updated_at", rotation.updated_at},
        {"finished_at", text_or_null(rotation.finished_at)},
    };
}

template <class T>
Reply all(const std::vector<T>& rows) {
    json::array items;
    for (const auto& row : rows) items.push_back(to_json(row));
    return Reply::page(std::move(items), {});
}

Result<Reply> rotate_data_key(const Services& services, Call& call) {
    DRYDOCK_TRY(
        const auto done,
        registry::rotate_data_key(
            services.registry.secrets(),
            actor(call),
            text_field(call, "project_id"),
            text_field(call, "purpose"),
            call.limits
        )
    );
    return Reply{json::object{{"resealed", done.done}, {"failed", done.failed}}};
}

Schema resealed_schema() {
    return object(
        "Resealed",
        "How many values were sealed anew.",
        {
            {"resealed", integer().range(0, INT64_MAX), Presence::output},
            {"failed",
             integer().range(0, INT64_MAX).describe("That did not open: they stay as they are, and so does their key."),
             Presence::output},
        }
    );
}

}  // namespace

std::vector<Route> key_routes(const Services& services) {
    const Drafts drafts{"keys"};
    const auto write = Access::permission("keys:write");
    auto listing = drafts.read(
        kKeys,
        "list_data_keys",
        "The data keys of the organization's projects",
        write,
        many(data_key_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto found, registry::data_key_status(services.registry.keys(), actor(call), call.limits)
            );
            return all(found);
        }
    );
    auto data_key = drafts.change(
        Method::post,
        kKeys + "/rotate",
        "rotate_data_key",
        "A new data key for a project; what the old one sealed is sealed anew",
        write,
        one(resealed_schema()),
        [&services](Call& call) { return rotate_data_key(services, call); }
    );
    data_key.request = object(
        "DataKeyRotation",
        "Whose.",
        {
            {"project_id", text(plain).uuid().id_of("project"), Presence::required_input},
            {"purpose",
             text(plain).one_of({"connection_strings", "credentials"}).fallback("connection_strings"),
             Presence::input},
        }
    );
    auto credential = drafts.change(
        Method::post,
        kDatabase + "/rotate",
        "rotate_credential",
        "A new random password for its login, there and here",
        Access::permission("credentials:write"),
        one(rotation_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY(
                const auto done,
                registry::rotate_credential(services.registry, actor(call), call.path_text("id"), call.limits)
            );
            return Reply{to_json(done)};
        }
    );
    auto history = drafts.read(
        kDatabase + "/rotations",
        "list_rotations",
        "Rotations of its password",
        Access::permission("credentials:read"),
        many(rotation_schema()),
        [&services](Call& call) -> Result<Reply> {
            DRYDOCK_TRY_VOID(services.registry.find(actor(call), call.path_text("id"), call.limits));
            DRYDOCK_TRY(
                const auto found,
                registry::rotations_of(services.registry, actor(call), call.path_text("id"), call.limits)
            );
            return all(found);
        }
    );
    for (auto* const route : {&credential, &history}) route->path_objects = {{"id", "database"}};
    for (auto* const route : {&data_key, &credential}) {
        route->needs_step_up = true;
        route->rate = RateClass::expensive;
        route->time_limit = std::chrono::minutes{2};
    }
    return {std::move(listing), std::move(data_key), std::move(credential), std::move(history)};
}

}  // namespace drydock::api
