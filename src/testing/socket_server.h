#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "testing/certificates.h"

namespace drydock::testing {

// One accepted connection, blocking, as the server's side sees it.
class Peer {
public:
    virtual ~Peer() = default;
    virtual std::string read() = 0;  // what is there; "" at the end or when the server stops
    virtual void write(const std::string& bytes) = 0;

    // Reads until the text has come; gives all that came.
    std::string read_until(const std::string& end);
};

// A small server in the test: `serve` runs on a thread for each connection, which closes when it returns.
class SocketServer {
public:
    using Serve = std::function<void(Peer&)>;

    // On 127.0.0.1 or another address of this machine, on a free port unless one is given.
    explicit SocketServer(Serve serve, const std::string& address = "127.0.0.1", std::uint16_t port = 0);
    SocketServer(Serve serve, const CertificateFiles& tls);  // with TLS, which `serve` does not notice
    struct OnUnix {
        std::string path;
    };
    SocketServer(Serve serve, const OnUnix& where);
    ~SocketServer();
    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;

    std::uint16_t port() const;
    int accepted() const;

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

// A port of 127.0.0.1 (or another address) that is open but does not answer: a connect to it hangs.
class HangingPort {
public:
    explicit HangingPort(const std::string& address = "127.0.0.1", std::uint16_t port = 0);
    ~HangingPort();
    HangingPort(const HangingPort&) = delete;
    HangingPort& operator=(const HangingPort&) = delete;

    std::uint16_t port() const { return port_; }

private:
    int listener_ = -1;
    int first_ = -1;
    int second_ = -1;
    std::uint16_t port_ = 0;
};

// A port of 127.0.0.1 that was free a moment ago.
std::uint16_t free_port();

}  // namespace drydock::testing
