#include <array>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "pg/session.h"

namespace drydock::pg {
namespace {

// A pooler announces a process number of its own, which may be somebody else's on the server. So only a session
// of the same user in the same database is touched.
constexpr Query kCancelBackend{
    "pg.cancel_backend",
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
    " WHERE pid = $1::int AND usename = session_user AND datname = current_database()"
};

Result<> cancel_by_query(const Conninfo& peer, int pid, const Limits& limits) {
    DRYDOCK_TRY(auto second, Connection::open(peer, limits));
    const auto number = std::to_string(pid);
    const std::array<Param, 1> params{number};
    DRYDOCK_TRY(const Rows rows, second.query(kCancelBackend, params, limits));
    if (rows.size() == 1 && rows.boolean(0, 0)) return {};
    return Error{.code = ErrorCode::not_found, .message = fmt::format("the server has no session {} of ours", pid)};
}

struct Request {
    std::shared_ptr<pg_cancel> canceller;
    std::mutex mutex;
    std::condition_variable_any changed;
    bool done = false;
    std::string reason;

    void run() {
        std::array<char, 256> buffer{};
        const bool sent = PQcancel(canceller.get(), buffer.data(), static_cast<int>(buffer.size())) != 0;
        const std::lock_guard lock{mutex};
        if (!sent) reason = buffer.data();
        done = true;
        changed.notify_all();
    }
};

// PQcancel waits for the network without a bound. A thread of its own, which owns all it touches, can be left
// behind when the limits end; the kernel ends it when it gives the peer up.
Result<> cancel_by_request(
    const std::shared_ptr<pg_cancel>& canceller, const std::string& label, const Limits& limits
) {
    if (!canceller) return Error{.code = ErrorCode::unavailable, .message = "the server gave no key to cancel with"};
    auto request = std::make_shared<Request>();
    request->canceller = canceller;
    try {
        std::thread{[request] { request->run(); }}.detach();
    } catch (const std::system_error&) {
        request->run();
    }
    std::unique_lock lock{request->mutex};
    const auto longest = limits.at_most(std::chrono::hours{24}).deadline;
    if (!request->changed.wait_until(lock, limits.stop, longest, [&] { return request->done; })) {
        auto over = check(limits);
        auto error = over ? Error{.code = ErrorCode::deadline_exceeded, .message = "no answer"} : over.error();
        return std::move(error).in(fmt::format("cancelling at {}", label));
    }
    if (request->reason.empty()) return {};
    return Error{
        .code = ErrorCode::unavailable,
        .message = fmt::format("cancelling at {}: {}", label, request->reason),
        .detail = request->reason
    };
}

}  // namespace

// Two ways, each with a fault. libpq's PQcancel is never encrypted, so its key would cross a network in clear text
// that the session itself keeps encrypted; but it works through poolers, which know the key they gave out.
// pg_cancel_backend over a second session is encrypted, but a pooler's announced process number means nothing to
// the server, and the true one can't be asked for while a statement runs. So: PQcancel where there is no TLS
// anyway; under TLS the second session first, and PQcancel when it can't be opened or finds nobody.
Result<> Connection::Impl::cancel(const Limits& limits) const {
    constexpr std::chrono::seconds kSecondSession{5};
    if (tls && cancel_by_query(peer, pid, limits.at_most(kSecondSession))) return {};
    return cancel_by_request(canceller, label, limits);
}

}  // namespace drydock::pg
