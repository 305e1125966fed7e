#include "base/process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
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
    ~Child() {
        if (output >= 0) ::close(output);
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
    if (error_number == 0) return {};
    child.pid = -1;
    const auto code = error_number == ENOENT ? ErrorCode::not_found : ErrorCode::internal;
    return Error{.code = code, .message = fmt::format("starting {}: {}", command.argv[0], std::strerror(error_number))};
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
    int status = 0;
    for (;;) {
        if (open) {
            pollfd wait{child.output, POLLIN, 0};
            if (::poll(&wait, 1, static_cast<int>(kTick.count())) > 0) open = drain(child.output, result.output);
        }
        const pid_t gone = ::waitpid(child.pid, &status, open ? WNOHANG : 0);
        if (gone == child.pid) break;
        const auto now = Limits::Clock::now();
        if (!ended && (limits.stop.stop_requested() || now >= limits.deadline)) {
            ended = limits.stop.stop_requested() ? ErrorCode::cancelled : ErrorCode::deadline_exceeded;
            ::kill(-child.pid, SIGTERM);
            kill_at = now + kGrace;
        }
        if (now >= kill_at) ::kill(-child.pid, SIGKILL);
    }
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
