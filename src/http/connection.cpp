#include "http/connection.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/random.h"
#include "base/text.h"
#include "http/problem.h"
#include "http/wire.h"

namespace drydock::http {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t kFirstBuffer = 4 << 10;
constexpr std::size_t kBodyBuffer = 64 << 10;
constexpr auto kLinger = 2s;
constexpr std::size_t kLingerBytes = 1 << 20;

// A proxy's own request id: taken only where it can do no harm in a log or a header.
bool usable_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

class PlainConnection final : public Connection {
public:
    PlainConnection(Core& core, Loop& loop, Socket socket, std::string address, bool surplus)
        : Connection(core, loop, std::move(address), false, surplus), socket_(std::move(socket)) {}

private:
    std::shared_ptr<PlainConnection> self() { return std::static_pointer_cast<PlainConnection>(shared_from_this()); }
    void start_handshake() override { on_handshake({}); }
    void start_read(char* to, std::size_t most) override {
        socket_.async_read_some(asio::buffer(to, most), [self = self()](ErrorCodeOf error, std::size_t n) {
            self->on_read(error, n);
        });
    }
    void start_write(std::string_view a, std::string_view b) override {
        const std::array<asio::const_buffer, 2> buffers{asio::buffer(a), asio::buffer(b)};
        socket_.async_write_some(buffers, [self = self()](ErrorCodeOf error, std::size_t n) {
            self->on_write(error, n);
        });
    }
    void start_shutdown() override {
        ErrorCodeOf ignored;
        socket_.shutdown(Socket::shutdown_send, ignored);
    }
    void close_socket() override {
        ErrorCodeOf ignored;
        socket_.close(ignored);
    }

    Socket socket_;
};

class TlsConnection final : public Connection {
public:
    TlsConnection(Core& core, Loop& loop, Socket socket, std::string address, TlsContext context, bool surplus)
        : Connection(core, loop, std::move(address), true, surplus),
          context_(std::move(context)),
          stream_(std::move(socket), *context_) {}

private:
    std::shared_ptr<TlsConnection> self() { return std::static_pointer_cast<TlsConnection>(shared_from_this()); }
    void start_handshake() override {
        stream_.async_handshake(asio::ssl::stream_base::server, [self = self()](ErrorCodeOf error) {
            self->on_handshake(error);
        });
    }
    void start_read(char* to, std::size_t most) override {
        stream_.async_read_some(asio::buffer(to, most), [self = self()](ErrorCodeOf error, std::size_t n) {
            self->on_read(error, n);
        });
    }
    void start_write(std::string_view a, std::string_view b) override {
        // TLS writes one buffer at a time: a short head and body go as one record.
        if (!a.empty() && !b.empty() && a.size() + b.size() <= 16'000) {
            together_.assign(a).append(b);
            a = together_;
        } else if (a.empty()) {
            a = b;
        }
        stream_.async_write_some(asio::buffer(a), [self = self()](ErrorCodeOf error, std::size_t n) {
            self->on_write(error, n);
        });
    }
    void start_shutdown() override {
        stream_.async_shutdown([self = self()](ErrorCodeOf error) { self->on_shutdown(error); });
    }
    void close_socket() override {
        ErrorCodeOf ignored;
        stream_.next_layer().close(ignored);
    }

    TlsContext context_;
    asio::ssl::stream<Socket> stream_;
    std::string together_;
};

}  // namespace

std::shared_ptr<Connection> make_connection(
    Core& core, Loop& loop, int family, int descriptor, std::string address, TlsContext tls, bool surplus
) {
    Socket socket{loop.io.get_executor(), asio::generic::stream_protocol{family, 0}, descriptor};
    if (tls)
        return std::make_shared<TlsConnection>(
            core, loop, std::move(socket), std::move(address), std::move(tls), surplus
        );
    return std::make_shared<PlainConnection>(core, loop, std::move(socket), std::move(address), surplus);
}

