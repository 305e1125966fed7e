#include "pg_server/exec_plan.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/files.h"

namespace drydock::pg_server {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

void reset_signals() noexcept {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Libraries of ours may hold descriptors without the close-on-exec flag.
void close_all_at_exec() noexcept {
    constexpr int kFirst = 3;
    constexpr int kOldKernelLimit = 4096;
    if (::close_range(kFirst, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    for (int fd = kFirst; fd < kOldKernelLimit; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

struct Pipe {
    std::array<int, 2> ends{-1, -1};

    Pipe() = default;
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        ::close(ends[0]);
        close_writer();
    }
    bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
    void close_writer() {
        if (ends[1] >= 0) ::close(ends[1]);
        ends[1] = -1;
    }
    // The number that was written; 0 when the writers went without one.
    int read() {
        close_writer();
        int number = 0;
        while (::read(ends[0], &number, sizeof number) < 0 && errno == EINTR) {
        }
        return number;
    }
};

}  // namespace

std::vector<std::string> server_environment() {
    std::vector<std::string> result{"LC_ALL=C"};
    const auto keep = [&](const char* name, const char* otherwise) {
        const char* const value = std::getenv(name);
        if (value && *value)
            result.push_back(fmt::format("{}={}", name, value));
        else if (otherwise)
            result.push_back(fmt::format("{}={}", name, otherwise));
    };
    keep("PATH", "/usr/local/bin:/usr/bin:/bin");
    keep("LD_LIBRARY_PATH", nullptr);
    keep("TZ", nullptr);
    return result;
}

ExecPlan::ExecPlan(
    std::vector<std::string> argv,
    std::filesystem::path log_file,
    std::filesystem::path directory,
    std::optional<SystemUser> user
)
    : argv_(std::move(argv)),
      environment_(server_environment()),
      argv_pointers_(pointers(argv_)),
      environment_pointers_(pointers(environment_)),
      log_file_(std::move(log_file)),
      directory_(std::move(directory)),
      user_(std::move(user)) {}

void ExecPlan::become(int report, pid_t die_with) const noexcept {
    const auto fail = [&] {
        const int error_number = errno;
        [[maybe_unused]] const auto n = ::write(report, &error_number, sizeof error_number);
        ::_exit(127);
    };
    ::setsid();
    reset_signals();
    ::umask(077);
    if (user_) {
        // The kernel's own calls: those of the C library tell all threads that it knows of, and wait for ones that the
        // fork has left behind.
        if (::syscall(SYS_setgroups, 0, nullptr) != 0 || ::syscall(SYS_setgid, user_->gid) != 0 ||
            ::syscall(SYS_setuid, user_->uid) != 0) {
            fail();
        }
    }
    const int nothing = ::open("/dev/null", O_RDONLY);
    const int log = ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    if (nothing < 0 || log < 0) fail();
    if (::dup2(nothing, 0) < 0 || ::dup2(log, 1) < 0 || ::dup2(log, 2) < 0) fail();
    if (::chdir(directory_.c_str()) != 0) fail();
    if (die_with > 0) {
        // After setuid, which clears it; the parent may have died before.
        ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
        if (::getppid() != die_with) ::_exit(127);
    }
    close_all_at_exec();
    ::execve(argv_pointers_[0], argv_pointers_.data(), environment_pointers_.data());
    fail();
    ::_exit(127);
}

Result<std::optional<ProcessHandle>> ExecPlan::launch_detached() const {
    Pipe number;
    Pipe report;
    if (!number.open() || !report.open()) return file_error("starting", argv_.front(), errno);
    const pid_t between = ::fork();
    if (between < 0) return file_error("starting", argv_.front(), errno);
    if (between == 0) {
        const pid_t server = ::_Fork();
        if (server == 0) become(report.ends[1], 0);
        const int told = server > 0 ? server : -errno;
        [[maybe_unused]] const auto n = ::write(number.ends[1], &told, sizeof told);
        ::_exit(0);
    }
    ::waitpid(between, nullptr, 0);
    const int told = number.read();
    if (told <= 0) return file_error("starting", argv_.front(), told < 0 ? -told : ECHILD);
    if (const int error_number = report.read(); error_number != 0) {
        return file_error("starting", argv_.front(), error_number);
    }
    return ProcessHandle::open(told);
}

}  // namespace drydock::pg_server
