#include "base/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

extern "C" char** environ;

namespace drydock {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kKeptOutput = 1 << 20;
constexpr milliseconds kGrace{2000};
constexpr milliseconds kTick{50};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

// In the child, between fork and exec: only calls that are safe there.
[[noreturn]] void become(const Command& command, char** argv, char** environment, int output, int report) {
    const auto fail = [&] {
        const int error_number = errno;
        [[maybe_unused]] const auto n = ::write(report, &error_number, sizeof error_number);
        ::_exit(127);
    };
    ::setpgid(0, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Handlers end with exec; what is ignored stays so, and a program must not live on when its reader is gone.
    ::signal(SIGPIPE, SIG_DFL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) fail();
    if (command.group && (::setgroups(0, nullptr) != 0 || ::setgid(*command.group) != 0)) fail();
    if (command.user && ::setuid(*command.user) != 0) fail();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after setuid, which clears it
    if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) fail();
    environ = environment;
    ::execvp(argv[0], argv);
    fail();
    ::_exit(127);
}

struct Child {
    pid_t pid = -1;
    int output = -1;
    int pidfd = -1;  // readable once it has ended; without one, the next tick tells
    Child() = default;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (output >= 0) ::close(output);
        if (pidfd >= 0) ::close(pidfd);
    }
};

Result<> start(const Command& command, Child& child) {
    std::vector<std::string> arguments = command.argv;
    std::vector<std::string> variables = command.environment;
    for (char** v = environ; *v; ++v) {
        const std::string_view text{*v};
        const auto name = text.substr(0, text.find('=') + 1);
        const bool replaced =
            std::any_of(command.environment.begin(), command.environment.end(), [&](const std::string& own) {
                return own.starts_with(name);
            });
        if (!replaced) variables.emplace_back(text);
    }
    auto argv = pointers(arguments);
    auto environment = pointers(variables);
    std::array<int, 2> output{};
    std::array<int, 2> report{};
    if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(report.data(), O_CLOEXEC) != 0) {
        return Error{
            .code = ErrorCode::internal,
            .message = fmt::format("starting {}: {}", command.argv[0], std::strerror(errno))
        };
    }
    child.pid = ::fork();
    if (child.pid == 0) become(command, argv.data(), environment.data(), output[1], report[1]);
    ::close(output[1]);
    ::close(report[1]);
    child.output = output[0];
    int error_number = child.pid < 0 ? errno : 0;
    if (child.pid > 0 && ::read(report[0], &error_number, sizeof error_number) > 0) ::waitpid(child.pid, nullptr, 0);
    ::close(report[0]);
    if (error_number == 0) {
        child.pidfd = static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0));
        return {};
    }
    child.pid = -1;
    const auto code = error_number == ENOENT ? ErrorCode::not_found : ErrorCode::internal;
    return Error{.code = code, .message = fmt::format("starting {}: {}", command.argv[0], std::strerror(error_number))};
}

// Ended, but not yet collected.
bool has_ended(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

// Reads what is there; false once the other end is closed.
bool drain(int fd, std::string& into) {
    std::array<char, 16384> buffer{};
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0) return errno == EINTR || errno == EAGAIN;
    into.append(buffer.data(), static_cast<std::size_t>(n));
    if (into.size() > 2 * kKeptOutput) into.erase(0, into.size() - kKeptOutput);
    return n > 0;
}

}  // namespace

Result<CommandResult> run(const Command& command, const Limits& limits) {
    Child child;
    DRYDOCK_TRY_VOID(start(command, child));
    CommandResult result;
    std::optional<ErrorCode> ended;
    auto kill_at = Limits::Clock::time_point::max();
    bool open = true;
    while (!has_ended(child.pid)) {
        std::array<pollfd, 2> wait{{{child.pidfd, POLLIN, 0}, {open ? child.output : -1, POLLIN, 0}}};
        ::poll(wait.data(), wait.size(), static_cast<int>(kTick.count()));
        if (wait[1].revents != 0) open = drain(child.output, result.output);
        const auto now = Limits::Clock::now();
        if (!ended && (limits.stop.stop_requested() || now >= limits.deadline)) {
            ended = limits.stop.stop_requested() ? ErrorCode::cancelled : ErrorCode::deadline_exceeded;
            ::kill(-child.pid, SIGTERM);
            kill_at = now + kGrace;
        }
        if (now >= kill_at) ::kill(-child.pid, SIGKILL);
    }
    // Those it started may have ignored the request. Until it is collected, its number can't be another group's.
    if (ended) ::kill(-child.pid, SIGKILL);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    // What the program left in the pipe. A child of its own may hold the pipe open: take only what is there.
    pollfd rest{child.output, POLLIN, 0};
    while (open && ::poll(&rest, 1, 0) > 0) open = drain(child.output, result.output);
    if (ended) {
        const auto* const how =
            *ended == ErrorCode::cancelled ? "stopped on request" : "did not end in time and was stopped";
        return Error{.code = *ended, .message = fmt::format("{} {}", command.argv[0], how), .detail = result.output};
    }
    result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (result.output.size() > kKeptOutput) result.output.erase(0, result.output.size() - kKeptOutput);
    return result;
}

}  // namespace drydock
