#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "pg_server/binaries.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {

// A made cluster that throw-away servers are copied from.
struct ClusterTemplate {
    std::filesystem::path pgdata;
    std::string password;  // of the superuser "postgres", over TCP
};

// The one for these binaries from the cache ($XDG_CACHE_HOME/drydock, ~/.cache/drydock; root: /var/cache/drydock),
// made when it is not there. Makers wait for each other; a killed one leaves no template.
Result<ClusterTemplate> cluster_template(
    const Binaries& binaries, const std::optional<SystemUser>& user, const Limits& limits
);

std::filesystem::path cache_folder();

}  // namespace drydock::pg_server
