#include "cache/degrading.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cache/memory.h"

namespace drydock::cache {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Goes away and comes back as the test wants, with all that it held. Every call that fails may have been done.
class Shaky final : public Values {
public:
    std::atomic<bool> down = false;

    Result<std::optional<std::string>> get(const std::string& key, const Limits& limits) override {
        if (down) return away();
        return kept_.get(key, limits);
    }
    Result<> set(const std::string& key, std::string_view value, milliseconds lifetime, const Limits& limits) override {
        if (down) return away();
        return kept_.set(key, value, lifetime, limits);
    }
    using Values::erase;
    Result<> erase(std::span<const std::string> keys, const Limits& limits) override {
        if (down) return away();
        return kept_.erase(keys, limits);
    }
    Result<> clear(const Limits& limits) override {
        if (down) return away();
        return kept_.clear(limits);
    }

private:
    static Error away() { return Error{.code = ErrorCode::unavailable, .message = "away"}; }

    MemoryValues kept_;
};

// A breaker that lets everybody try: each change is met at once.
DegradingOptions eager() {
    DegradingOptions options;
    options.patience = hours{1};
    options.remembered = 20;
    options.breaker.failures = 1;
    options.breaker.first_pause = milliseconds{0};
    options.breaker.longest_pause = milliseconds{0};
    return options;
}

TEST(Degrading, NoValueOfBeforeEverComesBack) {
    const auto better = std::make_shared<Shaky>();
    DegradingValues values{better, std::make_shared<MemoryValues>(), eager()};
    std::atomic<int> stale = 0;
    std::atomic<int> failed = 0;
    std::atomic<int> seen = 0;
    std::atomic<bool> over = false;
    std::jthread shaker{[&] {
        for (bool down = false; !over; down = !down) {
            better->down = down;
            std::this_thread::yield();
        }
    }};
    {
        // Each thread has keys of its own, so it knows the one value that each may have.
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                const Limits limits{};
                for (int i = 0; i < 4000; ++i) {
                    const auto name = fmt::format("t:{}-{}", t, i % 13);
                    const bool erase = i % 5 == 0;
                    const auto value = std::to_string(i);
                    const auto done = erase ? values.erase(name, limits) : values.set(name, value, hours{1}, limits);
                    if (!done) ++failed;
                    const auto now = values.get(name, limits);
                    if (!now) {
                        ++failed;
                    } else if (*now) {
                        ++seen;
                        if (erase || **now != value) ++stale;
                    }
                }
            });
        }
    }
    over = true;
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(stale, 0);
    EXPECT_GT(seen, 0);
}

TEST(Degrading, AnEndOfTheCallersLimitsIsNoFailureOfTheStore) {
    const auto better = std::make_shared<Shaky>();
    DegradingValues values{better, std::make_shared<MemoryValues>(), eager()};
    better->down = true;
    std::stop_source stop;
    stop.request_stop();
    const Limits stopped = Limits::within(hours{1}, stop.get_token());
    EXPECT_EQ(values.get("t:a", stopped).error().code, ErrorCode::cancelled);
    EXPECT_FALSE(values.figures().degraded);
    EXPECT_FALSE(values.get("t:a", Limits{})->has_value());
    EXPECT_TRUE(values.figures().degraded);
}

}  // namespace
}  // namespace drydock::cache
