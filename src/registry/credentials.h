#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "registry/registry.h"

// Credentials of a project: secrets that several databases may sign in with. They are written and used, and never
// shown.
namespace drydock::registry {

struct Credential {
    std::string id{};
    std::string project_id{};
    std::string name{};
    std::string kind{};    // password, connection_string, token, private_key, certificate
    std::string source{};  // sealed, environment
    std::string username{};
    std::string environment_name{};
    std::int64_t version = 1;
    std::int64_t databases = 0;  // that use it
    std::string created_at{};
    std::string rotated_at{};  // when the secret itself last changed; empty: never
};

struct NewCredential {
    std::string project_id{};
    std::string name{};
    std::string kind = "password";
    std::string username{};
    Secret secret{};
};

Result<Credential> add_credential(
    Registry& registry, const control::Actor& actor, const NewCredential& credential, const Limits& limits
);
// Of a project, or of all of the organization (empty).
Result<std::vector<Credential>> list_credentials(
    Registry& registry, const control::Actor& actor, std::string_view project, const Limits& limits
);
// Another secret in its place, for all databases that use it.
Result<Credential> replace_credential(
    Registry& registry, const control::Actor& actor, std::string_view id, const Secret& secret, const Limits& limits
);
// conflict while a database uses it.
Result<> remove_credential(Registry& registry, const control::Actor& actor, std::string_view id, const Limits& limits);

}  // namespace drydock::registry
