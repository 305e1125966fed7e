#include "health/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "health/share.h"
#include "health/watched.h"

namespace drydock::health {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLongestNap{1000};
constexpr std::chrono::seconds kLagSpan{10};
constexpr std::size_t kSpareAddresses = 1024;
constexpr milliseconds kAfterEnd{200};  // within this a connection that the server ended is made anew

}  // namespace

Loop::Loop(
    const ProberOptions& options, const Prober::Listener& listener, Counters& counters, int wake_fd, std::size_t most
)
    : options_(options),
      listener_(listener),
      counters_(counters),
      wake_fd_(wake_fd),
      most_(most),
      tokens_(std::max(1.0, options.connects_per_second / 10)),
      filled_(options.now()),
      lag_turned_(filled_),
      wheel_(filled_),
      network_(options.network) {}

Loop::~Loop() {
    for (auto& [id, one] : targets_) drop(*one);
    wheel_.cancel(refill_);
    if (epoll_ >= 0) ::close(epoll_);
}

Result<> Loop::open() {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    if (epoll_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_fd_, &event) != 0) {
        return Error{
            .code = ErrorCode::unavailable,
            .message = fmt::format("the health checks can't wait for sockets: {}", std::strerror(errno)),
            .hint = "Raise the limit of open files (ulimit -n, LimitNOFILE)."
        };
    }
    auto resolver = options_.resolver ? options_.resolver : net::system_resolver(options_.names.threads);
    names_ =
        std::make_unique<NameCache>(std::move(resolver), options_.names, [fd = wake_fd_] { ::eventfd_write(fd, 1); });
    return {};
}

void Loop::turn() {
    gone_.clear();
    forget_addresses();
    start_waiting();  // those that came between two turns
    std::array<epoll_event, 256> events;
    const auto next = wheel_.next();
    auto nap = kLongestNap;
    if (next) nap = std::clamp(std::chrono::ceil<milliseconds>(*next - now()), milliseconds{0}, kLongestNap);
    const int count =
        ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(nap.count()));
    if (next) note_lag(*next);
    for (int i = 0; i < count; ++i) {
        auto* const one = static_cast<Watched*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!one) {
            eventfd_t value = 0;
            ::eventfd_read(wake_fd_, &value);
            names_finished();
        } else if (!one->removed) {
            shown(*one);
        }
    }
    wheel_.advance(now(), [&](Timer& timer) {
        if (&timer == &refill_) return;
        auto& due = static_cast<Watched::Due&>(timer);
        if (due.limit) {
            timed_out(*due.owner);
        } else {
            begin(*due.owner);
        }
    });
    start_waiting();
}

void Loop::note_lag(Time expected) {
    const auto time = now();
    if (time - lag_turned_ > kLagSpan) {
        lag_turned_ = time;
        counters_.lag_before_us = counters_.lag_us.exchange(0);
    }
    const auto lag = std::chrono::duration_cast<std::chrono::microseconds>(time - expected).count();
    if (lag > counters_.lag_us) counters_.lag_us = lag;
}

void Loop::shown(Watched& one) {
    if (one.state == State::connecting || one.state == State::asking) {
        follow(one, one.wire->ready());
    } else if (one.signed_in && !one.wire->still_open()) {
        // A server may end what lies idle; that is no failure. Whether it lives is seen at once.
        close(one);
        if (one.state == State::idle) wheel_.set(one.due, now() + milliseconds{one.hash % kAfterEnd.count()});
    }
}

void Loop::add(Target target) {
    auto& slot = targets_[target.id];
    if (slot && slot->target.version == target.version) return;
    const auto time = now();
    if (!slot) {
        slot = std::make_unique<Watched>(std::move(target), options_.judge);
        auto& one = *slot;
        one.hash = stable_hash(one.target.id);
        one.due.owner = one.limit.owner = &one;
        one.limit.limit = true;
        const auto offset = milliseconds{one.hash % static_cast<std::uint64_t>(interval_of(one).count() + 1)};
        one.regular = time + offset;
        wheel_.set(one.due, one.regular);
        ++counters_.targets;
        return;
    }
    auto& one = *slot;
    leave_queue(one);
    close(one);
    wheel_.cancel(one.limit);
    one.state = State::idle;
    one.target = std::move(target);
    one.first_host = 0;
    one.judge.close_breaker();
    wheel_.set(one.due, time);
}

