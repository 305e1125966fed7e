#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace drydock::preflight {

// What a finding of a gate is worth.
enum class Policy : std::uint8_t { off, warn, block };

struct Options {
    Policy backup = Policy::warn;
    std::string window{};  // as window.h reads it; empty: at any time
    std::chrono::milliseconds transaction_age{60'000};
    std::int64_t big_table = std::int64_t{1} << 30;
    Policy big_lock = Policy::warn;
    std::chrono::milliseconds replication_lag{30'000};
    std::int64_t slot_wal = std::int64_t{1} << 30;
    Policy replication = Policy::warn;
    std::int64_t connections = 5;
    std::chrono::milliseconds probe_time{10'000};  // 0: no probes
    bool warnings_are_fatal = false;
};

}  // namespace drydock::preflight
