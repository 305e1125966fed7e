#include "pg/wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace drydock::pg {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest{60'000};
// How often a stop is looked for where the system gave us no descriptor to be woken by.
constexpr milliseconds kWithoutWake{100};

milliseconds next_look(const Limits& limits, const Wake& wake) {
    const bool blind = limits.stop.stop_possible() && wake.fd() < 0;
    const auto longest = blind ? kWithoutWake : kLongest;
    if (limits.deadline == Limits::Clock::time_point::max()) return longest;
    const auto left = limits.deadline - Limits::Clock::now();
    return left < longest ? std::chrono::ceil<milliseconds>(left) : longest;
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

Result<> check(const Limits& limits) {
    if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
    if (limits.deadline != Limits::Clock::time_point::max() && Limits::Clock::now() >= limits.deadline) {
        return Error{.code = ErrorCode::deadline_exceeded, .message = "the database did not answer in time"};
    }
    return {};
}

Result<> wait_socket(int socket, short events, const Limits& limits, const Wake& wake) {
    for (;;) {
        DRYDOCK_TRY_VOID(check(limits));
        std::array<pollfd, 2> fds{{{socket, events, 0}, {wake.fd(), POLLIN, 0}}};
        const int n = ::poll(fds.data(), fds.size(), static_cast<int>(next_look(limits, wake).count()));
        if (n < 0 && errno != EINTR) {
            return Error{
                .code = ErrorCode::internal, .message = fmt::format("waiting for a socket: {}", std::strerror(errno))
            };
        }
        if (n > 0 && fds[0].revents != 0) return {};
    }
}

}  // namespace drydock::pg
