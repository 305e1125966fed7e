#include "pg/gate.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

#include <libpq-fe.h>

namespace drydock::pg {
namespace {

// A server's message before sign-in is short; libpq itself takes no more than 30,000 bytes.
constexpr std::size_t kLongest = 30'000;

// https://www.postgresql.org/docs/current/protocol-message-formats.html
constexpr std::uint32_t kOk = 0;
constexpr std::uint32_t kSasl = 10;
constexpr std::uint32_t kSaslFinal = 12;

class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

Error lost() {
    return {
        .code = ErrorCode::unavailable,
        .message = "the server closed the connection while signing in",
        .sqlstate = "08001",
    };
}

class Gate {
public:
    Gate(PGconn* conn, int server, int inner, const Limits& limits, const Wake& wake)
        : conn_(conn), server_(server), inner_(inner), limits_(limits), wake_(wake) {}

    Result<> run() {
        for (;;) {
            DRYDOCK_TRY(const auto message, next_message());
            DRYDOCK_TRY_VOID(judge(message));
            DRYDOCK_TRY_VOID(write_all(inner_, message));
            if (!libpq_takes_it()) return {};  // libpq has failed, and says why
            if (in_) return {};
            DRYDOCK_TRY_VOID(pass_on_answer());
        }
    }

private:
    static std::uint32_t number(std::string_view bytes) {
        std::uint32_t value = 0;
        for (const char c : bytes) value = (value << 8U) | static_cast<unsigned char>(c);
        return value;
    }

    Result<> read_exactly(std::string& into, std::size_t size) {
        while (into.size() < size) {
            std::array<char, 4096> buffer{};
            const auto got = ::recv(server_, buffer.data(), std::min(buffer.size(), size - into.size()), 0);
            if (got > 0) {
                into.append(buffer.data(), static_cast<std::size_t>(got));
            } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
                return lost();
            } else if (errno == EAGAIN) {
                DRYDOCK_TRY_VOID(wait_socket(server_, POLLIN, limits_, wake_));
            }
        }
        return {};
    }

    // Exactly one, so that what comes after sign-in stays in the socket for libpq.
    Result<std::string> next_message() {
        std::string message;
        DRYDOCK_TRY_VOID(read_exactly(message, 5));
        const auto length = number(std::string_view{message}.substr(1, 4));
        if (length < 4 || length > kLongest) return lost();
        DRYDOCK_TRY_VOID(read_exactly(message, length + 1));
        return message;
    }

    Result<> judge(std::string_view message) {
        if (message[0] == 'E' || message[0] == 'N') return {};
        const auto asks = message.size() >= 9 ? number(message.substr(5, 4)) : ~std::uint32_t{};
        if (message[0] == 'R' && (asks == kOk || (asks >= kSasl && asks <= kSaslFinal))) {
            in_ = asks == kOk;
            return {};
        }
        return Error{
            .code = ErrorCode::permission_denied,
            .message =
                "the server asked for the password in a form that anybody could use who reads it; nothing was sent",
            .hint = "Let it store passwords as scram-sha-256 and ask for them so in pg_hba.conf, or use TLS.",
            .sqlstate = "28000",
        };
    }

    Result<> write_all(int fd, std::string_view bytes) {
        while (!bytes.empty()) {
            const auto put = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (put >= 0) {
                bytes.remove_prefix(static_cast<std::size_t>(put));
            } else if (errno == EAGAIN) {
                DRYDOCK_TRY_VOID(wait_socket(fd, POLLOUT, limits_, wake_));
            } else if (errno != EINTR) {
                return lost();
            }
        }
        return {};
    }

    bool libpq_takes_it() {
        int waiting = 1;
        while (waiting > 0) {
            if (PQconnectPoll(conn_) == PGRES_POLLING_FAILED) return false;
            if (::ioctl(PQsocket(conn_), FIONREAD, &waiting) != 0) return false;
        }
        return true;
    }

    Result<> pass_on_answer() {
        for (;;) {
            std::array<char, 4096> buffer{};
            const auto got = ::recv(inner_, buffer.data(), buffer.size(), 0);
            if (got <= 0) return {};  // all of it was in the pair before PQconnectPoll returned
            DRYDOCK_TRY_VOID(write_all(server_, {buffer.data(), static_cast<std::size_t>(got)}));
        }
    }

    PGconn* conn_;
    int server_;
    int inner_;
    const Limits& limits_;
    const Wake& wake_;
    bool in_ = false;
};

}  // namespace

Result<> sign_in_by_scram_only(pg_conn* conn, const Limits& limits, const Wake& wake) {
    std::array<int, 2> pair{-1, -1};
    const Descriptor server{::fcntl(PQsocket(conn), F_DUPFD_CLOEXEC, 0)};
    const bool made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) == 0;
    const Descriptor outer{pair[0]};
    const Descriptor inner{pair[1]};
    if (!made || server.get() < 0 || ::dup3(outer.get(), PQsocket(conn), O_CLOEXEC) < 0) {
        return Error{.code = ErrorCode::unavailable, .message = "no more files can be opened"};
    }
    auto done = Gate{conn, server.get(), inner.get(), limits, wake}.run();
    // libpq closes the descriptor when it has failed: then there is none to give back.
    if (PQsocket(conn) >= 0 && ::dup3(server.get(), PQsocket(conn), O_CLOEXEC) < 0 && done) {
        return Error{.code = ErrorCode::unavailable, .message = "no more files can be opened"};
    }
    return done;
}

}  // namespace drydock::pg
