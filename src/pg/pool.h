#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/limits.h"
#include "base/result.h"
#include "pg/connection.h"

namespace drydock::pg {

struct PoolOptions {
    Conninfo where;
    std::size_t min = 0;  // kept open by tend()
    std::size_t max = 8;
    std::chrono::seconds connect_timeout{10};
    std::chrono::seconds idle_limit{300};  // an idle one above `min` is closed after this
    std::chrono::seconds lifetime{3600};   // and any one after this, when it is not in use
    // How often a thread of the pool's own calls tend(); 0: nobody does but the owner.
    std::chrono::milliseconds tend_every{0};
    // In place of Connection::open(where, …), for who has to look first where that is.
    std::function<Result<Connection>(const Limits&)> open{};
    // Run once on each new connection: SET, LISTEN …
    std::function<Result<>(Connection&, const Limits&)> prepare{};
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
};

struct PoolFigures {
    std::size_t idle = 0;
    std::size_t leased = 0;   // in use, being opened or being put back
    std::size_t waiting = 0;  // callers of acquire() that no connection is free for
    std::uint64_t acquired = 0;
    std::uint64_t timed_out = 0;  // callers that went away without one
    std::uint64_t opened = 0;
    std::uint64_t open_failed = 0;
    std::uint64_t dropped_broken = 0;
    std::uint64_t dropped_expired = 0;
    std::chrono::nanoseconds waited{0};  // by all callers together
};

class PoolState;

// A connection on loan. It goes back when this goes: after a ROLLBACK if a transaction is open, and not at all if
// it is unusable. Session settings and temporary tables stay with it, so don't leave any, or discard() it.
class Lease {
public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    Connection& operator*() const;
    Connection* operator->() const { return &**this; }
    // Close it instead of putting it back.
    void discard();

    struct Entry;

private:
    friend class PoolState;
    Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Entry> entry);
    std::shared_ptr<PoolState> pool_;
    std::unique_ptr<Entry> entry_;
};

// At most `max` connections to one place, lent out in the order of asking. Safe from any thread. Leases may
// outlive the pool: they close their connection then.
class Pool {
public:
    explicit Pool(PoolOptions options);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    // Waits for a free connection as long as the limits allow: deadline_exceeded or cancelled then.
    Result<Lease> acquire(const Limits& limits);
    // Closes what is idle or old beyond its limit, and opens up to `min`.
    Result<> tend(const Limits& limits);
    // No more leases; who waits for one gets `unavailable`.
    void close();
    PoolFigures figures() const;

private:
    std::shared_ptr<PoolState> state_;
    class Tender;
    std::unique_ptr<Tender> tender_;
};

}  // namespace drydock::pg
