#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "http/message.h"
#include "http/server.h"

namespace drydock::api {

// No answer that is given again is older, wherever it was kept: a log-out, or what another replica changed, shows after
// this at the latest.
inline constexpr std::chrono::milliseconds kAnswerLifetime{1'000};

struct AnswerCacheOptions {
    std::chrono::milliseconds lifetime = kAnswerLifetime;
    std::size_t bytes = 16U << 20U;
    std::size_t most_of_one = 256U << 10U;
    std::chrono::steady_clock::time_point (*now)() = &std::chrono::steady_clock::now;
};

struct AnswerCacheFigures {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::size_t entries = 0;
    std::size_t bytes = 0;
};

// Answers to reads, in front of the service: the same question by the same caller (the very same token, organization
// and target) within moments gets the same answer, from the I/O thread, without a look at the database. Whoever wants
// the truth of this moment says Cache-Control: no-cache. Safe from any thread.
class AnswerCache final : public http::Handler {
public:
    AnswerCache(http::Handler& next, AnswerCacheOptions options) : next_(next), options_(options) {}

    Admission admit(const http::Request& request) override { return next_.admit(request); }
    std::optional<http::Response> try_fast(const http::Request& request) override;
    http::Response handle(const http::Request& request) override;

    // Something has changed: what was kept is not given out any more.
    void forget() { generation_.fetch_add(1, std::memory_order_acq_rel); }
    AnswerCacheFigures figures() const;

private:
    struct Entry {
        http::Response answer;  // its body shared
        std::uint64_t generation = 0;
        std::chrono::steady_clock::time_point until;
    };
    using TimePoint = std::chrono::steady_clock::time_point;
    void keep(std::string key, std::uint64_t generation, TimePoint asked, http::Response& response);

    http::Handler& next_;
    AnswerCacheOptions options_;
    std::atomic<std::uint64_t> generation_{0};
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;
    std::size_t bytes_ = 0;
    mutable std::atomic<std::uint64_t> hits_{0};
    mutable std::atomic<std::uint64_t> misses_{0};
};

}  // namespace drydock::api
