#include "testing/message_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace drydock::testing {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// One direction of a connection: bytes that have come in, cut into whole messages as they complete.
struct Stream {
    int from = -1;
    int to = -1;
    bool typed = false;  // a client's first message has a length and no type
    std::string bytes{};

    // The next whole message, or nothing.
    std::string_view next() const {
        const std::size_t head = typed ? 1 : 0;
        if (bytes.size() < head + 4) return {};
        std::uint32_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) length = length << 8U | static_cast<unsigned char>(bytes[head + i]);
        return bytes.size() < head + length ? std::string_view{} : std::string_view{bytes}.substr(0, head + length);
    }
};

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

struct MessageProxy::Impl {
    struct Pair {
        Stream client;
        Stream server;
    };

    std::uint16_t server_port = 0;
    std::uint16_t port = 0;
    int listener = -1;
    int wake = -1;
    std::list<Pair> pairs;
    mutable std::mutex mutex;
    std::size_t count = 0;
    std::size_t break_at = 0;
    std::function<void()> then;
    std::jthread thread;  // last: it uses the rest

    void loop(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::vector<pollfd> fds{{listener, POLLIN, 0}, {wake, POLLIN, 0}};
            for (const auto& pair : pairs) {
                fds.push_back({pair.client.from, POLLIN, 0});
                fds.push_back({pair.server.from, POLLIN, 0});
            }
            if (::poll(fds.data(), fds.size(), -1) < 0) continue;
            std::size_t i = 2;
            bool broken = false;
            for (auto pair = pairs.begin(); pair != pairs.end() && !broken; i += 2) {
                bool open = true;
                if (fds[i].revents != 0) open = pump(pair->client, broken);
                if (open && !broken && fds[i + 1].revents != 0) open = pump(pair->server, broken);
                if (open) {
                    ++pair;
                } else {
                    close(*pair);
                    pair = pairs.erase(pair);
                }
            }
            if (broken) {
                for (auto& pair : pairs) close(pair);
                pairs.clear();
            } else if (fds[0].revents != 0) {
                accept();
            }
        }
    }

    void accept() {
        const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto address = loopback(server_port);
        const int on = 1;
        ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            ::close(client);
            ::close(server);
            return;
        }
        pairs.push_back({{client, server, false}, {server, client, true}});
    }

    static void close(const Pair& pair) {
        ::close(pair.client.from);
        ::close(pair.server.from);
    }

    // Reads, and passes on what is whole. False at the end of the stream.
    bool pump(Stream& stream, bool& broken) {
        std::array<char, 65536> buffer{};
        const auto n = ::recv(stream.from, buffer.data(), buffer.size(), 0);
        if (n <= 0) return false;
        stream.bytes.append(buffer.data(), static_cast<std::size_t>(n));
        for (auto message = stream.next(); !message.empty(); message = stream.next()) {
            if (count_and_break()) {
                broken = true;
                return true;
            }
            if (!send_all(stream.to, message)) return false;
            stream.bytes.erase(0, message.size());
            stream.typed = true;
        }
        return true;
    }

    bool count_and_break() {
        // Under the lock, so that who sets the next break knows that this one is over.
        const std::lock_guard lock{mutex};
        if (++count != break_at) return false;
        if (then) then();
        return true;
    }
};

MessageProxy::MessageProxy(std::uint16_t server_port) : impl_(std::make_unique<Impl>()) {
    impl_->server_port = server_port;
    impl_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    impl_->wake = ::eventfd(0, EFD_CLOEXEC);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(impl_->listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(impl_->listener, 16) != 0 ||
        ::getsockname(impl_->listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::abort();
    }
    impl_->port = ntohs(address.sin_port);
    impl_->thread = std::jthread{[impl = impl_.get()](const std::stop_token& stop) { impl->loop(stop); }};
}

MessageProxy::~MessageProxy() {
    impl_->thread.request_stop();
    ::eventfd_write(impl_->wake, 1);
    impl_->thread.join();
    for (const auto& pair : impl_->pairs) Impl::close(pair);
    ::close(impl_->listener);
    ::close(impl_->wake);
}

std::uint16_t MessageProxy::port() const {
    return impl_->port;
}

void MessageProxy::break_at(std::size_t n, std::function<void()> then) {
    const std::lock_guard lock{impl_->mutex};
    impl_->count = 0;
    impl_->break_at = n;
    impl_->then = std::move(then);
}

std::size_t MessageProxy::seen() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->count;
}

}  // namespace drydock::testing