Connection::Connection(Core& core, Loop& loop, std::string address, bool secure, bool surplus)
    : core_(core),
      loop_(loop),
      address_(std::move(address)),
      secure_(secure),
      surplus_(surplus),
      reader_({.header_bytes = core.options.header_bytes, .target_bytes = core.options.target_bytes}) {}

void Connection::begin() {
    loop_.connections.insert(shared_from_this());
    {
        const std::lock_guard lock{core_.mutex};
        ++core_.busy;
    }
    deadline_ = Time::now() + core_.options.header_time;
    start_handshake();
}

void Connection::on_handshake(ErrorCodeOf error) {
    if (state_ != State::handshake) return;
    // Accepted just before a stop, begun just after it.
    if (error || core_.stopping) return kill();
    await_request();
    advance();
}

void Connection::settle() {
    if (!std::exchange(busy_, false)) return;
    {
        const std::lock_guard lock{core_.mutex};
        --core_.busy;
    }
    core_.settled.notify_all();
}

void Connection::kill() {
    if (state_ == State::closed) return;
    const bool running = std::exchange(state_, State::closed) == State::running;
    if (stop_.stop_possible()) stop_.request_stop();
    if (outbox_) outbox_->detach();
    // Of a request that still runs, its end tells the rest.
    if (answering_ && !running) answered(false);
    close_socket();
    --core_.open;
    settle();
    loop_.connections.erase(shared_from_this());
}

void Connection::wind_down() {
    switch (state_) {
        case State::handshake:
            return kill();
        case State::head:
            // What a client has begun to say is still answered.
            if (!reader_.started() && used_ == have_) kill();
            return;
        case State::streaming:
            if (response_.subscribe) outbox_->close();
            return;
        default:
            return;
    }
}

void Connection::on_timeout() {
    ++core_.timeouts;
    if (state_ == State::head && reader_.started()) return refuse(408, "The header of the request took too long.");
    if (state_ == State::body && writing_ == Writing::nothing)
        return refuse(408, "The body of the request took too long.");
    kill();
}

// ---- reading

void Connection::read_more() {
    if (reading_ || eof_ || state_ == State::closed) return;
    if (used_ == have_) used_ = have_ = 0;
    const bool wants_much = state_ == State::body;
    const std::size_t most = std::max(core_.options.header_bytes + kFirstBuffer, wants_much ? kBodyBuffer : 0);
    if (have_ == in_.size()) {
        if (used_ > 0) {
            in_.erase(0, used_);
            have_ -= std::exchange(used_, 0);
        }
        const std::size_t next = wants_much ? kBodyBuffer : in_.empty() ? kFirstBuffer : in_.size() * 2;
        // While a request runs, what a client sends after it waits in the socket once the buffer is full.
        in_.resize(std::max(have_, std::min(next, most)));
        if (have_ == in_.size()) return;
    }
    reading_ = true;
    start_read(in_.data() + have_, in_.size() - have_);
}

void Connection::on_read(ErrorCodeOf error, std::size_t n) {
    reading_ = false;
    if (state_ == State::closed) return;
    have_ += n;
    if (error) eof_ = true;
    switch (state_) {
        case State::head:
        case State::body:
            if (n > 0 && writing_ == Writing::nothing) advance();
            // An end in the middle of a request, or between two: nobody waits for an answer.
            if (eof_ && (state_ == State::head || state_ == State::body)) kill();
            return;
        case State::running:
            if (!eof_) return read_more();
            if (stop_.stop_possible()) stop_.request_stop();
            return;
        case State::streaming:
            return eof_ ? kill() : read_more();
        case State::lingering:
            lingered_ += n;
            used_ = have_ = 0;
            return eof_ || lingered_ > kLingerBytes ? kill() : read_more();
        default:
            return eof_ ? void() : read_more();
    }
}

