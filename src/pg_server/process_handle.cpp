#include "pg_server/process_handle.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace drydock::pg_server {

Result<std::optional<ProcessHandle>> ProcessHandle::open(pid_t pid) {
    const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (fd >= 0) return std::optional{ProcessHandle{pid, fd}};
    if (errno == ESRCH || errno == EINVAL) return std::optional<ProcessHandle>{};
    return Error{
        .code = ErrorCode::internal, .message = fmt::format("watching process {}: {}", pid, std::strerror(errno))
    };
}

ProcessHandle::ProcessHandle(ProcessHandle&& other) noexcept : pid_(other.pid_), fd_(std::exchange(other.fd_, -1)) {}

ProcessHandle& ProcessHandle::operator=(ProcessHandle&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(fd_, other.fd_);
    return *this;
}

ProcessHandle::~ProcessHandle() {
    if (fd_ >= 0) ::close(fd_);
}

bool ProcessHandle::ended(std::chrono::milliseconds wait) const {
    pollfd poller{fd_, POLLIN, 0};
    return ::poll(&poller, 1, static_cast<int>(wait.count())) > 0;
}

void ProcessHandle::signal(int number) const {
    ::syscall(SYS_pidfd_send_signal, fd_, number, nullptr, 0);
}

std::optional<Error> limits_over(const Limits& limits, std::string_view doing) {
    if (limits.stop.stop_requested()) {
        return Error{.code = ErrorCode::cancelled, .message = fmt::format("{}: stopped on request", doing)};
    }
    if (Limits::Clock::now() >= limits.deadline) {
        return Error{.code = ErrorCode::deadline_exceeded, .message = fmt::format("{}: not done in time", doing)};
    }
    return std::nullopt;
}

}  // namespace drydock::pg_server
