#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace drydock::testing {

// Stands between a client and a PostgreSQL server on 127.0.0.1, reads their protocol, and can break it at any message.
// Connections must ask for neither TLS nor GSS encryption (sslmode=disable, gssencmode=disable).
class MessageProxy {
public:
    explicit MessageProxy(std::uint16_t server_port);
    ~MessageProxy();
    MessageProxy(const MessageProxy&) = delete;
    MessageProxy& operator=(const MessageProxy&) = delete;

    std::uint16_t port() const;

    // Counts anew; waits for a break that is happening. Before the n-th message from now (of both directions and all
    // connections, from 1) is passed on, `then` runs, and all connections are cut without passing it on. 0: nothing is
    // broken.
    void break_at(std::size_t n, std::function<void()> then = {});
    // Messages since break_at().
    std::size_t seen() const;

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::testing
