#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::pg_server {

// One process, held through a pidfd, so that a later process with the same number is never taken for it.
class ProcessHandle {
public:
    // nullopt when there is no such process.
    static Result<std::optional<ProcessHandle>> open(pid_t pid);
    ProcessHandle(ProcessHandle&& other) noexcept;
    ProcessHandle& operator=(ProcessHandle&& other) noexcept;
    ~ProcessHandle();

    pid_t pid() const { return pid_; }
    // True once it has ended (a zombie has); waits for it at most this long.
    bool ended(std::chrono::milliseconds wait = std::chrono::milliseconds{0}) const;
    void signal(int number) const;

private:
    ProcessHandle(pid_t pid, int fd) : pid_(pid), fd_(fd) {}

    pid_t pid_;
    int fd_;
};

// The Error to give when the limits are over, nullopt while they are not.
std::optional<Error> limits_over(const Limits& limits, std::string_view doing);

}  // namespace drydock::pg_server
