#include "testing/socket_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace drydock::testing {
namespace {

sockaddr_in at(const std::string& address, std::uint16_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET, address.c_str(), &result.sin_addr), 1) << address;
    return result;
}

int listen_on(const sockaddr* address, socklen_t size, int backlog) {
    const int fd = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(::bind(fd, address, size), 0);
    EXPECT_EQ(::listen(fd, backlog), 0);
    return fd;
}

int listen_on(const std::string& address, std::uint16_t port, int backlog) {
    const auto where = at(address, port);
    return listen_on(reinterpret_cast<const sockaddr*>(&where), sizeof where, backlog);
}

std::uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
}

class PlainPeer final : public Peer {
public:
    explicit PlainPeer(int fd) : fd_(fd) {}
    std::string read() override {
        std::array<char, 16384> buffer{};
        const auto n = ::recv(fd_, buffer.data(), buffer.size(), 0);
        return n > 0 ? std::string{buffer.data(), static_cast<std::size_t>(n)} : std::string{};
    }
    void write(const std::string& bytes) override {
        for (std::size_t sent = 0; sent < bytes.size();) {
            const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) return;
            sent += static_cast<std::size_t>(n);
        }
    }

private:
    int fd_;
};

class TlsPeer final : public Peer {
public:
    TlsPeer(SSL_CTX* context, int fd) : ssl_(::SSL_new(context)) {
        ::SSL_set_fd(ssl_, fd);
        ready_ = ::SSL_accept(ssl_) == 1;
    }
    ~TlsPeer() override {
        if (ready_) ::SSL_shutdown(ssl_);
        ::SSL_free(ssl_);
    }
    TlsPeer(const TlsPeer&) = delete;
    TlsPeer& operator=(const TlsPeer&) = delete;

    bool ready() const { return ready_; }
    std::string read() override {
        std::array<char, 16384> buffer{};
        const int n = ::SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
        return n > 0 ? std::string{buffer.data(), static_cast<std::size_t>(n)} : std::string{};
    }
    void write(const std::string& bytes) override { ::SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())); }

private:
    SSL* ssl_;
    bool ready_ = false;
};

}  // namespace

std::string Peer::read_until(const std::string& end) {
    std::string all;
    while (all.find(end) == std::string::npos) {
        const auto more = read();
        if (more.empty()) break;
        all += more;
    }
    return all;
}

struct SocketServer::Impl {
    Serve serve;
    SSL_CTX* context = nullptr;
    int listener = -1;
    std::mutex mutex;
    bool stopped = false;
    std::vector<int> open;
    std::list<std::jthread> connections;
    std::atomic<int> accepted = 0;
    std::jthread acceptor;

    void start() {
        ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's side of a server writes to whoever went away
        acceptor = std::jthread{[this] {
            for (int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); fd >= 0;
                 fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) {
                ++accepted;
                const std::lock_guard lock{mutex};
                open.push_back(fd);
                connections.emplace_back([this, fd] { one(fd); });
                if (stopped) ::shutdown(fd, SHUT_RDWR);
            }
        }};
    }

    void one(int fd) {
        if (context) {
            TlsPeer peer{context, fd};
            if (peer.ready()) serve(peer);
        } else {
            PlainPeer peer{fd};
            serve(peer);
        }
        const std::lock_guard lock{mutex};
        std::erase(open, fd);
        ::close(fd);
    }

    ~Impl() {
        ::shutdown(listener, SHUT_RDWR);
        acceptor.join();
        {
            const std::lock_guard lock{mutex};
            stopped = true;
            for (const int fd : open) ::shutdown(fd, SHUT_RDWR);
        }
        connections.clear();
        ::close(listener);
        ::SSL_CTX_free(context);
    }
};

SocketServer::SocketServer(Serve serve, const std::string& address, std::uint16_t port)
    : impl_(std::make_unique<Impl>()) {
    impl_->serve = std::move(serve);
    impl_->listener = listen_on(address, port, 64);
    impl_->start();
}

SocketServer::SocketServer(Serve serve, const CertificateFiles& tls) : impl_(std::make_unique<Impl>()) {
    impl_->serve = std::move(serve);
    impl_->context = ::SSL_CTX_new(::TLS_server_method());
    EXPECT_EQ(::SSL_CTX_use_certificate_chain_file(impl_->context, tls.certificate.c_str()), 1);
    EXPECT_EQ(::SSL_CTX_use_PrivateKey_file(impl_->context, tls.key.c_str(), SSL_FILETYPE_PEM), 1);
    impl_->listener = listen_on("127.0.0.1", 0, 64);
    impl_->start();
}

SocketServer::SocketServer(Serve serve, const OnUnix& where) : impl_(std::make_unique<Impl>()) {
    impl_->serve = std::move(serve);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(where.path.begin(), where.path.end(), std::begin(address.sun_path));
    impl_->listener = listen_on(reinterpret_cast<const sockaddr*>(&address), sizeof address, 64);
    impl_->start();
}

SocketServer::~SocketServer() = default;

std::uint16_t SocketServer::port() const {
    return port_of(impl_->listener);
}

int SocketServer::accepted() const {
    return impl_->accepted;
}

HangingPort::HangingPort(const std::string& address, std::uint16_t port) : listener_(listen_on(address, port, 0)) {
    port_ = port_of(listener_);
    // A backlog of none holds one connection; the system drops what comes after.
    const auto where = at(address, port_);
    for (int* const fd : {&first_, &second_}) {
        *fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        ::connect(*fd, reinterpret_cast<const sockaddr*>(&where), sizeof where);
    }
}

HangingPort::~HangingPort() {
    for (const int fd : {first_, second_, listener_}) ::close(fd);
}

std::uint16_t free_port() {
    const int fd = listen_on("127.0.0.1", 0, 1);
    const auto port = port_of(fd);
    ::close(fd);
    return port;
}

}  // namespace drydock::testing
