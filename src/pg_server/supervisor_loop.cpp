#include "pg_server/supervisor_loop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace drydock::pg_server {
namespace {

constexpr int kLeftoverGraceMs = 1000;  // a backend notices the postmaster's death when it next waits
constexpr int kShutdownGraceMs = 6000;  // the postmaster itself kills backends after five seconds
constexpr int kKilledGraceMs = 2000;
constexpr int kStdDescriptors = 3;

std::int64_t now_ms() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

class Loop {
public:
    explicit Loop(const SupervisorTask& task) noexcept : task_(task) {}

    [[noreturn]] void run() noexcept {
        settle();
        while (serve_once()) {
        }
        end_server();
        drop_shared_memory();
        remove_folder();
        ::_exit(0);
    }

private:
    // Own session, no signals from a terminal, no descriptors but ours, orphaned backends become our children.
    void settle() noexcept {
        ::setsid();
        for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
        for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM}) {
            ::signal(number, SIG_IGN);
        }
        sigset_t children;
        ::sigemptyset(&children);
        ::sigaddset(&children, SIGCHLD);
        ::sigprocmask(SIG_SETMASK, &children, nullptr);
        children_ = ::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
        ::prctl(PR_SET_NAME, "drydock-keeper");
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        [[maybe_unused]] const int changed = ::chdir("/");
        close_others();
        const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd < kStdDescriptors; ++fd) ::dup2(nothing, fd);
    }

    void close_others() const noexcept {
        std::array<int, 4> kept{task_.control, task_.owner, task_.lock, children_};
        std::sort(kept.begin(), kept.end());
        unsigned first = kStdDescriptors;
        for (const int fd : kept) {
            if (fd < 0) continue;
            const auto number = static_cast<unsigned>(fd);
            if (number > first) ::close_range(first, number - 1, 0);
            first = number + 1;
        }
        ::close_range(first, ~0U, 0);
    }

    // False when the owner is gone.
    bool serve_once() noexcept {
        std::array<pollfd, 3> wait{
            pollfd{task_.control, POLLIN, 0}, pollfd{task_.owner, POLLIN, 0}, pollfd{children_, POLLIN, 0}
        };
        if (::poll(wait.data(), wait.size(), -1) < 0) return errno == EINTR;
        if (wait[1].revents != 0) return false;
        if (wait[2].revents != 0) reap();
        if (wait[0].revents == 0) return true;
        char command = 0;
        const auto got = ::recv(task_.control, &command, 1, 0);
        if (got <= 0) return got < 0 && errno == EINTR;
        SupervisorReply reply{0, 0};
        if (command == kStartServer) reply = start_server();
        if (command == kKillServer) kill_server();
        return ::send(task_.control, &reply, sizeof reply, MSG_NOSIGNAL) == sizeof reply;
    }

    SupervisorReply start_server() noexcept {
        if (server_ > 0) return {-1, EBUSY};
        end_leftovers(kLeftoverGraceMs);
        std::array<int, 2> report{};
        if (::pipe2(report.data(), O_CLOEXEC) != 0) return {-1, errno};
        const pid_t self = ::getpid();
        const pid_t child = ::_Fork();
        if (child == 0) task_.server->become(report[1], self);
        int error_number = child < 0 ? errno : 0;
        ::close(report[1]);
        while (::read(report[0], &error_number, sizeof error_number) < 0 && errno == EINTR) {
        }
        ::close(report[0]);
        if (error_number == 0) server_ = child;
        return {error_number == 0 ? child : -1, error_number};
    }

    void kill_server() noexcept {
        if (server_ <= 0) return;
        ::kill(server_, SIGKILL);
        while (server_ > 0) {
            if (!wait_for_child(kKilledGraceMs)) return;
        }
    }

    void end_server() noexcept {
        if (server_ > 0) ::kill(server_, SIGQUIT);
        end_leftovers(kShutdownGraceMs);
    }

    // Gives all children this long, then kills what is left.
    void end_leftovers(int grace_ms) noexcept {
        if (wait_for_all(grace_ms)) return;
        for (int round = 0; round < 3; ++round) {
            kill_children();
            if (wait_for_all(kKilledGraceMs)) return;
        }
    }

    bool wait_for_all(int grace_ms) noexcept {
        const auto end = now_ms() + grace_ms;
        for (auto left = std::int64_t{grace_ms}; reap(); left = end - now_ms()) {
            if (left <= 0) return false;
            wait_for_child(static_cast<int>(left));
        }
        return true;
    }

    bool wait_for_child(int timeout_ms) noexcept {
        pollfd wait{children_, POLLIN, 0};
        const bool any = ::poll(&wait, 1, timeout_ms) > 0;
        reap();
        return any;
    }

    // Takes what has ended; false when there is no child at all.
    bool reap() noexcept {
        signalfd_siginfo info{};
        while (::read(children_, &info, sizeof info) > 0) {
        }
        for (;;) {
            const pid_t gone = ::waitpid(-1, nullptr, WNOHANG);
            if (gone == server_ && gone > 0) server_ = 0;
            if (gone == 0) return true;
            if (gone < 0) return errno == EINTR;
        }
    }

    static void kill_children() noexcept {
        std::array<char, 4096> text{};
        const int fd = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
        const auto size = ::read(fd, text.data(), text.size());
        ::close(fd);
        pid_t pid = 0;
        for (ssize_t i = 0; i < size; ++i) {
            const char c = text[static_cast<std::size_t>(i)];
            if (c >= '0' && c <= '9') {
                pid = pid * 10 + (c - '0');
            } else if (pid > 1) {
                ::kill(pid, SIGKILL);
                pid = 0;
            }
        }
    }

    // A killed server leaves its System V segment to its next life, which will not come. Its key and number are the
    // seventh line of postmaster.pid.
    void drop_shared_memory() const noexcept {
        std::array<char, 4096> text{};
        const int fd = ::open(task_.postmaster_file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) return;
        const auto size = ::read(fd, text.data(), text.size());
        ::close(fd);
        std::array<unsigned long, 2> numbers{};
        int line = 1;
        std::size_t word = 0;
        bool in_number = false;
        for (ssize_t i = 0; i < size && line <= 7; ++i) {
            const char c = text[static_cast<std::size_t>(i)];
            if (c == '\n') ++line;
            if (line != 7) continue;
            const bool digit = c >= '0' && c <= '9';
            if (digit && word < numbers.size())
                numbers[word] = numbers[word] * 10 + static_cast<unsigned long>(c - '0');
            if (!digit && in_number) ++word;
            in_number = digit;
        }
        shmid_ds state{};
        const int id = static_cast<int>(numbers[1]);
        if (numbers[0] == 0 || ::shmctl(id, IPC_STAT, &state) != 0) return;
        const bool same = static_cast<unsigned long>(static_cast<std::uint32_t>(state.shm_perm.__key)) == numbers[0];
        if (same && state.shm_nattch == 0) ::shmctl(id, IPC_RMID, nullptr);
    }

    void remove_folder() noexcept {
        const pid_t child = ::_Fork();
        if (child == 0) {
            ::setpgid(0, 0);
            ::execv(task_.remove_argv[0], task_.remove_argv);
            ::_exit(127);
        }
        while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    const SupervisorTask& task_;
    int children_ = -1;
    pid_t server_ = 0;
};

}  // namespace

void supervise(const SupervisorTask& task) noexcept {
    Loop{task}.run();
}

}  // namespace drydock::pg_server
