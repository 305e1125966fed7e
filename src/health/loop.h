#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "health/prober.h"
#include "health/timer_wheel.h"
#include "health/wire.h"

namespace drydock::health {

// Counters that the loop writes and others read.
struct Counters {
    std::atomic<std::uint64_t> targets{0};
    std::atomic<std::uint64_t> healthy{0};
    std::atomic<std::uint64_t> unhealthy{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> waiting{0};
    std::atomic<std::uint64_t> connects{0};
    std::atomic<std::uint64_t> begun{0};
    std::atomic<std::uint64_t> checks{0};
    std::array<std::atomic<std::uint64_t>, kOutcomes> by_outcome{};
    std::atomic<std::int64_t> lag_us{0};
    std::atomic<std::int64_t> lag_before_us{0};
    std::atomic<bool> suspect{false};
};

// The state machines of all targets, on one thread: what Prober runs.
class Loop {
public:
    using Time = Limits::Clock::time_point;
    using Waiter = std::function<void(Result<Check>)>;

    Loop(
        const ProberOptions& options,
        const Prober::Listener& listener,
        Counters& counters,
        int wake_fd,
        std::size_t most
    );
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    Result<> open();
    // Waits for what comes first, and does what is to be done.
    void turn();

    void add(Target target);
    void remove(const std::string& id);
    void keep_only(const std::unordered_set<std::string>& ids);
    void check_now(const std::string& id, Waiter waiter);
    NameCache& names() { return *names_; }

private:
    struct Watched;
    struct Address;
    enum class State : std::uint8_t { idle, naming, waiting, connecting, asking };

    Time now() const { return options_.now(); }

    // The road of a check, in order.
    void begin(Watched& one);
    void next_host(Watched& one);
    void take_addresses(Watched& one, const NameCache::Answer& answer);
    void queue(Watched& one);
    void connect(Watched& one);
    void ask(Watched& one);
    void follow(Watched& one, const Step& step);
    void connected(Watched& one);
    void connect_failed(Watched& one, const Finding& finding);
    void ask_failed(Watched& one, const Finding& finding);
    void finish(Watched& one, Finding finding);
    void report(Watched& one, const Finding& finding);
    void schedule(Watched& one, std::optional<std::chrono::milliseconds> soon);

    void timed_out(Watched& one);
    void shown(Watched& one);
    void names_finished();
    void start_waiting();
    bool take_token();
    void share(Address& address, const Finding& finding);
    void network_changed();

    void enter(Watched& one, Phase phase);
    void watch(Watched& one, bool write);
    void close(Watched& one);
    void leave_queue(Watched& one);
    void drop(Watched& one);
    void forget_addresses();
    Address& address_of(const net::Address& address);
    std::chrono::milliseconds interval_of(const Watched& one) const;
    void count_status(Status status, int by);
    void note_lag(Time expected);

    const ProberOptions& options_;
    const Prober::Listener& listener_;
    Counters& counters_;
    int wake_fd_;
    int epoll_ = -1;
    std::size_t most_;
    std::size_t open_ = 0;
    double tokens_;
    Time filled_;
    Time lag_turned_;
    TimerWheel wheel_;
    Timer refill_;
    NetworkWatch network_;
    Wires wires_;
    std::unique_ptr<NameCache> names_;
    std::unordered_map<std::string, std::unique_ptr<Watched>> targets_;
    std::vector<std::unique_ptr<Watched>> gone_;  // until no event can name them any more
    std::unordered_map<std::string, std::unique_ptr<Address>> addresses_;
    std::deque<Address*> startable_;  // those with somebody waiting and room for one more
    std::unordered_map<std::string, std::vector<std::string>> naming_;  // name → ids
};

}  // namespace drydock::health
