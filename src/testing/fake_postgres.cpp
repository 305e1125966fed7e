#include "testing/fake_postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace drydock::testing {
namespace {

using Manner = FakePostgres::Manner;
constexpr std::uint32_t kTlsRequest = 80877103;

std::string number(std::uint32_t value) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 0xffU);
    return bytes;
}
std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::string message(char type, std::string_view body) {
    return type + number(static_cast<std::uint32_t>(body.size() + 4)) + std::string{body};
}

std::string failure(std::string_view severity, std::string_view sqlstate) {
    std::string body;
    for (const auto& [field, text] : {std::pair{'S', severity}, {'V', severity}, {'C', sqlstate}, {'M', "as told"}}) {
        body += field;
        body += text;
        body += '\0';
    }
    return message('E', body + '\0');
}

std::string welcome() {
    using namespace std::string_literals;
    return message('R', number(0)) + message('S', "server_version\00015.8\0"s) +
           message('S', "client_encoding\0UTF8\0"s) + message('K', number(1) + number(2)) + message('Z', "I");
}

std::string answer(char value) {
    using namespace std::string_literals;
    const auto column = "x\0"s + number(0) + "\0\0"s + number(16) + "\0\1"s + number(0xffffffffU) + "\0\0"s;
    return message('T', "\0\1"s + column) + message('D', "\0\1"s + number(1) + value) + message('C', "SELECT 1\0"s) +
           message('Z', "I");
}

// The value of "database" in a start message: names and values, each with a zero.
std::string database_in(std::string_view body) {
    body.remove_prefix(4);  // the protocol's version
    std::string name;
    while (!body.empty() && body.front() != '\0') {
        const auto word = [&] {
            const auto end = body.find('\0');
            const auto text = body.substr(0, end);
            body.remove_prefix(end == body.npos ? body.size() : end + 1);
            return text;
        };
        const auto key = word();
        const auto value = word();
        if (key == "database") name = value;
    }
    return name;
}

}  // namespace

struct FakePostgres::Impl {
    struct Client {
        std::string bytes{};
        std::string database{};
        bool started = false;
    };

    Impl() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_ANY);
        socklen_t size = sizeof(address);
        auto* const plain = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener, plain, size) != 0 || ::listen(listener, 4096) != 0) std::abort();
        ::getsockname(listener, plain, &size);
        port = ntohs(address.sin_port);
        watch(listener);
        watch(stop);
        thread = std::thread{[this] { run(); }};
    }
    ~Impl() {
        ::eventfd_write(stop, 1);
        thread.join();
        for (const auto& [fd, client] : clients) ::close(fd);
        for (const int fd : {listener, stop, epoll}) ::close(fd);
    }

    void watch(int fd) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }

    void run() {
        std::array<epoll_event, 256> events;
        for (;;) {
            const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
            const std::lock_guard lock{mutex};
            for (int i = 0; i < count; ++i) {
                const int fd = events[static_cast<std::size_t>(i)].data.fd;
                if (fd == stop) return;
                if (fd == listener) {
                    accept_all();
                } else if (clients.contains(fd)) {
                    read(fd);
                }
            }
        }
    }

    void accept_all() {
        for (;;) {
            const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            clients[fd];
            ++accepted;
            watch(fd);
        }
    }

    void read(int fd) {
        std::array<char, 4096> buffer;
        const auto n = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) return close(fd);
        clients[fd].bytes.append(buffer.data(), static_cast<std::size_t>(n));
        while (clients.contains(fd) && take_message(fd)) {
        }
    }

    bool take_message(int fd) {
        auto& client = clients[fd];
        const std::size_t head = client.started ? 1 : 0;
        if (client.bytes.size() < head + 4) return false;
        const auto length = number_at(client.bytes, head);
        if (client.bytes.size() < head + length) return false;
        const char type = client.started ? client.bytes[0] : '\0';
        const auto body = client.bytes.substr(head + 4, length - 4);
        client.bytes.erase(0, head + length);
        if (!client.started && body.size() == 4 && number_at(body, 0) == kTlsRequest) {
            say(fd, "N");
        } else if (!client.started) {
            client.started = true;
            client.database = database_in(body);
            greet(fd, manner_of(client.database));
        } else if (type == 'Q') {
            ++queries;
            reply(fd, manner_of(client.database));
        } else if (type == 'X') {
            close(fd);
        }
        return true;
    }

    Manner manner_of(const std::string& database) const {
        const auto found = manners.find(database);
        return found == manners.end() ? Manner::answers : found->second;
    }

    void greet(int fd, Manner manner) {
        switch (manner) {
            case Manner::hangs_at_start:
                return;
            case Manner::garbage:
                return say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
            case Manner::resets:
                return reset(fd);
            case Manner::half_closes:
                ::shutdown(fd, SHUT_WR);
                return;
            case Manner::full:
                return refuse(fd, "53300");
            case Manner::starting:
                return refuse(fd, "57P03");
            case Manner::wrong_password:
                return refuse(fd, "28P01");
            case Manner::answers:
            case Manner::read_only:
            case Manner::hangs_at_query:
            case Manner::broken:
                return say(fd, welcome());
        }
    }

    void reply(int fd, Manner manner) {
        if (manner == Manner::hangs_at_query || manner == Manner::hangs_at_start) return;
        if (manner == Manner::resets) return reset(fd);
        if (manner == Manner::broken) return say(fd, failure("ERROR", "58030") + message('Z', "I"));
        say(fd, answer(manner == Manner::read_only ? 't' : 'f'));
    }

    void refuse(int fd, std::string_view sqlstate) {
        say(fd, failure("FATAL", sqlstate));
        close(fd);
    }
    static void say(int fd, std::string_view bytes) { ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    void reset(int fd) {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        close(fd);
    }
    void close(int fd) {
        ::close(fd);
        clients.erase(fd);
    }

    int listener;
    int stop = ::eventfd(0, EFD_CLOEXEC);
    int epoll = ::epoll_create1(EPOLL_CLOEXEC);
    std::uint16_t port = 0;
    mutable std::mutex mutex;
    std::unordered_map<int, Client> clients;
    std::unordered_map<std::string, Manner> manners;
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> queries{0};
    std::thread thread;
};

FakePostgres::FakePostgres() : impl_(std::make_unique<Impl>()) {}
FakePostgres::~FakePostgres() = default;

std::uint16_t FakePostgres::port() const {
    return impl_->port;
}

void FakePostgres::set(const std::string& database, Manner manner) {
    const std::lock_guard lock{impl_->mutex};
    impl_->manners[database] = manner;
}

void FakePostgres::cut(const std::string& database) {
    const std::lock_guard lock{impl_->mutex};
    for (auto client = impl_->clients.begin(); client != impl_->clients.end();) {
        const bool meant = database.empty() || client->second.database == database;
        if (meant) ::close(client->first);
        client = meant ? impl_->clients.erase(client) : std::next(client);
    }
}

std::size_t FakePostgres::connections() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->clients.size();
}
std::uint64_t FakePostgres::accepted() const {
    return impl_->accepted;
}
std::uint64_t FakePostgres::queries() const {
    return impl_->queries;
}

}  // namespace drydock::testing
