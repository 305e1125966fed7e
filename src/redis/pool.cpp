#include "redis/pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "base/poll.h"

namespace drydock::redis {

using Clock = Limits::Clock;

struct Lease::Entry {
    Client client;
    Clock::time_point opened_at{};
    Clock::time_point idle_since{};
};

// `total_` counts every connection that exists or is being opened; whoever raised it ends up with a connection or
// lowers it again.
class PoolState : public std::enable_shared_from_this<PoolState> {
public:
    PoolState(Pool::Connect connect, PoolOptions options)
        : connect_(std::move(connect)), options_(std::move(options)) {}

    Result<Lease> acquire(const Limits& limits) {
        DRYDOCK_TRY(auto entry, take(limits));
        if (!entry) {
            DRYDOCK_TRY(entry, open(limits));
        }
        {
            const std::lock_guard lock{mutex_};
            ++figures_.acquired;
        }
        return Lease{shared_from_this(), std::move(entry)};
    }

    void put_back(std::unique_ptr<Lease::Entry> entry) {
        entry->idle_since = options_.now();
        const bool usable = entry->client.usable();
        const bool keep = usable && !stale(*entry);
        if (!keep) entry.reset();  // closed before its place is given to another
        const std::lock_guard lock{mutex_};
        if (keep && !closed_) {
            idle_.push_back(std::move(entry));
        } else {
            --total_;
            ++(usable ? figures_.expired : figures_.broken);
        }
        changed_.notify_one();
    }

    void tend() {
        std::deque<std::unique_ptr<Lease::Entry>> old;
        {
            const std::lock_guard lock{mutex_};
            std::deque<std::unique_ptr<Lease::Entry>> rest;
            for (auto& entry : idle_) (stale(*entry) ? old : rest).push_back(std::move(entry));
            idle_ = std::move(rest);
        }
        for (auto& entry : old) {
            entry.reset();  // closed before its place is given to another
            const std::lock_guard lock{mutex_};
            --total_;
            ++figures_.expired;
            changed_.notify_one();
        }
    }

    void close() {
        std::deque<std::unique_ptr<Lease::Entry>> idle;
        const std::lock_guard lock{mutex_};
        closed_ = true;
        total_ -= idle_.size();
        idle.swap(idle_);
        changed_.notify_all();
    }

    PoolFigures figures() const {
        const std::lock_guard lock{mutex_};
        auto figures = figures_;
        figures.idle = idle_.size();
        figures.leased = total_ - idle_.size();
        figures.waiting = waiting_;
        return figures;
    }

private:
    using Entry = std::unique_ptr<Lease::Entry>;

    // An idle connection, or none with the right to open one.
    Result<Entry> take(const Limits& limits) {
        std::unique_lock lock{mutex_};
        // A wait that never ends must still be a time the system can count with.
        const auto until = limits.at_most(std::chrono::hours{24 * 365}).deadline;
        ++waiting_;
        const bool served = changed_.wait_until(lock, limits.stop, until, [&] {
            return closed_ || !idle_.empty() || total_ < options_.max;
        });
        --waiting_;
        if (closed_) return Error{.code = ErrorCode::unavailable, .message = "the pool of connections is closed"};
        if (!served) {
            ++figures_.timed_out;
            if (auto over = check_limits(limits); !over && over.error().code == ErrorCode::cancelled) {
                return std::move(over).error();
            }
            return Error{
                .code = ErrorCode::deadline_exceeded,
                .message = fmt::format("no connection became free in time: all {} are in use", options_.max)
            };
        }
        while (!idle_.empty()) {
            auto entry = std::move(idle_.back());  // the one used last
            idle_.pop_back();
            const bool old = stale(*entry);
            if (!old && entry->client.still_open()) return entry;
            --total_;
            ++(old ? figures_.expired : figures_.broken);
        }
        ++total_;
        return Entry{};
    }

    Result<Entry> open(const Limits& limits) {
        auto client = connect_(limits.at_most(options_.connect_timeout));
        const std::lock_guard lock{mutex_};
        if (!client) {
            --total_;
            ++figures_.open_failed;
            changed_.notify_one();
            return std::move(client).error();
        }
        ++figures_.opened;
        const auto now = options_.now();
        return std::make_unique<Lease::Entry>(Lease::Entry{*std::move(client), now, now});
    }

    bool stale(const Lease::Entry& entry) const {
        const auto now = options_.now();
        return now - entry.opened_at >= options_.lifetime || now - entry.idle_since >= options_.idle_limit;
    }

    const Pool::Connect connect_;
    const PoolOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Entry> idle_;
    std::size_t total_ = 0;
    std::size_t waiting_ = 0;
    bool closed_ = false;
    PoolFigures figures_;
};

Lease::Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Entry> entry)
    : pool_(std::move(pool)), entry_(std::move(entry)) {}

Lease::Lease(Lease&& other) noexcept = default;

Lease::~Lease() {
    if (entry_) pool_->put_back(std::move(entry_));
}

Client& Lease::operator*() const {
    return entry_->client;
}

Pool::Pool(Connect connect, PoolOptions options)
    : state_(std::make_shared<PoolState>(std::move(connect), std::move(options))) {}

Pool::~Pool() {
    state_->close();
}

Result<Lease> Pool::acquire(const Limits& limits) {
    return state_->acquire(limits);
}

void Pool::tend() {
    state_->tend();
}

PoolFigures Pool::figures() const {
    return state_->figures();
}

}  // namespace drydock::redis
