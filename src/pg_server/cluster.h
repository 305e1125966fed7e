#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "pg_server/binaries.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {

// How initdb is to make a cluster.
struct ClusterPlan {
    Binaries binaries;
    std::filesystem::path pgdata;  // made; its parent must let the user in
    std::string owner;             // the superuser's name
    std::string password;
    std::string hba;         // the whole pg_hba.conf
    bool throwaway = false;  // small WAL segments, no checksums, not synced
};

// Makes it in one go: when it fails or is stopped, pgdata is not there.
Result<> make_cluster(const ClusterPlan& plan, const std::optional<SystemUser>& user, const Limits& limits);

// The major version a cluster was made by, from PG_VERSION; nullopt when there is no cluster.
std::optional<int> cluster_major(const std::filesystem::path& pgdata);

// A TCP port of 127.0.0.1 nobody listens on now: the wanted one if it is free, else one below the range from which
// the kernel takes ports for outgoing connections.
Result<int> free_port(int wanted = 0);

// As an item of a setting that is a list of folders.
std::string quoted_folder(const std::filesystem::path& folder);

}  // namespace drydock::pg_server
