#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "health/judge.h"
#include "health/name_cache.h"
#include "health/network_watch.h"
#include "health/outcome.h"
#include "health/target.h"
#include "net/address.h"
#include "net/egress.h"
#include "net/resolver.h"

namespace drydock::health {

// What one check came to, and what the database counts as after it.
struct Check {
    std::string database_id{};
    std::string organization_id{};
    Finding finding{};
    Status status = Status::unknown;
    bool changed = false;  // the status, with this check
    bool answered = false;
    bool connected_now = false;            // it had to be connected anew
    std::chrono::microseconds latency{0};  // from question to answer, when it answered
    std::chrono::microseconds connect{0};  // what connecting took, when it was done now
    Limits::Clock::time_point at{};
};

// Time for each part of a check. A database that hangs costs no more than that, and nobody else anything.
struct CheckLimits {
    std::chrono::milliseconds name{2000};
    std::chrono::milliseconds tcp{2000};
    std::chrono::milliseconds tls{2000};
    std::chrono::milliseconds sign_in{2000};
    std::chrono::milliseconds query{2000};
    std::chrono::milliseconds total{8000};

    std::chrono::milliseconds of(Phase phase) const;
};

struct ProberOptions {
    std::chrono::milliseconds interval{300'000};
    double spread = 0.2;  // each database has an interval of its own, shorter by up to this part
    CheckLimits limits{};
    JudgeOptions judge{};
    NetworkWatchOptions network{};
    NameCacheOptions names{};
    std::chrono::milliseconds slow{1000};  // a later answer counts as slow
    std::size_t connecting_per_address = 2;
    double connects_per_second = 200;  // of all together
    std::size_t most_connections = 0;  // 0: half of what the process may open
    std::function<bool(const net::Address&)> allowed = [](const net::Address& address) {
        return net::EgressPolicy{}.judge(address).has_value();
    };
    std::shared_ptr<net::Resolver> resolver{};  // empty: the system's
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
};

struct ProberFigures {
    std::uint64_t targets = 0;
    std::uint64_t healthy = 0;
    std::uint64_t unhealthy = 0;
    std::uint64_t connections = 0;
    std::uint64_t most_connections = 0;
    std::uint64_t waiting = 0;  // for their turn to connect
    std::uint64_t connects = 0;
    std::uint64_t begun = 0;   // checks
    std::uint64_t checks = 0;  // that came to something
    std::array<std::uint64_t, kOutcomes> by_outcome{};
    std::chrono::microseconds most_lag{0};  // how late the loop came to an alarm, in the last ten to twenty seconds
    bool network_suspect = false;
};

// Checks thousands of databases from one thread. Each has one connection that stays open, so that a check is one small
// question; connecting is limited for each address and for all together. Safe from any thread.
class Prober {
public:
    // Called on the loop's thread with each check, and when the machine's own network becomes suspect or calm. It must
    // be quick and must not call the prober.
    struct Listener {
        std::function<void(const Check&)> checked = [](const Check&) {};
        std::function<void(bool suspect)> network = [](bool) {};
    };

    // `unavailable` when the system gives neither memory nor descriptors.
    static Result<std::unique_ptr<Prober>> start(ProberOptions options, Listener listener);
    ~Prober();
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    // All that there is to check from now on. A target of the same id and version goes on as it is.
    void set_targets(std::vector<Target> targets);
    // These come or replace what has their id, and those go.
    void change(std::vector<Target> come, std::vector<std::string> go);
    // Checks now and gives what came of it; not_found when it is no target. A check that runs already is the one.
    Result<Check> check_now(const std::string& id, const Limits& limits);

    ProberFigures figures() const;
    // Looks at the clock: for tests that have moved theirs.
    void wake();

    struct Impl;

private:
    explicit Prober(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::health