void Loop::remove(const std::string& id) {
    const auto found = targets_.find(id);
    if (found == targets_.end()) return;
    drop(*found->second);
    gone_.push_back(std::move(found->second));
    targets_.erase(found);
}

void Loop::keep_only(const std::unordered_set<std::string>& ids) {
    std::vector<std::string> go;
    for (const auto& [id, one] : targets_) {
        if (!ids.contains(id)) go.push_back(id);
    }
    for (const auto& id : go) remove(id);
}

void Loop::check_now(const std::string& id, Waiter waiter) {
    const auto found = targets_.find(id);
    if (found == targets_.end()) {
        waiter(Error{
            .code = ErrorCode::not_found,
            .message = "this database is not among those that are checked",
            .hint = "It may be inactive or in maintenance, or its credential can't be opened."
        });
        return;
    }
    auto& one = *found->second;
    one.waiters.push_back(std::move(waiter));
    if (one.state != State::idle) return;
    one.urgent = true;
    begin(one);
}

void Loop::drop(Watched& one) {
    leave_queue(one);
    close(one);
    wheel_.cancel(one.due);
    wheel_.cancel(one.limit);
    one.removed = true;
    --counters_.targets;
    count_status(one.judge.status(), -1);
    for (auto& waiter : std::exchange(one.waiters, {})) {
        waiter(Error{.code = ErrorCode::cancelled, .message = "the database is no longer checked here"});
    }
}

// Off the list of its address, whether it waits there or connects.
void Loop::leave_queue(Watched& one) {
    Address* const address = std::exchange(one.address, nullptr);
    if (!address) return;
    if (one.state == State::waiting) {
        std::erase(address->waiting, &one);
        --counters_.waiting;
    } else if (one.state == State::connecting) {
        --address->connecting;
    }
    if (address->waiting.empty() || address->listed || address->connecting >= options_.connecting_per_address) return;
    address->listed = true;
    startable_.push_back(address);
}

void Loop::close(Watched& one) {
    if (!one.wire) return;
    one.wire.reset();
    one.signed_in = false;
    one.watched_fd = -1;
    --open_;
    counters_.connections = open_;
}

void Loop::watch(Watched& one, bool write) {
    const int fd = one.wire->fd();
    if (fd == one.watched_fd && write == one.watched_write) return;
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &one}};
    if (write) event.events |= EPOLLOUT;
    const int first = fd == one.watched_fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    const int second = fd == one.watched_fd ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (::epoll_ctl(epoll_, first, fd, &event) != 0) ::epoll_ctl(epoll_, second, fd, &event);
    one.watched_fd = fd;
    one.watched_write = write;
}

Loop::Address& Loop::address_of(const net::Address& address) {
    const auto key = fmt::format("{} {}", address.host(), address.port());
    auto& slot = addresses_[key];
    if (!slot) slot = std::make_unique<Address>(Address{.hash = stable_hash(key)});
    return *slot;
}

// Names move; where nobody goes any more need not be remembered.
void Loop::forget_addresses() {
    if (addresses_.size() <= 2 * targets_.size() + kSpareAddresses) return;
    std::erase_if(addresses_, [](const auto& entry) {
        const auto& address = *entry.second;
        return address.connecting == 0 && address.waiting.empty() && !address.listed;
    });
}

milliseconds Loop::interval_of(const Watched& one) const {
    const auto base = one.target.interval.count() > 0 ? one.target.interval : options_.interval;
    // Its own pace, so that what began together doesn't stay together.
    const auto part = static_cast<double>(one.hash >> 32U & 0xffffU) / 65536.0;
    return std::chrono::duration_cast<milliseconds>(base * (1.0 - options_.spread * part));
}

void Loop::count_status(Status status, int by) {
    const auto change = static_cast<std::uint64_t>(static_cast<std::int64_t>(by));
    if (status == Status::healthy) counters_.healthy += change;
    if (status == Status::unhealthy) counters_.unhealthy += change;
}

}  // namespace drydock::health
