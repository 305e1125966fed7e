#include "http/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "http/connection.h"
#include "http/listener.h"

namespace drydock::http {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Connections over the limit that are still told so; what comes on top is closed without a word.
constexpr std::size_t kSurplus = 64;
constexpr int kAcceptsAtOnce = 64;

// A listening socket on the first loop.
struct Gate {
    Gate(Listener l, std::optional<TlsFiles> files, asio::io_context& io)
        : family(l.family()),
          port(l.port()),
          listener(std::move(l)),
          tls_files(std::move(files)),
          ready(io, ::dup(listener->descriptor())),
          pause(io) {}

    const int family;
    const std::uint16_t port;
    std::optional<Listener> listener;  // until a stop
    std::optional<TlsFiles> tls_files;
    TlsContext tls;  // under the mutex of the server
    asio::posix::stream_descriptor ready;
    asio::steady_timer pause;
};

}  // namespace

class Server::Impl {
public:
    Impl(ServerOptions options, Handler& handler) : core(std::move(options), handler) {
        const auto count = std::max(1U, core.options.io_threads);
        for (unsigned i = 0; i < count; ++i) loops.push_back(std::make_unique<Loop>());
        // How exact the time-outs are: a quarter of the shortest.
        tick = std::min({core.options.header_time, core.options.body_time, core.options.idle_time}) / 4;
        tick = std::clamp<std::chrono::milliseconds>(tick, 5ms, 1s);
    }

    Result<> listen();
    void run();
    void await(Gate& gate);
    void accept(Gate& gate);
    void welcome(Gate& gate, Listener::Accepted accepted);
    void sweep(Loop& loop);
    void stop(std::chrono::milliseconds grace);

    Core core;
    std::chrono::milliseconds tick{};
    std::vector<std::unique_ptr<Loop>> loops;
    std::vector<std::unique_ptr<Gate>> gates;
    std::size_t next_loop = 0;
    mutable std::mutex tls_mutex;
    std::mutex stop_mutex;
    bool stopped = false;
};

Result<> Server::Impl::listen() {
    for (const auto& where : core.options.listen) {
        TlsContext tls;
        if (where.tls) {
            DRYDOCK_TRY(tls, load_tls(*where.tls));
        }
        DRYDOCK_TRY(auto listener, Listener::open(where));
        gates.push_back(std::make_unique<Gate>(std::move(listener), where.tls, loops[0]->io));
        gates.back()->tls = std::move(tls);
    }
    return {};
}

void Server::Impl::run() {
    for (auto& gate : gates) await(*gate);
    for (auto& loop : loops) {
        sweep(*loop);
        loop->thread = std::thread{[&io = loop->io, guard = asio::make_work_guard(loop->io)] { io.run(); }};
    }
}

void Server::Impl::await(Gate& gate) {
    gate.ready.async_wait(asio::posix::stream_descriptor::wait_read, [this, &gate](boost::system::error_code error) {
        if (error || core.stopping) return;
        accept(gate);
    });
}

void Server::Impl::accept(Gate& gate) {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
        auto accepted = gate.listener->accept();
        if (accepted.descriptor >= 0) {
            welcome(gate, std::move(accepted));
            continue;
        }
        if (accepted.error == EAGAIN || accepted.error == EWOULDBLOCK) break;
        if (accepted.error == ECONNABORTED || accepted.error == EINTR) continue;
        // Out of descriptors or memory: the connection stays in the queue, so asking again at once would only spin.
        core.log(Error{
            .code = ErrorCode::unavailable,
            .message = "can't accept connections",
            .hint = "Raise the limit of open files.",
            .detail = std::generic_category().message(accepted.error),
        });
        gate.pause.expires_after(100ms);
        gate.pause.async_wait([this, &gate](boost::system::error_code error) {
            if (!error && !core.stopping) await(gate);
        });
        return;
    }
    await(gate);
}

