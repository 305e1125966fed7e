#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/limits.h"
#include "base/result.h"
#include "redis/client.h"

namespace drydock::redis {

struct PoolOptions {
    std::size_t max = 4;
    std::chrono::seconds connect_timeout{5};
    std::chrono::seconds idle_limit{300};
    std::chrono::seconds lifetime{3600};
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
};

struct PoolFigures {
    std::size_t idle = 0;
    std::size_t leased = 0;
    std::size_t waiting = 0;  // callers of acquire() that no connection is free for
    std::uint64_t acquired = 0;
    std::uint64_t opened = 0;
    std::uint64_t open_failed = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t expired = 0;  // closed: idle for too long, or too old
    std::uint64_t broken = 0;   // closed: could not be used any more
};

class PoolState;

// A connection on loan. It goes back when this goes, unless it is unusable.
class Lease {
public:
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Client& operator*() const;
    Client* operator->() const { return &**this; }

    struct Entry;

private:
    friend class PoolState;
    Lease(std::shared_ptr<PoolState> pool, std::unique_ptr<Entry> entry);
    std::shared_ptr<PoolState> pool_;
    std::unique_ptr<Entry> entry_;
};

// At most `max` connections. Safe from any thread; leases may outlive it.
class Pool {
public:
    using Connect = std::function<Result<Client>(const Limits&)>;

    explicit Pool(Connect connect, PoolOptions options = {});
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    // Waits for a free connection as long as the limits allow.
    Result<Lease> acquire(const Limits& limits);
    // Closes what is idle or old beyond its limit.
    void tend();
    PoolFigures figures() const;

private:
    std::shared_ptr<PoolState> state_;
};

}  // namespace drydock::redis
