#include "health/socket_wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace drydock::health {
namespace {

Finding tcp_finding(int error) {
    auto outcome = Outcome::unreachable;
    if (error == ECONNREFUSED || error == ENOENT) outcome = Outcome::refused;
    if (error == ETIMEDOUT) outcome = Outcome::timed_out;
    return {.outcome = outcome, .phase = Phase::tcp};
}

}  // namespace

Step SocketWire::connect(const Target& target, const Host& host, const net::Address& address) {
    target_ = &target;
    host_ = host.name;
    socket_ = net::Socket{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (socket_.fd() < 0) return Step::failed(tcp_finding(errno));
    const int on = 1;
    ::setsockopt(socket_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (::connect(socket_.fd(), address.data(), address.size()) == 0) return tcp_done();
    return errno == EINPROGRESS ? Step::waits(true) : Step::failed(tcp_finding(errno));
}

Step SocketWire::ready() {
    switch (phase_) {
        case Phase::tcp: {
            int error = 0;
            socklen_t size = sizeof(error);
            ::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
            return error == 0 ? tcp_done() : Step::failed(tcp_finding(error));
        }
        case Phase::tls:
            return asks_for_tls_ ? hear_consent() : shake_hands();
        case Phase::name:
        case Phase::sign_in:
        case Phase::query:
            return talk();
    }
    return broken();
}

Step SocketWire::tcp_done() {
    if (target_->tls.mode == net::TlsMode::off) return begin_talk();
    phase_ = Phase::tls;
    if (auto request = tls_request(); !request.empty()) {
        asks_for_tls_ = true;
        say(request);
        return flush().value_or(Step::waits());
    }
    return begin_tls();
}

// One byte and not more: what a server adds to it would be taken for what it says under TLS.
Step SocketWire::hear_consent() {
    if (const auto unsent = flush()) return *unsent;
    char consent = 0;
    const auto n = receive({&consent, 1});
    if (!n || (*n && **n == 0)) return broken();
    if (!*n) return Step::waits();
    asks_for_tls_ = false;
    if (consent == 'S') return begin_tls();
    const auto outcome = consent == 'N' || consent == 'E' ? Outcome::tls_failed : Outcome::protocol_error;
    return Step::failed({.outcome = outcome, .phase = Phase::tls});
}

Step SocketWire::begin_tls() {
    const auto context = wires_.tls(target_->tls);
    auto session = context ? net::TlsSession::start(socket_.fd(), *context, host_) : context.error();
    if (!session) return Step::failed({.outcome = Outcome::tls_failed, .phase = Phase::tls});
    tls_.emplace(*std::move(session));
    return shake_hands();
}

Step SocketWire::shake_hands() {
    const auto agreed = tls_->handshake();
    if (!agreed) return Step::failed({.outcome = Outcome::tls_failed, .phase = Phase::tls});
    return *agreed ? begin_talk() : Step::waits(tls_->wants_write());
}

Step SocketWire::begin_talk() {
    phase_ = Phase::sign_in;
    return settle(sign_in(*target_));
}

Step SocketWire::ask() {
    return settle(question());
}

// Sends what is to be said, and takes note of the end of the sign-in.
Step SocketWire::settle(Step step) {
    if (step.state == Step::State::failed) return step;
    if (auto unsent = flush()) {
        if (unsent->state == Step::State::failed) return *unsent;
        if (step.state == Step::State::waiting) return *unsent;
    }
    if (step.state == Step::State::done && !signed_in_) {
        signed_in_ = true;
        phase_ = Phase::query;
        target_ = nullptr;
    }
    return step;
}

std::optional<Step> SocketWire::flush() {
    while (!out_.empty()) {
        const auto n = send(out_);
        if (!n) return broken();
        if (!*n) return Step::waits(true);
        out_.erase(0, **n);
    }
    return std::nullopt;
}

Step SocketWire::talk() {
    if (const auto unsent = flush(); unsent && unsent->state == Step::State::failed) return *unsent;
    std::array<char, 4096> buffer;
    for (;;) {
        const auto n = receive(buffer);
        if (!n || (*n && **n == 0)) return broken();
        if (!*n) return Step::waits(!out_.empty() || (tls_ && tls_->wants_write()));
        const auto step = settle(hear({buffer.data(), **n}));
        if (step.state != Step::State::waiting) return step;
    }
}

bool SocketWire::still_open() {
    std::array<char, 512> buffer;
    const auto n = receive(buffer);
    // Tickets of TLS are read on the way; a database that speaks without being asked says good-bye.
    return n && !*n;
}

Result<std::optional<std::size_t>> SocketWire::receive(std::span<char> into) {
    if (tls_) return tls_->read(into);
    const auto n = ::recv(socket_.fd(), into.data(), into.size(), MSG_DONTWAIT);
    if (n >= 0) return std::optional{static_cast<std::size_t>(n)};
    if (errno == EAGAIN || errno == EINTR) return std::optional<std::size_t>{};
    return Error{.code = ErrorCode::unavailable, .message = "the connection broke"};
}

Result<std::optional<std::size_t>> SocketWire::send(std::string_view bytes) {
    if (tls_) return tls_->write(bytes);
    const auto n = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return std::optional{static_cast<std::size_t>(n)};
    if (errno == EAGAIN || errno == EINTR) return std::optional<std::size_t>{};
    return Error{.code = ErrorCode::unavailable, .message = "the connection broke"};
}

}  // namespace drydock::health
