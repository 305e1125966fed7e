#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "pg_server/process_handle.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {

// postmaster.pid, as a running server keeps it up to date in its data folder.
struct PostmasterFile {
    pid_t pid = 0;
    std::int64_t started_at = 0;  // seconds since 1970
    int port = 0;
    std::string socket_dir{};
    std::string status{};  // "starting", "ready", "stopping", "standby"; empty in its first moments
};

std::optional<PostmasterFile> parse_postmaster_file(std::string_view text);
std::optional<PostmasterFile> read_postmaster_file(const std::filesystem::path& pgdata);

// The process that serves this folder. A stale file, or one whose number went to another program, gives nullopt.
Result<std::optional<ProcessHandle>> find_postmaster(const std::filesystem::path& pgdata);

// A stale file whose number now belongs to another program of the server's user would stop a start. It gets a number
// that no process has: what else is in it tells the new server whether processes of its last life still run.
Result<> disarm_stale_file(const std::filesystem::path& pgdata, const std::optional<SystemUser>& user);

// Where a server writes, and from which byte on it is about this start.
struct ServerLog {
    std::filesystem::path file{};
    std::uintmax_t start = 0;

    static ServerLog from_here(std::filesystem::path file);
    std::string tail() const;  // the last lines since the start
};

// Waits until it takes connections. When it ends instead, the Error says why, from its log.
Result<PostmasterFile> wait_until_ready(
    const std::filesystem::path& pgdata, const ProcessHandle& server, const ServerLog& log, const Limits& limits
);

// Why a start failed and what to do, from what the server logged.
enum class StartFailure : std::uint8_t {
    port_taken,
    disk_full,
    no_permission,
    no_shared_memory,
    old_processes,
    wrong_version,
    other,
};
StartFailure classify_start_failure(std::string_view log);
Error start_failed(const ServerLog& log);

}  // namespace drydock::pg_server