void Connection::await_request() {
    state_ = State::head;
    deadline_ = Time::now() + (surplus_ ? core_.options.header_time : core_.options.idle_time);
}

// Goes on with what has been read, until it needs more or the request is on its way.
void Connection::advance() {
    while ((state_ == State::head || state_ == State::body) && writing_ == Writing::nothing) {
        if (reader_.state() == RequestReader::State::complete) return dispatch();
        const bool had_started = reader_.started();
        const auto taken = reader_.put(std::string_view{in_}.substr(used_, have_ - used_));
        used_ += taken;
        if (!had_started && reader_.started()) {
            reader_.request().arrived = Time::now();
            deadline_ = reader_.request().arrived + core_.options.header_time;
        }
        switch (reader_.state()) {
            case RequestReader::State::head_read:
                on_head();
                break;
            case RequestReader::State::failed:
                return refuse(reader_.failure().status, reader_.failure().detail);
            case RequestReader::State::complete:
                return dispatch();
            default:
                return read_more();
        }
    }
}

void Connection::identify(Request& request) const {
    auto& peer = request.peer;
    peer.secure = secure_;
    peer.host = request.headers.get("Host");
    peer.address = address_;
    if (trusted(address_, core_.options.trusted_proxies)) {
        std::string hops;
        for (const auto& [name, value] : request.headers)
            if (iequals(name, "X-Forwarded-For")) hops += (hops.empty() ? "" : ",") + value;
        peer.address = client_address(address_, hops, core_.options.trusted_proxies);
        if (const auto proto = request.headers.get("X-Forwarded-Proto"); !proto.empty()) peer.secure = proto == "https";
        if (const auto host = request.headers.get("X-Forwarded-Host"); !host.empty() && is_host(host)) peer.host = host;
        if (const auto id = request.headers.get("X-Request-Id"); usable_id(id)) request.id = id;
    }
    if (request.id.empty()) request.id = random_hex(16);
}

void Connection::on_head() {
    ++core_.requests;
    auto& request = reader_.request();
    identify(request);
    if (surplus_) return refuse(503, "There are too many connections.");
    Handler::Admission admission;
    try {
        admission = core_.handler.admit(request);
    } catch (const std::exception& thrown) {
        admission.refusal = failed_with(thrown.what());
    }
    if (admission.refusal) {
        // A body that nobody reads can't be told from the next request.
        if (reader_.has_body()) {
            keep_alive_ = false;
            served_ = core_.options.requests_per_connection;
        }
        answering_ = true;
        return respond(*std::move(admission.refusal));
    }
    reader_.body(admission.body_limit > 0 ? admission.body_limit : core_.options.body_bytes);
    if (reader_.state() == RequestReader::State::failed)
        return refuse(reader_.failure().status, reader_.failure().detail);
    if (reader_.state() != RequestReader::State::body) return;
    state_ = State::body;
    deadline_ = Time::now() + core_.options.body_time;
    if (reader_.expects_continue() && used_ == have_) write(Writing::go_on, "HTTP/1.1 100 Continue\r\n\r\n", {});
}

// ---- answering

Response Connection::failed_with(std::string_view what) const {
    core_.log(Error{
        .code = ErrorCode::internal,
        .message = "a handler failed",
        .detail = std::string{what} + " (request " + reader_.request().id + ")",
    });
    return to_response(problem_of(Error{.code = ErrorCode::internal}), reader_.request().id);
}

void Connection::dispatch() {
    auto& request = reader_.request();
    answering_ = true;
    std::optional<Response> fast;
    try {
        fast = core_.handler.try_fast(request);
    } catch (const std::exception& thrown) {
        fast = failed_with(thrown.what());
    }
    if (fast) {
        respond(*std::move(fast));
        return read_more();
    }
    state_ = State::running;
    deadline_ = Time::time_point::max();
    stop_ = std::stop_source{};
    request.stop = stop_.get_token();
    if (!core_.workers.submit([self = shared_from_this()] { self->work(); })) {
        ++core_.refused_requests;
        return respond(to_response(problem_of_status(503, "The server has too much to do.", "Try again."), request.id));
    }
    read_more();
    if (eof_) stop_.request_stop();
}

