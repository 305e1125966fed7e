#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "health/loop.h"

// What the loop keeps of each target and of each address. For the loop's own files.
namespace drydock::health {

// Where databases are dialled. Many may live at one address.
struct Loop::Address {
    std::uint64_t hash = 0;
    std::size_t connecting = 0;
    std::deque<Watched*> waiting{};
    bool listed = false;  // among the startable
};

struct Loop::Watched {
    Watched(Target the_target, const JudgeOptions& options) : target(std::move(the_target)), judge(options) {}

    Target target;
    Judge judge;
    std::uint64_t hash = 0;  // of the id
    State state = State::idle;
    bool removed = false;

    std::unique_ptr<Wire> wire{};
    bool signed_in = false;
    int watched_fd = -1;
    bool watched_write = false;

    struct Due : Timer {
        Watched* owner = nullptr;
        bool limit = false;  // of the phase, and not the time of the next check
    };
    Due due{};
    Due limit{};
    Time regular{};  // when the next check is due if nothing hurries it

    // Of the check that runs.
    Phase phase = Phase::name;
    Time deadline{};
    Time queued{};
    Time connect_began{};
    Time asked{};
    std::size_t first_host = 0;  // that answered the last time
    std::size_t hosts_tried = 0;
    std::vector<net::Address> candidates{};
    std::size_t candidate = 0;
    Address* address = nullptr;  // that it waits for or connects to
    std::optional<Finding> worst{};
    std::chrono::microseconds connect_time{0};
    bool connected_now = false;
    bool urgent = false;
    std::vector<Waiter> waiters{};
};

}  // namespace drydock::health