void Server::Impl::welcome(Gate& gate, Listener::Accepted accepted) {
    ++core.accepted;
    const auto open = core.open.load();
    const bool surplus = open >= core.options.connections;
    if (surplus) ++core.refused_connections;
    if (open >= core.options.connections + kSurplus) {
        ::close(accepted.descriptor);
        return;
    }
    TlsContext tls;
    {
        const std::lock_guard lock{tls_mutex};
        tls = gate.tls;
    }
    ++core.open;
    auto& loop = *loops[next_loop++ % loops.size()];
    auto begin = [this, &loop, &gate, tls = std::move(tls), accepted = std::move(accepted), surplus]() mutable {
        make_connection(
            core, loop, gate.family, accepted.descriptor, std::move(accepted.address), std::move(tls), surplus
        )
            ->begin();
    };
    if (loops.size() == 1)
        begin();
    else
        asio::post(loop.io, std::move(begin));
}

// Looks through all connections now and then, which is far cheaper than a timer for each operation.
void Server::Impl::sweep(Loop& loop) {
    loop.sweeper.expires_after(tick);
    loop.sweeper.async_wait([this, &loop](boost::system::error_code error) {
        if (error) return;
        const auto now = std::chrono::steady_clock::now();
        std::vector<std::shared_ptr<Connection>> due;
        for (const auto& connection : loop.connections)
            if (connection->due(now)) due.push_back(connection);
        for (const auto& connection : due) connection->on_timeout();
        sweep(loop);
    });
}

void Server::Impl::stop(std::chrono::milliseconds grace) {
    const std::lock_guard once{stop_mutex};
    if (std::exchange(stopped, true)) return;
    core.stopping = true;
    const auto each = [](Loop& loop, void (Connection::*what)()) {
        asio::post(loop.io, [&loop, what] {
            const std::vector<std::shared_ptr<Connection>> all{loop.connections.begin(), loop.connections.end()};
            for (const auto& connection : all) (*connection.*what)();
        });
    };
    asio::post(loops[0]->io, [this] {
        for (auto& gate : gates) {
            boost::system::error_code ignored;
            gate->pause.cancel();
            gate->ready.close(ignored);
            gate->listener.reset();
        }
    });
    for (auto& loop : loops) each(*loop, &Connection::wind_down);
    {
        std::unique_lock lock{core.mutex};
        core.settled.wait_for(lock, grace, [this] { return core.busy == 0; });
    }
    for (auto& loop : loops) each(*loop, &Connection::kill);
    core.workers.stop();
    core.stream_workers.stop();
    for (auto& loop : loops) {
        if (!loop->thread.joinable()) continue;
        // Last, so that what the workers have left is still done.
        asio::post(loop->io, [&io = loop->io] { io.stop(); });
        loop->thread.join();
    }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
    impl_->stop(0ms);
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler& handler) {
    try {
        auto impl = std::make_unique<Impl>(std::move(options), handler);
        DRYDOCK_TRY_VOID(impl->listen());
        impl->run();
        return std::unique_ptr<Server>{new Server{std::move(impl)}};
    } catch (const std::exception& thrown) {
        return Error{.code = ErrorCode::unavailable, .message = "the HTTP server can't start", .detail = thrown.what()};
    }
}

Result<> Server::check(const ServerOptions& options) {
    for (const auto& where : options.listen) {
        if (where.tls) {
            DRYDOCK_TRY(const auto tls, load_tls(*where.tls));
        }
        DRYDOCK_TRY(const auto listener, Listener::open(where));
    }
    return {};
}

std::uint16_t Server::port(std::size_t listener) const {
    return listener < impl_->gates.size() ? impl_->gates[listener]->port : std::uint16_t{0};
}

Result<> Server::reload_tls() {
    std::vector<std::pair<Gate*, TlsContext>> fresh;
    for (const auto& gate : impl_->gates) {
        if (!gate->tls_files) continue;
        DRYDOCK_TRY(auto tls, load_tls(*gate->tls_files));
        fresh.emplace_back(gate.get(), std::move(tls));
    }
    const std::lock_guard lock{impl_->tls_mutex};
    for (auto& [gate, tls] : fresh) gate->tls = std::move(tls);
    return {};
}

ServerFigures Server::figures() const {
    const auto& core = impl_->core;
    return {
        .connections = core.open,
        .streams = core.streams,
        .running = core.workers.running(),
        .queued = core.workers.waiting(),
        .accepted = core.accepted,
        .requests = core.requests,
        .refused_connections = core.refused_connections,
        .refused_requests = core.refused_requests,
        .timeouts = core.timeouts,
    };
}

void Server::stop(std::chrono::milliseconds grace) {
    impl_->stop(grace);
}

}  // namespace drydock::http
