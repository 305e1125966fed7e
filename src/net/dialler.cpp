#include "net/dialler.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/poll.h"

namespace drydock::net {
namespace {

using Clock = Limits::Clock;

constexpr std::chrono::milliseconds kNextAddress{250};

Error connect_error(int error_number) {
    Error error{.code = ErrorCode::unavailable};
    switch (error_number) {
        case ECONNREFUSED:
            error.message = "the connection was refused: nothing listens there";
            error.hint = "Check the port, and that the database runs and listens on that address.";
            break;
        case ENOENT:
            error.message = "there is no such Unix socket";
            error.hint = "Check the path of the socket, and that the server runs.";
            break;
        case ENETUNREACH:
        case EHOSTUNREACH:
            error.message = "there is no way to that host from here";
            error.hint = "Check routes and firewalls between this server and that host.";
            break;
        case ETIMEDOUT:
            error.message = "the host did not answer";
            error.hint = "Check routes and firewalls between this server and that host.";
            break;
        default:
            error.message = fmt::format("connecting failed: {}", std::strerror(error_number));
    }
    return error;
}

struct Attempt {
    Socket socket;
    Address address;
};

// Sockets on their way at the same time.
class Race {
public:
    Race(const std::vector<Address>& addresses, const Limits& limits)
        : addresses_(addresses), limits_(limits), wake_(limits.stop) {}

    Result<Dialled> run() {
        for (;;) {
            if (next_ < addresses_.size() && (attempts_.empty() || Clock::now() >= start_next_)) {
                if (auto done = begin(addresses_[next_++])) return *std::move(done);
                start_next_ = Clock::now() + kNextAddress;
                continue;
            }
            if (attempts_.empty()) return connect_error(last_error_);
            DRYDOCK_TRY(auto done, wait());
            if (done) return *std::move(done);
        }
    }

private:
    // Something when it is connected at once, as a Unix socket is.
    std::optional<Dialled> begin(const Address& address) {
        Socket socket{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        if (socket.fd() < 0) {
            last_error_ = errno;
            return {};
        }
        const int on = 1;
        if (address.family() != AF_UNIX) {
            ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            ::setsockopt(socket.fd(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        }
        if (::connect(socket.fd(), address.data(), address.size()) == 0) return Dialled{std::move(socket), address};
        if (errno == EINPROGRESS || errno == EINTR) {
            attempts_.push_back({std::move(socket), address});
        } else {
            last_error_ = errno;
        }
        return {};
    }

    Result<std::optional<Dialled>> wait() {
        std::vector<pollfd> fds;
        for (const auto& attempt : attempts_) fds.push_back({attempt.socket.fd(), POLLOUT, 0});
        const auto until = next_ < addresses_.size() ? start_next_ : Clock::time_point::max();
        DRYDOCK_TRY_VOID(wait_for(fds, limits_, wake_, until));
        for (std::size_t i = fds.size(); i-- > 0;) {
            if (fds[i].revents == 0) continue;
            int error_number = 0;
            socklen_t size = sizeof error_number;
            ::getsockopt(fds[i].fd, SOL_SOCKET, SO_ERROR, &error_number, &size);
            auto attempt = std::move(attempts_[i]);
            attempts_.erase(attempts_.begin() + static_cast<std::ptrdiff_t>(i));
            if (error_number == 0) return std::optional{Dialled{std::move(attempt.socket), attempt.address}};
            last_error_ = error_number;
            start_next_ = Clock::now();
        }
        return std::optional<Dialled>{};
    }

    const std::vector<Address>& addresses_;
    const Limits& limits_;
    const Wake wake_;
    std::vector<Attempt> attempts_;
    std::size_t next_ = 0;
    Clock::time_point start_next_{};
    int last_error_ = EADDRNOTAVAIL;
};

}  // namespace

Result<Dialled> dial_any(const std::vector<Address>& addresses, const Limits& limits) {
    auto result = Race{addresses, limits}.run();
    if (!result && result.error().code == ErrorCode::deadline_exceeded) {
        result.error().message = "the host did not answer in time";
        result.error().hint = "Check the port, and routes and firewalls between this server and that host.";
    }
    return result;
}

Dialler::Dialler(EgressPolicy policy, std::shared_ptr<Resolver> resolver)
    : policy_(policy), resolver_(std::move(resolver)) {}

Result<std::vector<Address>> Dialler::resolve_allowed(const std::string& host, std::uint16_t port, const Limits& limits)
    const {
    std::vector<Address> addresses;
    if (host.starts_with('/')) {
        const auto address = Address::unix_path(host);
        if (!address) {
            return Error{.code = ErrorCode::invalid_argument, .message = "this path is too long for a Unix socket"};
        }
        addresses.push_back(*address);
    } else {
        DRYDOCK_TRY(addresses, resolver_->resolve(host, port, limits));
    }
    std::optional<Error> refused;
    std::erase_if(addresses, [&](const Address& address) {
        auto verdict = policy_.judge(address);
        if (!verdict && !refused) refused = std::move(verdict).error();
        return !verdict;
    });
    if (addresses.empty() && refused) return *std::move(refused);
    if (addresses.empty()) {
        return Error{.code = ErrorCode::not_found, .message = fmt::format("the host \"{}\" has no address", host)};
    }
    return addresses;
}

Result<Dialled> Dialler::dial(const std::string& host, std::uint16_t port, const Limits& limits, Timing* timing) const {
    const auto begun = Clock::now();
    DRYDOCK_TRY(const auto addresses, resolve_allowed(host, port, limits));
    const auto resolved = Clock::now();
    if (timing) timing->name = resolved - begun;
    DRYDOCK_TRY(auto dialled, dial_any(addresses, limits));
    if (timing) timing->tcp = Clock::now() - resolved;
    return dialled;
}

}  // namespace drydock::net