// On a worker.
void Connection::work() {
    Response response;
    try {
        response = core_.handler.handle(reader_.request());
    } catch (const std::exception& thrown) {
        response = failed_with(thrown.what());
    } catch (...) {
        response = failed_with("something that is no std::exception");
    }
    asio::post(loop_.io, [self = shared_from_this(), response = std::move(response)]() mutable {
        if (self->state_ == State::running) return self->respond(std::move(response));
        self->response_ = std::move(response);
        self->answered(false);
    });
}

// An answer of the server itself, after which the connection ends.
void Connection::refuse(unsigned status, std::string detail) {
    auto& request = reader_.request();
    if (request.id.empty()) identify(request);
    served_ = core_.options.requests_per_connection;
    answering_ = true;
    respond(to_response(problem_of_status(status, std::move(detail)), request.id));
}

void Connection::respond(Response response) {
    const auto& request = reader_.request();
    response_ = std::move(response);
    if (!response_.headers.has("X-Request-Id")) response_.headers.add("X-Request-Id", request.id);
    response_.headers.set("X-Content-Type-Options", "nosniff");
    keep_alive_ = reader_.keep_alive() && !eof_ && !core_.stopping && !surplus_ &&
                  ++served_ < core_.options.requests_per_connection;
    body_sent_ = 0;
    head_.clear();
    if (!response_.streams() || !answer_stream()) answer_whole();
}

void Connection::answer_whole() {
    const auto& request = reader_.request();
    const auto bytes = response_.bytes();
    const bool bodiless = response_.status == 204 || response_.status == 304;
    const auto framing = bodiless || response_.streams() ? Framing::none : Framing::length;
    write_head(head_, response_, framing, bytes.size(), keep_alive_, reader_.http_1_0());
    state_ = State::answering;
    write(Writing::answer, head_, bodiless || request.method == Method::head ? std::string_view{} : bytes);
}

// False: not as a stream, but as a whole.
bool Connection::answer_stream() {
    if (reader_.request().method == Method::head) return false;
    outbox_ = std::make_shared<Outbox>(core_.options.stream_window, [weak = weak_from_this(), &loop = loop_] {
        asio::post(loop.io, [weak] {
            if (const auto self = weak.lock()) self->flush();
        });
    });
    if (!stop_.stop_possible()) stop_ = std::stop_source{};
    if (response_.produce) {
        outbox_->limit({.stop = stop_.get_token()});
        auto produce = [self = shared_from_this(), outbox = outbox_, limits = Limits{.stop = stop_.get_token()}] {
            Result<> done;
            try {
                done = self->response_.produce(*outbox, limits);
            } catch (const std::exception& thrown) {
                static_cast<void>(self->failed_with(thrown.what()));
                done = Error{};
            }
            done ? outbox->close() : outbox->abort();
        };
        if (!core_.stream_workers.submit(std::move(produce))) {
            ++core_.refused_requests;
            outbox_->detach();
            outbox_.reset();
            response_ =
                to_response(problem_of_status(503, "There are too many streams.", "Try again."), reader_.request().id);
            return false;
        }
    }
    chunked_ = !reader_.http_1_0();
    if (!chunked_) keep_alive_ = false;
    stream_over_ = false;
    streaming_ = true;
    ++core_.streams;
    write_head(
        head_, response_, chunked_ ? Framing::chunked : Framing::until_close, 0, keep_alive_, reader_.http_1_0()
    );
    state_ = State::streaming;
    write(Writing::stream_head, head_, {});
    if (response_.subscribe) response_.subscribe(outbox_);
    if (core_.stopping && response_.subscribe) outbox_->close();
    read_more();
    return true;
}

