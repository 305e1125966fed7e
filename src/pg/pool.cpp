#include "pg/pool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace drydock::pg {

using Clock = Limits::Clock;

struct Lease::Entry {
    Connection connection;
    Clock::time_point opened_at{};
    Clock::time_point idle_since{};
    bool discarded = false;
};

// Shared by the pool and its leases. `total_` counts every connection that exists or is being opened; whoever
// raised it must end up with a connection or lower it again.
class PoolState : public std::enable_shared_from_this<PoolState> {
public:
    explicit PoolState(PoolOptions options) : options_(std::move(options)) {}

    Result<Lease> acquire(const Limits& limits);
    Result<> tend(const Limits& limits);
    void put_back(std::unique_ptr<Lease::Entry> entry);
    void close();
    PoolFigures figures() const;

private:
    using Entry = std::unique_ptr<Lease::Entry>;
    enum class Drop : std::uint8_t { broken, expired };

    Result<Entry> wait_turn(const Limits& limits);
    Result<Entry> open(const Limits& limits);
    bool free_for(std::uint64_t ticket) const;
    bool too_old(const Lease::Entry& entry) const;
    static bool clean(Connection& connection);
    void drop(Entry entry, Drop why);
    void keep(Entry entry);
    std::vector<Entry> take_expired();

    const PoolOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::uint64_t> queue_;  // who asked first is served first
    std::uint64_t next_ticket_ = 0;
    std::deque<Entry> idle_;  // the one used last at the back, and lent out first
    std::size_t total_ = 0;
    bool closed_ = false;
    PoolFigures figures_;
};

bool PoolState::free_for(std::uint64_t ticket) const {
    return closed_ || (queue_.front() == ticket && (!idle_.empty() || total_ < options_.max));
}

bool PoolState::too_old(const Lease::Entry& entry) const {
    return options_.now() - entry.opened_at >= options_.lifetime;
}

// An idle connection, or none with the right to open one.
Result<PoolState::Entry> PoolState::wait_turn(const Limits& limits) {
    std::unique_lock lock{mutex_};
    const auto ticket = next_ticket_++;
    queue_.push_back(ticket);
    const auto begun = options_.now();
    // A wait that never ends must still be a time the system can count with.
    const auto until = limits.at_most(std::chrono::hours{24 * 365}).deadline;
    const bool served = changed_.wait_until(lock, limits.stop, until, [&] { return free_for(ticket); });
    std::erase(queue_, ticket);
    changed_.notify_all();
    figures_.waited += options_.now() - begun;
    if (closed_) return Error{.code = ErrorCode::unavailable, .message = "the pool of database connections is closed"};
    if (!served) {
        ++figures_.timed_out;
        if (limits.stop.stop_requested()) return Error{.code = ErrorCode::cancelled, .message = "stopped on request"};
        return Error{
            .code = ErrorCode::deadline_exceeded,
            .message = fmt::format("no database connection became free in time: all {} are in use", options_.max),
            .hint = "Raise the size of the pool, or find what keeps its connections busy."
        };
    }
    if (idle_.empty()) {
        ++total_;
        return Entry{};
    }
    auto entry = std::move(idle_.back());
    idle_.pop_back();
    return entry;
}

Result<PoolState::Entry> PoolState::open(const Limits& limits) {
    const auto bounded = limits.at_most(options_.connect_timeout);
    auto connection = options_.open ? options_.open(bounded) : Connection::open(options_.where, bounded);
    if (connection && options_.prepare) {
        if (auto ready = options_.prepare(*connection, bounded); !ready) connection = std::move(ready).error();
    }
    const std::lock_guard lock{mutex_};
    if (!connection) {
        --total_;
        ++figures_.open_failed;
        changed_.notify_all();
        return std::move(connection).error();
    }
    ++figures_.opened;
    const auto now = options_.now();
    return std::make_unique<Lease::Entry>(
        Lease::Entry{.connection = *std::move(connection), .opened_at = now, .idle_since = now}
    );
}

Result<Lease> PoolState::acquire(const Limits& limits) {
    DRYDOCK_TRY(auto entry, wait_turn(limits));
    const bool expired = entry && too_old(*entry);
    if (entry && (expired || !entry->connection.still_open())) {
        // Its place stays ours, for a new one.
        entry.reset();
        const std::lock_guard lock{mutex_};
        ++(expired ? figures_.dropped_expired : figures_.dropped_broken);
    }
    if (!entry) {
        auto opened = open(limits);
        if (!opened) return std::move(opened).error();
        entry = *std::move(opened);
    }
    const std::lock_guard lock{mutex_};
    ++figures_.acquired;
    return Lease{shared_from_this(), std::move(entry)};
}

