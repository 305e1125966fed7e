#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "health/prober.h"

// What the tests of the prober share: options with short times, and a place that its checks come to.
namespace drydock::health {

constexpr std::chrono::seconds kPatience{60};

inline ProberOptions quick() {
    using std::chrono::milliseconds;
    ProberOptions options{.interval = milliseconds{40}};
    options.judge.recheck = milliseconds{5};
    options.judge.after_auth_failure = milliseconds{100};
    for (auto& step : options.judge.breaker) step = milliseconds{20};
    options.network.least = 1'000'000;
    options.connects_per_second = 100'000;
    options.allowed = [](const net::Address&) { return true; };
    return options;
}

class Checks {
public:
    Prober::Listener listener() {
        return {
            .checked = [this](const Check& check) { note(check); },
            .network =
                [this](bool suspect) {
                    const std::lock_guard lock{mutex_};
                    suspicions_.push_back(suspect);
                    come_.notify_all();
                }
        };
    }

    // The next check of this database, after those that were asked for before, that is as wanted; fails the test when
    // none comes.
    Check next(const std::string& id, const std::function<bool(const Check&)>& wanted) {
        std::unique_lock lock{mutex_};
        std::string seen;
        for (const auto until = std::chrono::steady_clock::now() + kPatience;;) {
            auto& place = read_[id];
            for (const auto& all = checks_[id]; place < all.size();) {
                const auto& check = all[place++];
                if (wanted(check)) return check;
                seen = name_of(check.finding.outcome);
            }
            if (come_.wait_until(lock, until) == std::cv_status::timeout) break;
        }
        ADD_FAILURE() << id << ": no such check; the last one was " << seen;
        return {};
    }
    Check next(const std::string& id, Outcome outcome) {
        return next(id, [&](const Check& check) { return check.finding.outcome == outcome; });
    }
    Check change_to(const std::string& id, Status status) {
        return next(id, [&](const Check& check) { return check.changed && check.status == status; });
    }
    void wait_for(const std::function<bool()>& wanted) {
        std::unique_lock lock{mutex_};
        if (!come_.wait_for(lock, kPatience, wanted)) ADD_FAILURE() << "it never came to be";
    }
    std::vector<Check> all(const std::string& id) {
        const std::lock_guard lock{mutex_};
        return checks_[id];
    }
    // For what wait_for() asks.
    const std::vector<bool>& unlocked_suspicions() const { return suspicions_; }

private:
    void note(const Check& check) {
        const std::lock_guard lock{mutex_};
        checks_[check.database_id].push_back(check);
        come_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable come_;
    std::map<std::string, std::vector<Check>> checks_;
    std::map<std::string, std::size_t> read_;
    std::vector<bool> suspicions_;
};

}  // namespace drydock::health
