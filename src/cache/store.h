#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace drydock::cache {

// "<space>:<name>", at most 200 bytes: of a longer name its hash stands there. A space is of a-z and '_'; names of two
// spaces never meet.
std::string key(std::string_view space, std::string_view name);

// Values that may be gone at any moment, and never were the only copy. Safe from any thread.
class Values {
public:
    virtual ~Values() = default;
    virtual Result<std::optional<std::string>> get(const std::string& key, const Limits& limits) = 0;
    virtual Result<> set(
        const std::string& key, std::string_view value, std::chrono::milliseconds lifetime, const Limits& limits
    ) = 0;
};

struct Counted {
    std::int64_t count = 0;             // with this one
    std::chrono::milliseconds left{0};  // of the window
    bool shared = true;                 // all servers count together
};

// Counts within windows of time that begin with the first one counted. Safe from any thread.
class Counters {
public:
    virtual ~Counters() = default;
    // A key has one length of window, at most a day.
    virtual Result<Counted> count(
        const std::string& key, std::int64_t how_many, std::chrono::milliseconds window, const Limits& limits
    ) = 0;
    // From here on it counts anew: after a log-in that worked.
    virtual Result<> forget(const std::string& key, const Limits& limits) = 0;
};

}  // namespace drydock::cache
