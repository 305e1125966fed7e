#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "pg_server/exec_plan.h"
#include "pg_server/file_lock.h"
#include "pg_server/process_handle.h"

namespace drydock::pg_server {

// A small process of its own between us and a throw-away server. It starts and kills the server when told, and
// when we are gone, however that came, it ends the server and removes its folder.
class Supervisor {
public:
    struct Plan {
        std::unique_ptr<ExecPlan> server;
        std::filesystem::path folder;     // removed at the end
        std::filesystem::path lock_file;  // removed after it
    };

    // The lock stays held by the new process alone, and says as long as it lives that the folder is in use.
    static Result<Supervisor> start(Plan plan, FileLock lock);
    Supervisor(Supervisor&&) noexcept;
    Supervisor& operator=(Supervisor&&) noexcept;
    ~Supervisor();  // when it returns, the server and its folder are gone

    // Waits first until nothing of the server's last life runs.
    Result<pid_t> start_server();
    Result<> kill_server();
    pid_t pid() const { return pid_; }

private:
    Supervisor(pid_t pid, int control) : pid_(pid), control_(control) {}
    Result<int> tell(char command);

    pid_t pid_;
    int control_;
    pid_t maker_ = ::getpid();  // a forked copy of us must not end what is not its own
};

}  // namespace drydock::pg_server
