#include "net/stream.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/poll.h"

namespace drydock::net {
namespace {

Error broken(int error_number) {
    return Error{
        .code = ErrorCode::unavailable, .message = fmt::format("the connection broke: {}", std::strerror(error_number))
    };
}

class PlainStream final : public Stream {
public:
    explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}

    Result<std::size_t> read(std::span<char> into, const Limits& limits) override {
        const Wake wake{limits.stop};
        for (;;) {
            DRYDOCK_TRY_VOID(check_limits(limits));
            const auto n = ::recv(socket_.fd(), into.data(), into.size(), MSG_DONTWAIT);
            if (n >= 0) return static_cast<std::size_t>(n);
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return broken(errno);
            DRYDOCK_TRY_VOID(wait_for(socket_.fd(), POLLIN, limits, wake));
        }
    }

    Result<> write(std::string_view bytes, const Limits& limits) override {
        const Wake wake{limits.stop};
        while (!bytes.empty()) {
            DRYDOCK_TRY_VOID(check_limits(limits));
            const auto n = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(n));
            } else if (errno == EAGAIN) {
                DRYDOCK_TRY_VOID(wait_for(socket_.fd(), POLLOUT, limits, wake));
            } else if (errno != EINTR) {
                return broken(errno);
            }
        }
        return {};
    }

    bool still_open() const override {
        char byte = 0;
        return ::recv(socket_.fd(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
    }
    bool encrypted() const override { return false; }
    int fd() const override { return socket_.fd(); }

private:
    Socket socket_;
};

}  // namespace

Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

std::unique_ptr<Stream> plain_stream(Socket socket) {
    return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace drydock::net
