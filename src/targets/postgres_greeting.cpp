#include "targets/postgres_greeting.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/poll.h"

namespace drydock::targets {
namespace {

using Clock = Limits::Clock;

// https://www.postgresql.org/docs/current/protocol-message-formats.html
constexpr std::uint32_t kProtocol = 196608;  // 3.0
constexpr std::uint32_t kSslRequest = 80877103;
constexpr std::size_t kLongest = 30'000;

void append_number(std::string& out, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>((value >> static_cast<unsigned>(shift)) & 0xFFU);
}

std::uint32_t number(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char c : bytes) value = (value << 8U) | static_cast<unsigned char>(c);
    return value;
}

std::string startup(const Address& address) {
    std::string body;
    append_number(body, kProtocol);
    const auto add = [&](std::string_view name, std::string_view value) {
        body.append(name).append(1, '\0').append(value).append(1, '\0');
    };
    add("user", address.user);
    add("database", address.database.empty() ? address.user : address.database);
    add("application_name", "drydock");
    body += '\0';
    std::string message;
    append_number(message, static_cast<std::uint32_t>(body.size() + 4));
    return message + body;
}

Error no_postgres() {
    return {
        .code = ErrorCode::unavailable,
        .message = "what answers there is not a PostgreSQL server",
        .hint = "Check the port.",
        .sqlstate = "08001",
    };
}

// One byte, 'S' or 'N', and not one more: the rest belongs to TLS.
Result<> ask_for_tls(int socket, const Limits& limits) {
    std::string request;
    append_number(request, 8);
    append_number(request, kSslRequest);
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
        return no_postgres();
    }
    const Wake wake{limits.stop};
    for (;;) {
        char answer = 0;
        const auto got = ::recv(socket, &answer, 1, 0);
        if (got == 1 && answer == 'S') return {};
        if (got == 1 && answer == 'N') {
            return Error{
                .code = ErrorCode::unavailable,
                .message = "the server does not offer TLS",
                .hint = "Set ssl = on there, or register it with TLS off if the network in between is trusted.",
                .sqlstate = "08001",
            };
        }
        if (got >= 0 || (errno != EAGAIN && errno != EINTR)) return no_postgres();
        DRYDOCK_TRY_VOID(wait_for(socket, POLLIN, limits, wake));
    }
}

Result<std::string> read_message(net::Stream& stream, const Limits& limits) {
    std::string message;
    std::size_t wanted = 5;
    while (message.size() < wanted) {
        std::array<char, 4096> buffer{};
        const auto most = std::min(buffer.size(), wanted - message.size());
        DRYDOCK_TRY(const auto got, stream.read({buffer.data(), most}, limits));
        if (got == 0) return no_postgres();
        message.append(buffer.data(), got);
        if (message.size() == 5 && wanted == 5) {
            const auto length = number(std::string_view{message}.substr(1));
            if (length < 4 || length > kLongest) return no_postgres();
            wanted = length + 1;
        }
    }
    return message;
}

Error said_no(std::string_view fields) {
    Error error{.code = ErrorCode::unavailable};
    while (!fields.empty() && fields[0] != '\0') {
        const auto end = fields.find('\0', 1);
        if (end == fields.npos) break;
        const auto value = fields.substr(1, end - 1);
        if (fields[0] == 'C') error.sqlstate = value;
        if (fields[0] == 'M') error.message = value;
        fields.remove_prefix(end + 1);
    }
    if (error.sqlstate.starts_with("28")) error.code = ErrorCode::unauthenticated;
    if (error.sqlstate == "3D000") error.code = ErrorCode::not_found;
    if (error.sqlstate == "42501") error.code = ErrorCode::permission_denied;
    if (error.message.empty()) return no_postgres();
    if (error.sqlstate.starts_with("28")) error.hint = "Check the user name, and the server's pg_hba.conf.";
    if (error.sqlstate == "3D000") error.hint = "Check the name of the database, or create it.";
    return error;
}

Proof proof_of(std::string_view message) {
    switch (number(message.substr(5, 4))) {
        case 0:
            return Proof::nothing;
        case 3:
            return Proof::cleartext;
        case 5:
            return Proof::md5;
        case 10:
            if (message.find(std::string_view{"SCRAM-SHA-256-PLUS\0", 19}) != message.npos) return Proof::scram_bound;
            if (message.find(std::string_view{"SCRAM-SHA-256\0", 14}) != message.npos) return Proof::scram;
            return Proof::other;
        default:
            return Proof::other;
    }
}

}  // namespace

Result<Greeting> greet(
    const Address& address,
    const Host& host,
    const net::Dialler& dialler,
    const net::TlsContext* tls,
    net::Timing& timing,
    const Limits& limits
) {
    const auto place = host.name.starts_with('/') ? fmt::format("{}/.s.PGSQL.{}", host.name, host.port) : host.name;
    DRYDOCK_TRY(auto dialled, dialler.dial(place, host.port, limits, &timing));
    std::unique_ptr<net::Stream> stream;
    if (tls) {
        const auto begun = Clock::now();
        DRYDOCK_TRY_VOID(ask_for_tls(dialled.socket.fd(), limits));
        DRYDOCK_TRY(stream, net::start_tls(std::move(dialled.socket), *tls, host.name, limits));
        timing.tls = Clock::now() - begun;
    } else {
        stream = net::plain_stream(std::move(dialled.socket));
    }
    const auto begun = Clock::now();
    DRYDOCK_TRY_VOID(stream->write(startup(address), limits));
    for (;;) {
        DRYDOCK_TRY(const auto message, read_message(*stream, limits));
        if (message[0] == 'E') return said_no(std::string_view{message}.substr(5));
        if (message[0] == 'N' || message[0] == 'v') continue;
        if (message[0] != 'R' || message.size() < 9) return no_postgres();
        return Greeting{.asks = proof_of(message), .answered = Clock::now() - begun};
    }
}

}  // namespace drydock::targets
