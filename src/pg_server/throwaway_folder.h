#pragma once

#include <filesystem>
#include <optional>

#include "base/limits.h"
#include "base/result.h"
#include "pg_server/file_lock.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {

// Where one throw-away server lives: a private folder, and beside it a file whose lock says that it is in use.
struct ThrowawayFolder {
    std::filesystem::path folder;
    std::filesystem::path lock_file;
    FileLock lock;
};

// Makes one, in memory (/dev/shm) if there is room and it need not be durable, else on a disk: TMPDIR, /var/tmp,
// /tmp. Folders there whose owners died without cleaning up are removed first.
Result<ThrowawayFolder> make_throwaway_folder(
    bool durable, const std::optional<SystemUser>& user, const Limits& limits
);

// Removes what no living supervisor holds.
void sweep_throwaway_folders(const std::filesystem::path& base);

// The folder they stand in on this file system: of this user alone.
std::filesystem::path throwaway_base(const std::filesystem::path& file_system);

}  // namespace drydock::pg_server
