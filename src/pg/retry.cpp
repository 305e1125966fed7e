#include "pg/retry.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <random>
#include <string_view>

#include "pg/wait.h"

namespace drydock::pg {
namespace {

struct Row {
    std::string_view sqlstate;  // or the beginning of several
    Aftermath aftermath;
};

// The first row that fits counts. https://www.postgresql.org/docs/current/errcodes-appendix.html
constexpr std::array<Row, 14> kRows{{
    {"08001", Aftermath::not_started},  // could not connect
    {"08004", Aftermath::not_started},  // the server rejected the connection
    {"08P01", Aftermath::final},        // a protocol violation is a fault in a program
    {"08", Aftermath::unknown},
    {"40001", Aftermath::rolled_back},  // serialization failure
    {"40P01", Aftermath::rolled_back},  // deadlock
    {"40003", Aftermath::unknown},      // statement completion unknown
    {"53300", Aftermath::not_started},  // too many connections: said while connecting
    {"55P03", Aftermath::rolled_back},  // lock_timeout or NOWAIT
    {"57P01", Aftermath::unknown},      // the administrator ends sessions
    {"57P02", Aftermath::unknown},      // another process crashed
    {"57P03", Aftermath::not_started},  // starting up or shutting down: said while connecting
    {"57P05", Aftermath::unknown},      // idle_session_timeout
    {"25P03", Aftermath::rolled_back},  // idle_in_transaction_session_timeout
}};

Result<> wait_really(Limits::Clock::duration time, const Limits& limits) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    const auto until = limits.at_most(time).deadline;
    never.wait_until(lock, limits.stop, until, [] { return false; });
    return check(limits);
}

double random_really() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(generator);
}

}  // namespace

Aftermath aftermath(const Error& error) {
    for (const auto& row : kRows) {
        if (error.sqlstate.starts_with(row.sqlstate)) return row.aftermath;
    }
    // The connection went and nobody said why, or with a FATAL error of another kind.
    return error.code == ErrorCode::unavailable ? Aftermath::unknown : Aftermath::final;
}

bool may_retry(const Error& error, Repeatable repeatable) {
    switch (aftermath(error)) {
        case Aftermath::final:
            return false;
        case Aftermath::not_started:
        case Aftermath::rolled_back:
            return true;
        case Aftermath::unknown:
            return repeatable == Repeatable::yes;
    }
    return false;
}

const RetryWorld& RetryWorld::real() {
    static const RetryWorld world{.random = random_really, .now = Limits::Clock::now, .wait = wait_really};
    return world;
}

Limits::Clock::duration pause_before(int next, const RetryPolicy& policy, double random) {
    auto whole = policy.first_pause;
    for (int attempt = 2; attempt < next && whole < policy.longest_pause; ++attempt) whole *= 2;
    whole = std::min(whole, policy.longest_pause);
    return std::chrono::duration_cast<Limits::Clock::duration>(whole * (0.5 + (0.5 * random)));
}

Result<> prepare_attempt(
    int next,
    Error last,
    Repeatable repeatable,
    const RetryPolicy& policy,
    const RetryWorld& world,
    const Limits& limits
) {
    if (next > policy.attempts || !may_retry(last, repeatable)) return last;
    const auto pause = pause_before(next, policy, world.random());
    // No use in waiting for a moment that comes too late.
    if (limits.deadline != Limits::Clock::time_point::max() && limits.deadline - world.now() <= pause) return last;
    return world.wait(pause, limits);
}

}  // namespace drydock::pg
