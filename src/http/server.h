#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "http/network.h"

namespace drydock::http {

// What answers requests. One object for the whole server; all calls may come at the same time.
class Handler {
public:
    virtual ~Handler() = default;

    struct Admission {
        std::size_t body_limit = 0;            // 0: the server's own
        std::optional<Response> refusal = {};  // answered at once; the body is never read
    };
    // On the I/O thread, when the header is there and the body is not: must not block.
    virtual Admission admit(const Request&) { return {}; }
    // On the I/O thread, for answers that are at hand: must not block, and must be quick. Nothing: handle() is called.
    virtual std::optional<Response> try_fast(const Request&) { return std::nullopt; }
    // On a worker: may block, within limits that hold the request's stop token.
    virtual Response handle(const Request& request) = 0;
};

// One line of an access log.
struct AccessRecord {
    std::string method;
    std::string route;  // the template, "/api/v2/databases/{id}"; empty where none matched
    unsigned status = 0;
    std::uint64_t bytes = 0;  // of the body, as sent
    std::chrono::nanoseconds duration{};
    std::string request_id;
    std::string peer;
    std::string user_id;
    bool complete = true;  // false: the client went away before all was sent
};

struct TlsFiles {
    std::string certificate_chain;  // PEM, the server's own first
    std::string key;                // PEM, not encrypted
};

struct ListenOptions {
    std::string address = "127.0.0.1";  // an IP address; "::" is every address of both families
    std::uint16_t port = 0;             // 0: a free one, see Server::port()
    std::string unix_socket{};  // a path: then a Unix socket instead. What stands there and nobody serves is removed
    unsigned unix_mode = 0660;
    std::optional<TlsFiles> tls{};
};

struct ServerOptions {
    std::vector<ListenOptions> listen{ListenOptions{}};
    unsigned io_threads = 1;
    unsigned workers = 8;
    unsigned stream_workers = 16;      // producers (Response::produce) at the same time
    std::size_t connections = 10'000;  // over it: 503 and closed
    std::size_t queued = 256;          // requests that wait for a worker; over it: 503
    std::size_t header_bytes = 16 << 10;
    std::size_t target_bytes = 8 << 10;
    std::size_t body_bytes = 1 << 20;
    std::size_t stream_window = 256 << 10;  // bytes that wait for one client
    std::chrono::milliseconds header_time{10'000};
    std::chrono::milliseconds body_time{30'000};
    std::chrono::milliseconds idle_time{75'000};
    std::chrono::milliseconds write_time{30'000};  // without any progress
    std::size_t requests_per_connection = 10'000;
    std::vector<Network> trusted_proxies{};  // who may say X-Forwarded-For, -Proto, -Host and X-Request-Id
    // Called on the I/O thread when an answer has been sent or given up: must not block.
    std::function<void(const AccessRecord&)> access_log{};
    // What went wrong and is nobody's request (a handler that threw, accept() that failed): for the log.
    std::function<void(const Error&)> problem_log{};
};

struct ServerFigures {
    std::uint64_t connections = 0;  // now
    std::uint64_t streams = 0;      // now
    std::uint64_t running = 0;      // requests on a worker now
    std::uint64_t queued = 0;       // now
    std::uint64_t accepted = 0;     // since the start, as all that follows
    std::uint64_t requests = 0;
    std::uint64_t refused_connections = 0;
    std::uint64_t refused_requests = 0;  // 503: queue full
    std::uint64_t timeouts = 0;
};

// An HTTP/1.1 server: sockets are asynchronous, handlers are plain blocking code. Listens from start() on and answers
// until it is stopped; the destructor stops the hard way. The handler must outlive it.
class Server {
public:
    // Errors: the address does not parse, is taken, may not be used; a certificate that can't be read or whose key
    // does not fit.
    // Whether the certificates are good and the addresses free, at this moment; nothing stays open.
    static Result<> check(const ServerOptions& options);
    static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler& handler);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    std::uint16_t port(std::size_t listener = 0) const;  // 0 for a Unix socket
    ServerFigures figures() const;

    // Reads the certificates again; new connections get them. On an Error the old ones stay.
    Result<> reload_tls();

    // Stops in two steps. First: nothing new is accepted, idle connections are closed, running requests are answered
    // with `Connection: close`, streams end. What is not done after `grace`: its stop token fires and its connection is
    // closed. Returns when no handler runs any more. Any thread but the server's own; a second call waits for the
    // first.
    void stop(std::chrono::milliseconds grace);

private:
    class Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::http
