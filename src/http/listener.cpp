#include "http/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include "http/network.h"

namespace drydock::http {
namespace {

constexpr int kBacklog = 1024;

Error listen_error(const std::string& where, const ListenOptions& options, int number) {
    Error error{
        .code = ErrorCode::unavailable,
        .message = fmt::format("can't listen on {}", where),
        .detail = std::generic_category().message(number),
    };
    switch (number) {
        case EADDRINUSE:
            error.message += ": another program listens there";
            error.hint = "Stop it, or choose another port; 0 is any free one.";
            break;
        case EACCES:
        case EPERM:
            error.code = ErrorCode::permission_denied;
            error.message += ": this user may not";
            error.hint = options.unix_socket.empty()
                             ? "Ports below 1024 need a privilege (CAP_NET_BIND_SERVICE); choose a higher one."
                             : "The folder must be writable for this user.";
            break;
        case EADDRNOTAVAIL:
            error.code = ErrorCode::invalid_argument;
            error.message += ": this machine has no such address";
            error.hint = "Give an address of this machine, 0.0.0.0 or \"::\".";
            break;
        default:
            error.message += fmt::format(": {}", error.detail);
    }
    return error;
}

struct Where {
    sockaddr_storage storage{};
    socklen_t length = 0;
    std::string label;
};

Result<Where> unix_address(const std::string& path) {
    Where where;
    where.label = fmt::format("the socket \"{}\"", path);
    auto& address = reinterpret_cast<sockaddr_un&>(where.storage);
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("the path \"{}\" is too long for a socket", path),
            .hint = fmt::format("{} bytes are the most.", sizeof address.sun_path - 1),
        };
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    where.length = sizeof address;
    return where;
}

Result<Where> ip_address(const ListenOptions& options) {
    Where where;
    auto& v4 = reinterpret_cast<sockaddr_in&>(where.storage);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(where.storage);
    if (::inet_pton(AF_INET, options.address.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(options.port);
        where.length = sizeof v4;
        where.label = fmt::format("{}:{}", options.address, options.port);
    } else if (::inet_pton(AF_INET6, options.address.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(options.port);
        where.length = sizeof v6;
        where.label = fmt::format("[{}]:{}", options.address, options.port);
    } else {
        return Error{
            .code = ErrorCode::invalid_argument,
            .message = fmt::format("\"{}\" is no IP address to listen on", options.address),
            .hint = "Use 127.0.0.1 for this machine only, 0.0.0.0 or \"::\" for all.",
        };
    }
    return where;
}

// The file of a server that is gone keeps the next one from its place: only one that answers is left alone.
void remove_dead_socket(const Where& where, const std::string& path) {
    struct stat info{};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return;
    const bool dead =
        ::connect(probe, reinterpret_cast<const sockaddr*>(&where.storage), where.length) != 0 && errno == ECONNREFUSED;
    ::close(probe);
    if (dead) ::unlink(path.c_str());
}

}  // namespace

Result<Listener> Listener::open(const ListenOptions& options) {
    const bool local = !options.unix_socket.empty();
    DRYDOCK_TRY(const auto where, local ? unix_address(options.unix_socket) : ip_address(options));
    const int family = where.storage.ss_family;
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return listen_error(where.label, options, errno);
    Listener listener{descriptor, family};
    const int on = 1;
    const int off = 0;
    if (local) remove_dead_socket(where, options.unix_socket);
    if (!local) ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&where.storage), where.length) != 0)
        return listen_error(where.label, options, errno);
    if (local) {
        listener.path_ = options.unix_socket;
        if (::chmod(options.unix_socket.c_str(), static_cast<mode_t>(options.unix_mode)) != 0)
            return listen_error(where.label, options, errno);
    }
    if (::listen(descriptor, kBacklog) != 0) return listen_error(where.label, options, errno);
    if (!local) {
        sockaddr_storage bound{};
        socklen_t length = sizeof bound;
        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &length);
        listener.port_ = ntohs(
            family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                               : reinterpret_cast<const sockaddr_in&>(bound).sin_port
        );
    }
    return listener;
}

Listener::Listener(Listener&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      family_(other.family_),
      port_(other.port_),
      path_(std::exchange(other.path_, {})) {}

Listener::~Listener() {
    if (descriptor_ < 0) return;
    if (!path_.empty()) ::unlink(path_.c_str());
    ::close(descriptor_);
}

Listener::Accepted Listener::accept() const {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    Accepted accepted;
    accepted.descriptor =
        ::accept4(descriptor_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted.descriptor < 0) {
        accepted.error = errno;
        return accepted;
    }
    if (family_ == AF_UNIX) {
        accepted.address = "unix";
        return accepted;
    }
    const int on = 1;
    ::setsockopt(accepted.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (from.ss_family == AF_INET6)
        ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(from).sin6_addr, text.data(), text.size());
    else
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(from).sin_addr, text.data(), text.size());
    accepted.address = canonical_address(text.data()).value_or(text.data());
    return accepted;
}

}  // namespace drydock::http
