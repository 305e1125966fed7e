#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "health/wire.h"
#include "net/stream.h"
#include "net/tls_session.h"

namespace drydock::health {

// A wire of our own: TCP, TLS where it is wanted, and bytes. What they mean is the matter of those that derive from it.
class SocketWire : public Wire {
public:
    explicit SocketWire(Wires& wires) : wires_(wires) {}

    Step connect(const Target& target, const Host& host, const net::Address& address) final;
    Step ask() final;
    Step ready() final;
    Phase phase() const final { return phase_; }
    int fd() const final { return socket_.fd(); }
    bool still_open() final;

protected:
    // Begins to sign in: says something, or nothing where there is nothing to do (done).
    virtual Step sign_in(const Target& target) = 0;
    virtual Step question() = 0;
    // Bytes have come. `waiting` until what they belong to is whole.
    virtual Step hear(std::string_view bytes) = 0;

    // What is said before TLS begins; the server answers with one byte, 'S' to go on. Empty: TLS begins at once.
    virtual std::string tls_request() const { return {}; }

    void say(std::string_view bytes) { out_ += bytes; }
    bool signed_in() const { return signed_in_; }
    Wires& wires() { return wires_; }
    // What binds a sign-in to this TLS channel; empty without one.
    std::string channel_end_point() const { return tls_ ? tls_->end_point() : std::string{}; }

private:
    Step tcp_done();
    Step begin_tls();
    Step hear_consent();
    Step shake_hands();
    Step begin_talk();
    Step talk();
    Step settle(Step step);
    std::optional<Step> flush();
    Step broken() const { return Step::failed({.outcome = Outcome::unreachable, .phase = phase_}); }
    Result<std::optional<std::size_t>> receive(std::span<char> into);
    Result<std::optional<std::size_t>> send(std::string_view bytes);

    Wires& wires_;
    const Target* target_ = nullptr;
    std::string host_;
    net::Socket socket_;
    std::optional<net::TlsSession> tls_;
    Phase phase_ = Phase::tcp;
    bool signed_in_ = false;
    bool asks_for_tls_ = false;  // its tls_request() is not answered yet
    std::string out_;
};

}  // namespace drydock::health
