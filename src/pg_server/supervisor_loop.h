#pragma once

#include <sys/types.h>

#include "pg_server/exec_plan.h"

namespace drydock::pg_server {

// What the supervisor's process works with: made before the fork, never changed after it.
struct SupervisorTask {
    const ExecPlan* server;
    const char* postmaster_file;
    char* const* remove_argv;  // /bin/rm -rf -- folder lock-file
    int control;               // SOCK_SEQPACKET: a command's letter in, a SupervisorReply out
    int owner;                 // pidfd of the process this is all for
    int lock;                  // only kept open
};

struct SupervisorReply {
    pid_t pid;
    int error_number;
};

inline constexpr char kStartServer = 's';
inline constexpr char kKillServer = 'k';

// Runs in the new process until the owner is gone. Only async-signal-safe calls: the owner may have threads.
[[noreturn]] void supervise(const SupervisorTask& task) noexcept;

}  // namespace drydock::pg_server
