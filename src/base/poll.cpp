#include "base/poll.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace drydock {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest{60'000};
// How often a stop is looked for where the system gave us no descriptor to be woken by.
constexpr milliseconds kWithoutWake{100};

milliseconds next_look(const Limits& limits, const Wake& wake, Limits::Clock::time_point until) {
    const bool blind = limits.stop.stop_possible() && wake.fd() < 0;
    const auto longest = blind ? kWithoutWake : kLongest;
    const auto end = std::min(limits.deadline, until);
    if (end == Limits::Clock::time_point::max()) return longest;
    const auto left = end - Limits::Clock::now();
    return left < longest ? std::max(std::chrono::ceil<milliseconds>(left), milliseconds{0}) : longest;
}

}  // namespace

Wake::Wake(const std::stop_token& stop) {
    if (!stop.stop_possible()) return;
    fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd_ >= 0) callback_.emplace(stop, Signal{fd_});
}

Wake::~Wake() {
    callback_.reset();
    if (fd_ >= 0) ::close(fd_);
}

void Wake::Signal::operator()() const noexcept {
    [[maybe_unused]] const auto n = ::eventfd_write(fd, 1);
}

Result<> check_limits(const Limits& limits) {
    if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
    if (limits.deadline != Limits::Clock::time_point::max() && Limits::Clock::now() >= limits.deadline) {
        return Error{.code = ErrorCode::deadline_exceeded, .message = "there was no answer in time"};
    }
    return {};
}

Result<> wait_for(int fd, short events, const Limits& limits, const Wake& wake) {
    pollfd one{fd, events, 0};
    return wait_for({&one, 1}, limits, wake);
}

Result<> wait_for(std::span<pollfd> fds, const Limits& limits, const Wake& wake, Limits::Clock::time_point until) {
    std::vector<pollfd> all(fds.begin(), fds.end());
    all.push_back({wake.fd(), POLLIN, 0});
    for (;;) {
        DRYDOCK_TRY_VOID(check_limits(limits));
        const int n = ::poll(all.data(), all.size(), static_cast<int>(next_look(limits, wake, until).count()));
        if (n < 0 && errno != EINTR) {
            return Error{
                .code = ErrorCode::internal, .message = fmt::format("waiting for a socket: {}", std::strerror(errno))
            };
        }
        bool any = false;
        for (std::size_t i = 0; n > 0 && i < fds.size(); ++i) {
            fds[i].revents = all[i].revents;
            any = any || all[i].revents != 0;
        }
        if (any || Limits::Clock::now() >= until) return {};
    }
}

}  // namespace drydock
