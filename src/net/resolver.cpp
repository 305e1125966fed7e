#include "net/resolver.h"

#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/poll.h"

namespace drydock::net {
namespace {

using Answer = Result<std::vector<Address>>;

Error lookup_error(const std::string& host, int code) {
    // A name without an address is no name for us; the rest may pass.
    const bool absent = code == EAI_NONAME || code == EAI_NODATA || code == EAI_ADDRFAMILY;
    return Error{
        .code = absent ? ErrorCode::not_found : ErrorCode::unavailable,
        .message = absent ? fmt::format("there is no host named \"{}\"", host)
                          : fmt::format("the name \"{}\" could not be looked up: {}", host, ::gai_strerror(code)),
        .hint = "Check the spelling of the host, and that this server's DNS knows it."
    };
}

Answer look_up(const std::string& host, std::uint16_t port) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &list);
    if (code != 0) return lookup_error(host, code);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{list, &::freeaddrinfo};
    std::vector<Address> addresses;
    for (const addrinfo* entry = list; entry; entry = entry->ai_next) {
        const auto address = Address::from(entry->ai_addr, entry->ai_addrlen);
        if (address && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
            addresses.push_back(*address);
        }
    }
    if (addresses.empty()) return lookup_error(host, EAI_NONAME);
    return addresses;
}

struct Task {
    std::string host;
    std::uint16_t port = 0;
    std::optional<Answer> answer{};
    bool abandoned = false;
};

// Shared by the resolver and its threads, since a thread that is inside a look-up can't be joined: it would make the
// whole server's stop wait for a name server that is dead.
struct State {
    const Lookup lookup;
    std::mutex mutex;
    std::condition_variable work;
    std::condition_variable_any done;
    std::deque<std::shared_ptr<Task>> queue;
    std::size_t threads = 0;
    std::size_t idle = 0;
    bool closed = false;
};

void serve(const std::shared_ptr<State>& state) {
    std::unique_lock lock{state->mutex};
    for (;;) {
        ++state->idle;
        state->work.wait(lock, [&] { return state->closed || !state->queue.empty(); });
        --state->idle;
        if (state->closed) return;
        const auto task = std::move(state->queue.front());
        state->queue.pop_front();
        if (task->abandoned) continue;
        lock.unlock();
        auto answer = state->lookup(task->host, task->port);
        lock.lock();
        task->answer.emplace(std::move(answer));
        state->done.notify_all();
    }
}

class ThreadedResolver final : public Resolver {
public:
    ThreadedResolver(Lookup lookup, std::size_t threads)
        : most_(threads), state_(new State{.lookup = std::move(lookup)}) {}
    ~ThreadedResolver() override {
        const std::lock_guard lock{state_->mutex};
        state_->closed = true;
        state_->work.notify_all();
    }

    Answer resolve(const std::string& host, std::uint16_t port, const Limits& limits) override {
        if (const auto address = Address::parse(host, port)) return std::vector{*address};
        if (host.empty() || host.size() > 255 || host.find('\0') != host.npos) {
            return Error{.code = ErrorCode::invalid_argument, .message = "this is no name of a host"};
        }
        DRYDOCK_TRY_VOID(check_limits(limits));
        const auto task = std::make_shared<Task>(Task{.host = host, .port = port});
        std::unique_lock lock{state_->mutex};
        state_->queue.push_back(task);
        if (state_->idle < state_->queue.size() && state_->threads < most_) {
            ++state_->threads;
            std::thread{[state = state_] { serve(state); }}.detach();
        }
        state_->work.notify_one();
        // A wait that never ends must still be a time the system can count with.
        const auto until = limits.at_most(std::chrono::hours{24}).deadline;
        state_->done.wait_until(lock, limits.stop, until, [&] { return task->answer.has_value(); });
        if (task->answer) return *std::move(task->answer);
        task->abandoned = true;
        auto over = check_limits(limits);
        if (!over) return std::move(over).error().in(fmt::format("looking up \"{}\"", host));
        return lookup_error(host, EAI_AGAIN);
    }

private:
    const std::size_t most_;
    std::shared_ptr<State> state_;
};

}  // namespace

std::shared_ptr<Resolver> threaded_resolver(Lookup lookup, std::size_t threads) {
    return std::make_shared<ThreadedResolver>(std::move(lookup), std::max<std::size_t>(threads, 1));
}

std::shared_ptr<Resolver> system_resolver(std::size_t threads) {
    return threaded_resolver(look_up, threads);
}

}  // namespace drydock::net
