#include "pg_server/supervisor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/files.h"
#include "pg_server/supervisor_loop.h"

namespace drydock::pg_server {
namespace {

constexpr std::chrono::seconds kEndTime{20};
constexpr int kFirstFree = 3;

struct Descriptor {
    int fd;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

// The supervisor takes 0, 1 and 2 for itself, and a process may have been started without them.
int above_standard(int fd) {
    if (fd < 0 || fd >= kFirstFree) return fd;
    const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, kFirstFree);
    ::close(fd);
    return moved;
}

Error no_answer(int error_number) {
    return {
        .code = ErrorCode::unavailable,
        .message = "the throw-away server's supervisor is gone",
        .detail = std::strerror(error_number)
    };
}

}  // namespace

Result<Supervisor> Supervisor::start(Plan plan, FileLock lock) {
    const std::string postmaster_file = plan.folder / "pgdata" / "postmaster.pid";
    std::array<std::string, 5> remove{"/bin/rm", "-rf", "--", plan.folder.string(), plan.lock_file.string()};
    std::array<char*, 6> remove_argv{};
    for (std::size_t i = 0; i < remove.size(); ++i) remove_argv[i] = remove[i].data();

    std::array<int, 2> control{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control.data()) != 0) {
        return file_error("making a socket for", plan.folder, errno);
    }
    const int ours = above_standard(control[0]);
    const Descriptor theirs{above_standard(control[1])};
    const Descriptor owner{above_standard(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)))};
    const Descriptor held{::fcntl(lock.descriptor(), F_DUPFD_CLOEXEC, kFirstFree)};
    const SupervisorTask task{
        .server = plan.server.get(),
        .postmaster_file = postmaster_file.c_str(),
        .remove_argv = remove_argv.data(),
        .control = theirs.fd,
        .owner = owner.fd,
        .lock = held.fd
    };
    const pid_t pid = owner.fd < 0 ? -1 : ::fork();
    if (pid == 0) supervise(task);
    if (pid < 0) {
        const int error_number = errno;
        ::close(ours);
        return file_error("starting a supervisor for", plan.folder, error_number);
    }
    return Supervisor{pid, ours};
}

Supervisor::Supervisor(Supervisor&& other) noexcept
    : pid_(other.pid_), control_(std::exchange(other.control_, -1)), maker_(other.maker_) {}

Supervisor& Supervisor::operator=(Supervisor&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(control_, other.control_);
    std::swap(maker_, other.maker_);
    return *this;
}

Supervisor::~Supervisor() {
    if (control_ < 0) return;
    if (maker_ != ::getpid()) {
        ::close(control_);
        return;
    }
    // Shut, not only closed: a forked copy of us may hold the socket too.
    ::shutdown(control_, SHUT_RDWR);
    ::close(control_);
    const auto handle = ProcessHandle::open(pid_);
    const bool gone = !handle || !*handle || (*handle)->ended(kEndTime);
    ::waitpid(pid_, nullptr, gone ? 0 : WNOHANG);
}

Result<int> Supervisor::tell(char command) {
    if (::send(control_, &command, 1, MSG_NOSIGNAL) != 1) return no_answer(errno);
    SupervisorReply reply{};
    for (;;) {
        const auto got = ::recv(control_, &reply, sizeof reply, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got != sizeof reply) return no_answer(got < 0 ? errno : EPIPE);
        break;
    }
    if (reply.error_number != 0) {
        return Error{
            .code = ErrorCode::unavailable,
            .message = fmt::format("starting the throw-away server: {}", std::strerror(reply.error_number))
        };
    }
    return reply.pid;
}

Result<pid_t> Supervisor::start_server() {
    return tell(kStartServer);
}

Result<> Supervisor::kill_server() {
    DRYDOCK_TRY([[maybe_unused]] const int pid, tell(kKillServer));
    return {};
}

}  // namespace drydock::pg_server
