#include "api/answer_cache.h"

#include <memory>
#include <string_view>
#include <utility>

namespace drydock::api {
namespace {

constexpr unsigned kOk = 200;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPrefix = "/api/";

// What an answer may depend on. Empty: not one to be kept.
std::string key_of(const http::Request& request) {
    if (request.method != http::Method::get || !request.target.starts_with(kPrefix)) return {};
    if (request.headers.has("If-None-Match") || request.headers.has("Range")) return {};
    const auto control = request.headers.get("Cache-Control");
    if (control.find("no-cache") != std::string_view::npos || control.find("no-store") != std::string_view::npos)
        return {};
    const auto token = request.headers.get("Authorization");
    const auto cookie = request.headers.get("Cookie");
    if (token.empty() && cookie.empty()) return {};
    if (request.headers.count("Authorization") > 1 || request.headers.count("Cookie") > 1) return {};
    const auto organization = request.headers.get("X-Drydock-Organization");
    std::string key;
    key.reserve(request.target.size() + token.size() + cookie.size() + organization.size() + 3);
    // A line end can stand in none of them.
    key.append(request.target).append("\n").append(token).append("\n").append(cookie).append("\n").append(organization);
    return key;
}

std::size_t size_of(const std::string& key, const http::Response& answer) {
    constexpr std::size_t kOverhead = 512;
    return key.size() + answer.bytes().size() + kOverhead;
}

}  // namespace

std::optional<http::Response> AnswerCache::try_fast(const http::Request& request) {
    if (const auto key = key_of(request); !key.empty()) {
        const std::lock_guard lock{mutex_};
        const auto found = entries_.find(key);
        if (found != entries_.end()) {
            if (found->second.generation == generation_.load(std::memory_order_acquire) &&
                found->second.until > options_.now()) {
                hits_.fetch_add(1, std::memory_order_relaxed);
                auto answer = found->second.answer;
                answer.headers.set("X-Request-Id", request.id);
                return answer;
            }
            bytes_ -= size_of(key, found->second.answer);
            entries_.erase(found);
        }
    }
    return next_.try_fast(request);
}

http::Response AnswerCache::handle(const http::Request& request) {
    auto key = key_of(request);
    // Taken before the answer is made: what changes meanwhile makes it an old one.
    const auto generation = generation_.load(std::memory_order_acquire);
    const auto asked = options_.now();
    auto response = next_.handle(request);
    const bool changes = request.method != http::Method::get && request.method != http::Method::head;
    if (changes && response.status < 500) forget();
    if (!key.empty()) {
        misses_.fetch_add(1, std::memory_order_relaxed);
        keep(std::move(key), generation, asked, response);
    }
    return response;
}

void AnswerCache::keep(std::string key, std::uint64_t generation, TimePoint asked, http::Response& response) {
    if (response.status != kOk || response.streams() || response.headers.has("Set-Cookie")) return;
    if (!response.headers.get("Content-Type").starts_with(kJson)) return;
    if (response.bytes().size() > options_.most_of_one) return;
    if (!response.shared) response.shared = std::make_shared<const std::string>(std::exchange(response.body, {}));
    const std::lock_guard lock{mutex_};
    if (bytes_ + size_of(key, response) > options_.bytes) {
        // All of it is moments old: nothing is worth keeping more than the rest.
        entries_.clear();
        bytes_ = 0;
    }
    auto& entry = entries_[key];
    // Two who asked the same at the same moment: the later answer takes the place of the other one.
    if (entry.until != std::chrono::steady_clock::time_point{}) bytes_ -= size_of(key, entry.answer);
    entry = {.answer = response, .generation = generation, .until = response.read.value_or(asked) + options_.lifetime};
    bytes_ += size_of(key, response);
}

AnswerCacheFigures AnswerCache::figures() const {
    const std::lock_guard lock{mutex_};
    return {.hits = hits_.load(), .misses = misses_.load(), .entries = entries_.size(), .bytes = bytes_};
}

}  // namespace drydock::api
