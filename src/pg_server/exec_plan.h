#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "pg_server/process_handle.h"
#include "pg_server/system_user.h"

namespace drydock::pg_server {

// What a server and initdb get as their environment: nothing of ours but where programs, libraries and time zones
// are, so no PG* or LC_* variable of a caller changes what they do.
std::vector<std::string> server_environment();

// Everything a new postgres process needs, laid out before fork(): after it, in a process that had threads, only
// async-signal-safe calls are allowed, so no memory may be asked for.
class ExecPlan {
public:
    ExecPlan(
        std::vector<std::string> argv,
        std::filesystem::path log_file,
        std::filesystem::path directory,
        std::optional<SystemUser> user
    );
    ExecPlan(const ExecPlan&) = delete;
    ExecPlan& operator=(const ExecPlan&) = delete;

    // In the child: a session of its own, standard output to the log, the user, then exec. A failure's errno goes
    // to `report`. With a parent to die with, the kernel sends SIGQUIT when that one ends.
    [[noreturn]] void become(int report, pid_t die_with) const noexcept;

    // Starts it as nobody's child: it outlives us and never becomes our zombie. nullopt: it has ended already.
    Result<std::optional<ProcessHandle>> launch_detached() const;

private:
    std::vector<std::string> argv_;
    std::vector<std::string> environment_;
    std::vector<char*> argv_pointers_;
    std::vector<char*> environment_pointers_;
    std::string log_file_;
    std::string directory_;
    std::optional<SystemUser> user_;
};

}  // namespace drydock::pg_server