void Connection::write(Writing what, std::string_view a, std::string_view b) {
    writing_ = what;
    rest_a_ = a;
    rest_b_ = b;
    if (what != Writing::go_on) deadline_ = Time::now() + core_.options.write_time;
    start_write(rest_a_, rest_b_);
}

void Connection::on_write(ErrorCodeOf error, std::size_t n) {
    if (state_ == State::closed) return;
    if (error) return kill();
    const auto of_a = std::min(n, rest_a_.size());
    rest_a_.remove_prefix(of_a);
    rest_b_.remove_prefix(n - of_a);
    if (writing_ == Writing::answer) body_sent_ += n - of_a;
    if (writing_ == Writing::stream) body_sent_ += n;
    if (rest_a_.empty() && rest_b_.empty()) return on_written();
    if (writing_ != Writing::go_on) deadline_ = Time::now() + core_.options.write_time;
    start_write(rest_a_, rest_b_);
}

void Connection::on_written() {
    const auto what = std::exchange(writing_, Writing::nothing);
    switch (what) {
        case Writing::go_on:
            advance();
            return read_more();
        case Writing::stream:
            outbox_->sent(std::exchange(stream_taken_, 0));
            [[fallthrough]];
        case Writing::stream_head:
            deadline_ = Time::time_point::max();
            if (!stream_over_) return flush();
            outbox_->detach();
            outbox_.reset();
            [[fallthrough]];
        default:
            break;
    }
    answered(true);
    if (!keep_alive_ || core_.stopping) return finish();
    stop_ = std::stop_source{std::nostopstate};
    reader_.next();
    response_ = {};
    await_request();
    if (used_ < have_) advance();
    if (eof_ && state_ == State::head) return kill();
    read_more();
}

// Sends what waits in the outbox.
void Connection::flush() {
    if (state_ != State::streaming || writing_ != Writing::nothing || !outbox_) return;
    const auto taken = outbox_->take();
    if (taken.broken) return kill();
    if (taken.pieces.empty() && !taken.last) return;
    stream_bytes_.clear();
    stream_taken_ = 0;
    for (const auto& piece : taken.pieces) stream_taken_ += piece->size();
    if (chunked_ && stream_taken_ > 0) write_chunk_head(stream_bytes_, stream_taken_);
    for (const auto& piece : taken.pieces) stream_bytes_ += *piece;
    if (chunked_ && stream_taken_ > 0) stream_bytes_ += kChunkEnd;
    if (taken.last) {
        stream_over_ = true;
        if (chunked_) stream_bytes_ += kLastChunk;
    }
    if (!stream_bytes_.empty()) return write(Writing::stream, stream_bytes_, {});
    writing_ = Writing::stream;
    on_written();
}

void Connection::answered(bool complete) {
    answering_ = false;
    if (std::exchange(streaming_, false)) --core_.streams;
    if (!core_.options.access_log) return;
    const auto& request = reader_.request();
    core_.options.access_log(AccessRecord{
        .method = request.target.empty() ? "-" : std::string{name(request.method)},
        .route = std::move(response_.route),
        .status = response_.status,
        .bytes = body_sent_,
        .duration = request.arrived == Time::time_point{} ? 0ns : Time::now() - request.arrived,
        .request_id = request.id,
        .peer = request.peer.address,
        .user_id = std::move(response_.user_id),
        .complete = complete,
    });
}

// The last answer is out: says so to the client, and reads what it is still sending, because closing with unread
// bytes would take the answer away from it.
void Connection::finish() {
    state_ = State::lingering;
    deadline_ = Time::now() + kLinger;
    settle();
    used_ = have_ = 0;
    if (eof_) return kill();
    start_shutdown();
    read_more();
}

void Connection::on_shutdown(ErrorCodeOf) {
    kill();
}

}  // namespace drydock::http
