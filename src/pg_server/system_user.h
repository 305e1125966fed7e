#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::pg_server {

struct SystemUser {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name{};
};

// Whom a server must run as: nullopt is "ourselves". Root is refused by PostgreSQL, so for root it is
// DRYDOCK_PG_USER or the user "postgres".
Result<std::optional<SystemUser>> server_user();

Result<> give_to(const std::optional<SystemUser>& user, const std::filesystem::path& path);
// Makes the folder if it is missing (its parents too), and sets mode and owner.
Result<> make_folder(const std::filesystem::path& path, mode_t mode, const std::optional<SystemUser>& user);
Result<> write_owned(const std::filesystem::path& path, std::string_view text, const std::optional<SystemUser>& user);
// An Error with advice when the user can't enter the folder this path is to stand in.
Result<> check_reachable(
    const std::filesystem::path& path, const std::optional<SystemUser>& user, const Limits& limits
);
// Our own home folder, from HOME or else from the user database.
std::filesystem::path home_folder();

}  // namespace drydock::pg_server
