#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/dialler.h"
#include "net/tls.h"
#include "redis/codec.h"
#include "redis/value.h"

namespace drydock::redis {

struct ConnectOptions {
    std::string host;  // or the path of a Unix socket
    std::uint16_t port = 6379;
    std::string user{};  // empty: the default user
    Secret password{};   // empty: don't sign in
    int database = 0;
    std::optional<net::TlsContext> tls{};  // none: not encrypted
    std::string client_name = "drydock";
    ParserLimits limits{};
};

using Argv = std::vector<std::string>;

// One connection, in RESP3 or, with an older server, RESP2. One thread at a time. After an Error other than the
// server's own answer (a deadline, a stop, a broken connection) the next answer could be taken for the wrong one, so
// it is unusable from then on.
class Client {
public:
    // Dials, encrypts, signs in and selects the database. `timing` tells how far it came.
    static Result<Client> connect(
        const net::Dialler& dialler, const ConnectOptions& options, const Limits& limits, net::Timing* timing = nullptr
    );
    Client(Client&& other) noexcept;
    Client& operator=(Client&& other) noexcept;
    ~Client();

    // One command and its answer; an answer that is an error is an Error. Commands after which a connection speaks
    // otherwise (SUBSCRIBE, MONITOR, CLIENT REPLY …) are refused.
    Result<Value> command(const Argv& argv, const Limits& limits);
    // Many in one flight. The answers stand in the order of the commands, errors among them as values.
    Result<std::vector<Value>> pipeline(const std::vector<Argv>& commands, const Limits& limits);

    // For what a RESP3 server says by itself; dropped when nobody listens. Called within command() and pipeline().
    void on_push(std::function<void(const Value&)> listener);

    bool usable() const;
    bool still_open() const;  // for one that lies idle: the other end is there and has said nothing
    int protocol() const;     // 2 or 3
    const net::Address& address() const;

    struct Impl;

private:
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::redis
