#include "health/name_cache.h"

#include <utility>

#include <fmt/format.h>

namespace drydock::health {
namespace {

constexpr std::size_t kMostNames = 100'000;

}  // namespace

NameCache::NameCache(std::shared_ptr<net::Resolver> resolver, NameCacheOptions options, std::function<void()> ready)
    : resolver_(std::move(resolver)), options_(options), ready_(std::move(ready)) {
    for (std::size_t i = 0; i < options_.threads; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { serve(stop); });
    }
}

NameCache::~NameCache() {
    for (auto& thread : threads_) thread.request_stop();
}

std::string NameCache::key(const std::string& host, std::uint16_t port) {
    return fmt::format("{} {}", host, port);
}

std::optional<NameCache::Answer> NameCache::find(const std::string& host, std::uint16_t port, Time now) {
    if (const auto address = net::Address::parse(host, port)) return Answer{.addresses = {*address}};
    const auto name = key(host, port);
    const std::lock_guard lock{mutex_};
    if (entries_.size() > kMostNames) {
        std::erase_if(entries_, [](const auto& one) { return !one.second.asked; });
    }
    auto& entry = entries_[name];
    if (std::exchange(entry.late, false)) {
        entry.until = now + (entry.answer.addresses.empty() ? options_.failure_lives : options_.lives);
    }
    const bool fresh = entry.known && now < entry.until;
    if (!fresh && !entry.asked) {
        entry.host = host;
        entry.port = port;
        entry.asked = true;
        queue_.push_back(name);
        work_.notify_one();
    }
    // An old address is better than waiting; an old failure is not.
    if (fresh || (entry.known && !entry.answer.addresses.empty())) return entry.answer;
    return std::nullopt;
}

std::vector<std::string> NameCache::finished() {
    const std::lock_guard lock{mutex_};
    return std::exchange(finished_, {});
}

void NameCache::serve(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (work_.wait(lock, stop, [&] { return !queue_.empty(); })) {
        const auto name = std::move(queue_.front());
        queue_.pop_front();
        const auto host = entries_[name].host;
        const auto port = entries_[name].port;
        lock.unlock();
        auto addresses = resolver_->resolve(host, port, Limits::within(options_.limit, stop));
        if (stop.stop_requested()) return;
        lock.lock();
        learn(name, std::move(addresses));
        lock.unlock();
        ready_();
        lock.lock();
    }
}

void NameCache::learn(const std::string& name, Result<std::vector<net::Address>> addresses) {
    auto& entry = entries_[name];
    entry.asked = false;
    entry.late = true;
    // What can't be found out does not make what was known wrong; a name that is gone is gone.
    const bool gone = !addresses && addresses.error().code == ErrorCode::not_found;
    if (addresses || gone || !entry.known) {
        entry.answer.timed_out = !addresses && addresses.error().code == ErrorCode::deadline_exceeded;
        entry.answer.addresses = addresses ? *std::move(addresses) : std::vector<net::Address>{};
    }
    entry.known = true;
    finished_.push_back(name);
}

}  // namespace drydock::health
