#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "pg/retry.h"
#include "targets/breaker.h"
#include "targets/target.h"

namespace drydock::targets {

// How much of a server a database is given: small for what is asked now and then, large for what is busy.
enum class Tier : std::uint8_t { small, standard, large };
std::optional<Tier> tier_named(std::string_view name);
// `standard` is what the server's settings say (DATABASE_CONNECTION_POOL_SIZE …): a quarter of that, or four times.
PoolLimits limits_of(Tier tier, const PoolLimits& standard);

struct FleetOptions {
    std::size_t most = 2000;                 // targets kept; the one used longest ago goes first
    std::chrono::seconds forget_after{900};  // since its last use
    BreakerOptions breaker{};
    pg::RetryPolicy retry{.attempts = 3};
    const pg::RetryWorld* world = &pg::RetryWorld::real();
};

struct FleetFigures {
    std::string key{};
    PoolFigures pool{};
    Phase phase = Phase::closed;
    int failures = 0;           // in a row
    std::uint64_t refused = 0;  // calls that the breaker did not let through
};

// Of all targets together; what is counted up includes those that are kept no more.
struct FleetTotals {
    std::size_t targets = 0;
    std::size_t breakers_open = 0;
    PoolFigures pool{};
    std::uint64_t refused = 0;
};

// The targets that are in use, each with its pool and its breaker. Safe from any thread.
class Fleet {
public:
    using Make = std::function<Result<std::shared_ptr<Target>>()>;

    explicit Fleet(FleetOptions options = {});

    // The target kept under this key, or a new one where there is none or the stamp (of address and secret) is another:
    // who still uses the old one keeps it until he is done.
    Result<std::shared_ptr<Target>> get(const std::string& key, std::string_view stamp, const Make& make);

    // What `work(Target&)` returns, with the breaker before it, and tried again after a pause where that can't do the
    // same thing twice.
    template <class Work>
    std::invoke_result_t<Work&, Target&> call(
        const std::string& key, Target& target, pg::Repeatable repeatable, Work&& work, const Limits& limits
    ) {
        const auto breaker = breaker_of(key);
        return pg::retry(
            [&]() -> std::invoke_result_t<Work&, Target&> {
                DRYDOCK_TRY_VOID(breaker->admit());
                auto outcome = work(target);
                if (outcome) {
                    breaker->succeeded();
                } else if (counts_as_failure(outcome.error())) {
                    breaker->failed();
                } else {
                    breaker->withdrawn();
                }
                return outcome;
            },
            repeatable,
            options_.retry,
            *options_.world,
            limits
        );
    }

    void forget(const std::string& key);
    // Closes connections and drops targets that nobody has used for long.
    void tend(const Limits& limits);
    std::vector<FleetFigures> figures() const;
    // Nothing: it is not kept.
    std::optional<FleetFigures> figures(const std::string& key) const;
    FleetTotals totals() const;

private:
    struct Kept {
        std::string stamp{};
        std::shared_ptr<Target> target{};
        std::shared_ptr<Breaker> breaker{};
        Limits::Clock::time_point used{};
    };
    static FleetFigures figures_of(const std::string& key, const Kept& kept);
    std::shared_ptr<Breaker> breaker_of(const std::string& key);
    // With the mutex held. What it gives is closed without it: closing says goodbye to a server.
    std::shared_ptr<Target> make_room(const std::string& key);
    std::shared_ptr<Target> let_go(const std::string& key, Kept& kept);

    const FleetOptions options_;
    mutable std::mutex mutex_;
    std::map<std::string, Kept> kept_;
    FleetTotals gone_;  // what those counted that are kept no more
};

}  // namespace drydock::targets
