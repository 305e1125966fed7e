#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace drydock::migrate {

// What to do with a migration that comes before one that has run, and has not run itself; with one that has run and
// whose file is gone.
enum class LatePolicy : std::uint8_t { run, warn, refuse };
enum class MissingPolicy : std::uint8_t { ignore, warn, refuse };

// The value of a ${NAME}; nullopt when there is none.
using PlaceholderValues = std::function<std::optional<std::string>(std::string_view name)>;

struct Options {
    std::string project = "main";
    std::string environment{};       // of Environment: headers; empty runs only what is for all
    std::string client = "drydock";  // who runs, for history: "user@host"
    LatePolicy late = LatePolicy::warn;
    MissingPolicy missing = MissingPolicy::warn;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds lock_timeout{3'000};
    int lock_retries = 10;
    std::chrono::milliseconds statement_timeout{0};  // 0 is none
    std::chrono::milliseconds run_lock_wait{300'000};
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds hook_timeout{300'000};
    bool durable_each = false;
    std::string role{};
    std::string search_path{};
    PlaceholderValues placeholders{};
};

}  // namespace drydock::migrate
