#include "health/prober.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "health/loop.h"

namespace drydock::health {
namespace {

// Half of the descriptors is for everything else that this process does.
std::size_t half_of_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
    if (limit.rlim_cur < limit.rlim_max) {
        const auto had = std::exchange(limit.rlim_cur, limit.rlim_max);
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = had;
    }
    return static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur / 2, 1'000'000));
}

// What a caller of check_now waits for.
struct Answer {
    std::mutex mutex;
    std::condition_variable_any come;
    std::optional<Result<Check>> check;
};

}  // namespace

std::chrono::milliseconds CheckLimits::of(Phase phase) const {
    switch (phase) {
        case Phase::name:
            return name;
        case Phase::tcp:
            return tcp;
        case Phase::tls:
            return tls;
        case Phase::sign_in:
            return sign_in;
        case Phase::query:
            return query;
    }
    return total;
}

struct Prober::Impl {
    using Command = std::function<void(Loop&)>;

    Impl(ProberOptions the_options, Listener the_listener)
        : options(std::move(the_options)), listener(std::move(the_listener)) {
        if (options.most_connections == 0) options.most_connections = half_of_descriptors();
    }
    ~Impl() {
        thread.request_stop();
        wake();
        if (thread.joinable()) thread.join();
        for (const auto& command : commands) command(*loop);  // so that nobody waits for one
        loop.reset();
        if (wake_fd >= 0) ::close(wake_fd);
    }

    void wake() const { ::eventfd_write(wake_fd, 1); }

    void post(Command command) {
        {
            const std::lock_guard lock{mutex};
            commands.push_back(std::move(command));
        }
        wake();
    }

    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            loop->turn();
            std::vector<Command> now;
            {
                const std::lock_guard lock{mutex};
                now.swap(commands);
            }
            for (const auto& command : now) command(*loop);
        }
    }

    ProberOptions options;
    Listener listener;
    Counters counters;
    int wake_fd = -1;
    std::unique_ptr<Loop> loop;
    std::mutex mutex;
    std::vector<Command> commands;
    std::jthread thread;
};

Prober::Prober(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Prober::~Prober() = default;

Result<std::unique_ptr<Prober>> Prober::start(ProberOptions options, Listener listener) {
    auto impl = std::make_unique<Impl>(std::move(options), std::move(listener));
    impl->wake_fd = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (impl->wake_fd < 0) {
        return Error{
            .code = ErrorCode::unavailable,
            .message = fmt::format("the health checks can't be started: {}", std::strerror(errno)),
            .hint = "Raise the limit of open files (ulimit -n, LimitNOFILE)."
        };
    }
    impl->loop = std::make_unique<Loop>(
        impl->options, impl->listener, impl->counters, impl->wake_fd, impl->options.most_connections
    );
    DRYDOCK_TRY_VOID(impl->loop->open());
    impl->thread = std::jthread{[&self = *impl](const std::stop_token& stop) { self.run(stop); }};
    return std::unique_ptr<Prober>{new Prober(std::move(impl))};
}

void Prober::set_targets(std::vector<Target> targets) {
    impl_->post([all = std::move(targets)](Loop& loop) mutable {
        std::unordered_set<std::string> ids;
        for (const auto& target : all) ids.insert(target.id);
        loop.keep_only(ids);
        for (auto& target : all) loop.add(std::move(target));
    });
}

void Prober::change(std::vector<Target> come, std::vector<std::string> go) {
    impl_->post([added = std::move(come), removed = std::move(go)](Loop& loop) mutable {
        for (const auto& id : removed) loop.remove(id);
        for (auto& target : added) loop.add(std::move(target));
    });
}

Result<Check> Prober::check_now(const std::string& id, const Limits& limits) {
    const auto answer = std::make_shared<Answer>();
    impl_->post([id, answer](Loop& loop) {
        loop.check_now(id, [answer](Result<Check> check) {
            const std::lock_guard lock{answer->mutex};
            answer->check.emplace(std::move(check));
            answer->come.notify_all();
        });
    });
    std::unique_lock lock{answer->mutex};
    const auto until = limits.at_most(std::chrono::hours{24}).deadline;
    answer->come.wait_until(lock, limits.stop, until, [&] { return answer->check.has_value(); });
    if (answer->check) return *std::move(answer->check);
    const bool stopped = limits.stop.stop_requested();
    return Error{
        .code = stopped ? ErrorCode::cancelled : ErrorCode::deadline_exceeded,
        .message = stopped ? "the health check was given up" : "the health check did not end in time"
    };
}

ProberFigures Prober::figures() const {
    const auto& counters = impl_->counters;
    ProberFigures figures{
        .targets = counters.targets,
        .healthy = counters.healthy,
        .unhealthy = counters.unhealthy,
        .connections = counters.connections,
        .most_connections = impl_->options.most_connections,
        .waiting = counters.waiting,
        .connects = counters.connects,
        .begun = counters.begun,
        .checks = counters.checks,
        .most_lag = std::chrono::microseconds{std::max(counters.lag_us.load(), counters.lag_before_us.load())},
        .network_suspect = counters.suspect
    };
    for (std::size_t i = 0; i < kOutcomes; ++i) figures.by_outcome[i] = counters.by_outcome[i];
    return figures;
}

void Prober::wake() {
    impl_->wake();
}

}  // namespace drydock::health
