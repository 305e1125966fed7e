#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "net/address.h"
#include "net/resolver.h"

namespace drydock::health {

struct NameCacheOptions {
    std::chrono::milliseconds lives{60'000};  // an answer is asked for anew after this
    std::chrono::milliseconds failure_lives{5'000};
    std::chrono::milliseconds limit{2'000};  // of one look-up
    std::size_t threads = 8;
};

// Names for a thread that must not wait. An address that was known stays good while nobody answers: databases don't go
// down because a name server does.
class NameCache {
public:
    using Time = Limits::Clock::time_point;
    struct Answer {
        std::vector<net::Address> addresses{};  // empty: there are none
        bool timed_out = false;
    };

    // `ready` is called from threads of this object whenever a look-up is over.
    NameCache(std::shared_ptr<net::Resolver> resolver, NameCacheOptions options, std::function<void()> ready);
    ~NameCache();
    NameCache(const NameCache&) = delete;
    NameCache& operator=(const NameCache&) = delete;

    // Never waits. Nothing: it is being looked up, and finished() will name it.
    std::optional<Answer> find(const std::string& host, std::uint16_t port, Time now);
    // What was looked up since the last call: keys, as key() gives them.
    std::vector<std::string> finished();
    static std::string key(const std::string& host, std::uint16_t port);

private:
    struct Entry {
        std::string host;
        std::uint16_t port = 0;
        Answer answer{};
        bool known = false;
        bool asked = false;
        bool late = false;  // it is to be dated by the next find()
        Time until{};
    };
    void serve(const std::stop_token& stop);
    void learn(const std::string& key, Result<std::vector<net::Address>> addresses);

    std::shared_ptr<net::Resolver> resolver_;
    NameCacheOptions options_;
    std::function<void()> ready_;
    std::mutex mutex_;
    std::condition_variable_any work_;
    std::unordered_map<std::string, Entry> entries_;
    std::deque<std::string> queue_;
    std::vector<std::string> finished_;
    std::vector<std::jthread> threads_;
};

}  // namespace drydock::health
