#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/outbox.h"
#include "http/reader.h"
#include "http/server.h"
#include "http/workers.h"

// Inside of the server: for server.cpp, connection.cpp and tls.cpp only.
namespace drydock::http {

using Socket =
    boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, boost::asio::io_context::executor_type>;
using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
Result<TlsContext> load_tls(const TlsFiles& files);

class Connection;

// One I/O thread with its connections. Everything of a connection happens on its loop's thread, but for a handler's
// run and what the outbox locks.
struct Loop {
    boost::asio::io_context io{1};
    boost::asio::steady_timer sweeper{io};
    std::unordered_set<std::shared_ptr<Connection>> connections;
    std::thread thread;
};

// What all connections share.
struct Core {
    Core(ServerOptions o, Handler& h)
        : options(std::move(o)),
          handler(h),
          workers(options.workers, options.queued),
          stream_workers(options.stream_workers, 0) {}

    void log(Error error) const {
        if (options.problem_log) options.problem_log(error);
    }

    const ServerOptions options;
    Handler& handler;
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> accepted{0}, requests{0}, refused_connections{0}, refused_requests{0}, timeouts{0};
    std::atomic<std::uint64_t> open{0};     // connections
    std::atomic<std::uint64_t> streams{0};  // open streams

    // Connections that may still have an answer to give: what a graceful stop waits for.
    std::mutex mutex;
    std::condition_variable settled;
    std::size_t busy = 0;

    Workers workers;
    Workers stream_workers;
};

// A client's connection: reads a request, has it answered, writes the answer, and so on. One read is always under way
// (unless enough waits already), so that a client that goes away is noticed while its request runs.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    // `address` is the peer's; `surplus`: one too many, every request is answered with 503.
    Connection(Core& core, Loop& loop, std::string address, bool secure, bool surplus);
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void begin();
    void wind_down();  // a stop has begun
    void kill();       // closes now
    bool due(std::chrono::steady_clock::time_point now) const { return now >= deadline_; }
    void on_timeout();

protected:
    using ErrorCodeOf = boost::system::error_code;
    // What depends on the kind of stream: each starts an operation that ends in the function beside it.
    virtual void start_handshake() = 0;                                    // on_handshake
    virtual void start_read(char* to, std::size_t most) = 0;               // on_read
    virtual void start_write(std::string_view a, std::string_view b) = 0;  // on_write
    virtual void start_shutdown() = 0;                                     // on_shutdown
    virtual void close_socket() = 0;
    void on_handshake(ErrorCodeOf error);
    void on_read(ErrorCodeOf error, std::size_t n);
    void on_write(ErrorCodeOf error, std::size_t n);
    void on_shutdown(ErrorCodeOf error);

private:
    enum class State : std::uint8_t { handshake, head, body, running, answering, streaming, lingering, closed };
    enum class Writing : std::uint8_t { nothing, go_on, answer, stream_head, stream };
    using Time = std::chrono::steady_clock;

    void settle();
    void read_more();
    void advance();
    void await_request();
    void on_head();
    void identify(Request& request) const;
    void dispatch();
    void work();
    void refuse(unsigned status, std::string detail);
    void respond(Response response);
    void answer_whole();
    bool answer_stream();
    void write(Writing what, std::string_view a, std::string_view b);
    void on_written();
    void flush();
    void answered(bool complete);
    void finish();
    Response failed_with(std::string_view what) const;

    Core& core_;
    Loop& loop_;
    const std::string address_;
    const bool secure_;
    const bool surplus_;
    State state_ = State::handshake;
    Time::time_point deadline_ = Time::time_point::max();

    RequestReader reader_;
    std::string in_;  // read and not used: [used_, have_)
    std::size_t used_ = 0;
    std::size_t have_ = 0;
    bool reading_ = false;
    bool eof_ = false;
    bool busy_ = true;
    std::size_t served_ = 0;
    std::size_t lingered_ = 0;

    std::stop_source stop_{std::nostopstate};
    Response response_;
    bool answering_ = false;  // between a request's end and the log of its answer
    bool keep_alive_ = false;
    std::string head_;
    std::string_view rest_a_;
    std::string_view rest_b_;
    Writing writing_ = Writing::nothing;
    std::uint64_t body_sent_ = 0;

    std::shared_ptr<Outbox> outbox_;
    std::string stream_bytes_;
    std::size_t stream_taken_ = 0;  // bytes of the outbox in stream_bytes_
    bool chunked_ = false;
    bool stream_over_ = false;
    bool streaming_ = false;  // counted as a stream
};

// On a plain socket, or on a TLS stream where there is a context. Takes the descriptor.
std::shared_ptr<Connection> make_connection(
    Core& core, Loop& loop, int family, int descriptor, std::string address, TlsContext tls, bool surplus
);

}  // namespace drydock::http