// Whether the next user finds the connection as a new one would be, as far as transactions go.
bool PoolState::clean(Connection& connection) {
    constexpr std::chrono::seconds kBrief{2};
    if (!connection.usable()) {
        // A statement that was left alone would go on holding its locks until it writes to nobody.
        if (connection.transaction_status() == TransactionStatus::active) {
            static_cast<void>(connection.cancel(Limits::within(kBrief)));
        }
        return false;
    }
    if (connection.transaction_status() == TransactionStatus::idle) return true;
    return connection.query({"pg.pool_rollback", "ROLLBACK"}, Limits::within(kBrief)).has_value();
}

void PoolState::put_back(Entry entry) {
    if (entry->discarded) {
        drop(std::move(entry), Drop::expired);
    } else if (!clean(entry->connection)) {
        drop(std::move(entry), Drop::broken);
    } else if (too_old(*entry)) {
        drop(std::move(entry), Drop::expired);
    } else {
        keep(std::move(entry));
    }
}

void PoolState::keep(Entry entry) {
    entry->idle_since = options_.now();
    const std::lock_guard lock{mutex_};
    if (closed_) {
        --total_;
    } else {
        idle_.push_back(std::move(entry));
    }
    changed_.notify_all();
}

void PoolState::drop(Entry entry, Drop why) {
    entry.reset();  // closed before the place is given to another
    const std::lock_guard lock{mutex_};
    --total_;
    ++(why == Drop::broken ? figures_.dropped_broken : figures_.dropped_expired);
    changed_.notify_all();
}

std::vector<PoolState::Entry> PoolState::take_expired() {
    std::vector<Entry> expired;
    const std::lock_guard lock{mutex_};
    const auto now = options_.now();
    std::deque<Entry> rest;
    for (auto& entry : idle_) {
        const bool spare = total_ - expired.size() > options_.min;
        const bool idle_too_long = spare && now - entry->idle_since >= options_.idle_limit;
        if (idle_too_long || too_old(*entry)) {
            expired.push_back(std::move(entry));
        } else {
            rest.push_back(std::move(entry));
        }
    }
    idle_ = std::move(rest);
    return expired;
}

Result<> PoolState::tend(const Limits& limits) {
    for (auto& entry : take_expired()) drop(std::move(entry), Drop::expired);
    for (;;) {
        {
            const std::lock_guard lock{mutex_};
            if (closed_ || total_ >= std::min(options_.min, options_.max)) return {};
            ++total_;
        }
        DRYDOCK_TRY(auto entry, open(limits));
        keep(std::move(entry));
    }
}

void PoolState::close() {
    std::deque<Entry> idle;
    const std::lock_guard lock{mutex_};
    closed_ = true;
    idle.swap(idle_);
    total_ -= idle.size();
    changed_.notify_all();
}

PoolFigures PoolState::figures() const {
    const std::lock_guard lock{mutex_};
    auto figures = figures_;
    figures.idle = idle_.size();
    figures.leased = total_ - idle_.size();
    figures.waiting = queue_.size();
    return figures;
}

Lease::Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Entry> entry)
    : pool_(std::move(pool)), entry_(std::move(entry)) {}
Lease::Lease(Lease&& other) noexcept = default;

Lease& Lease::operator=(Lease&& other) noexcept {
    Lease taken{std::move(other)};
    std::swap(pool_, taken.pool_);
    std::swap(entry_, taken.entry_);
    return *this;
}

Lease::~Lease() {
    if (entry_) pool_->put_back(std::move(entry_));
}

Connection& Lease::operator*() const {
    return entry_->connection;
}

void Lease::discard() {
    entry_->discarded = true;
}

class Pool::Tender {
public:
    Tender(std::shared_ptr<PoolState> state, std::chrono::milliseconds every)
        : thread_([state = std::move(state), every](const std::stop_token& stop) { run(*state, every, stop); }) {}

private:
    static void run(PoolState& state, std::chrono::milliseconds every, const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any never;
        while (!stop.stop_requested()) {
            // What can't be opened now is tried again next time; who needs a connection gets the Error itself.
            static_cast<void>(state.tend({.stop = stop}));
            std::unique_lock lock{mutex};
            never.wait_for(lock, stop, every, [] { return false; });
        }
    }

    std::jthread thread_;
};

Pool::Pool(PoolOptions options) {
    const auto every = options.tend_every;
    state_ = std::make_shared<PoolState>(std::move(options));
    if (every.count() > 0) tender_ = std::make_unique<Tender>(state_, every);
}

Pool::~Pool() {
    tender_.reset();
    state_->close();
}

Result<Lease> Pool::acquire(const Limits& limits) {
    return state_->acquire(limits);
}

Result<> Pool::tend(const Limits& limits) {
    return state_->tend(limits);
}

void Pool::close() {
    state_->close();
}

PoolFigures Pool::figures() const {
    return state_->figures();
}

}  // namespace drydock::pg
