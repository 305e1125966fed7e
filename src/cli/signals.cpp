#include "cli/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>

namespace drydock::cli {
namespace {

constexpr int kCancelled = 130;

void say(std::string_view text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Signals::Signals() {
    ::signal(SIGPIPE, SIG_IGN);  // a reader that goes away must not end a run in its middle
    sigset_t caught;
    ::sigemptyset(&caught);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction now{};
        const bool ignored = ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
        if (!ignored) ::sigaddset(&caught, signal);  // nohup asked for that
    }
    ::pthread_sigmask(SIG_BLOCK, &caught, &before_);
    signals_ = ::signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
    leave_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    thread_ = std::thread{[this] { watch(); }};
}

Signals::~Signals() {
    let_go();
}

void Signals::watch() {
    bool asked = false;
    for (;;) {
        std::array<pollfd, 2> wait{pollfd{signals_, POLLIN, 0}, pollfd{leave_, POLLIN, 0}};
        if (::poll(wait.data(), wait.size(), -1) < 0 && errno != EINTR) return;
        if (wait[1].revents != 0) return;
        signalfd_siginfo info{};
        while (::read(signals_, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo == SIGHUP) {
                const std::lock_guard lock{mutex_};
                if (hangup_) {
                    hangup_();
                    continue;
                }
            }
            if (asked) ::_exit(kCancelled);
            asked = true;
            say("\nstopping; once more ends at once\n");
            stop_.request_stop();
        }
    }
}

void Signals::on_hangup(std::function<void()> receiver) {
    const std::lock_guard lock{mutex_};
    hangup_ = std::move(receiver);
}

void Signals::let_go() {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(leave_, &one, sizeof one);
    thread_.join();
    ::close(signals_);
    ::close(leave_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
}

}  // namespace drydock::cli
