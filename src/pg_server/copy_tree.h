#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {

// Copies a folder's folders and regular files (anything else is left out), sharing blocks where the file system
// can. `to` is made, mode 0700; everything in it belongs to the user. Nothing is synced.
Result<> copy_tree(
    const std::filesystem::path& from, const std::filesystem::path& to, const std::optional<SystemUser>& user
);

}  // namespace drydock::pg_server
