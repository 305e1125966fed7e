#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "control/store.h"

namespace drydock::jobs {

struct LeadershipOptions {
    std::string task{};    // what only one server does
    std::string holder{};  // who this is
    // How long one that isn't heard of goes on leading: hold() is to be called several times within it.
    std::chrono::milliseconds lease{15'000};
    bool by_row = false;  // don't try the lock
};

// Which of several servers does what only one is to do. A lock of a session of its own decides, which the control plane
// takes away with the connection; where a proxy hands out another session for each transaction, such a lock means
// nothing, and a row with a lease decides. Two may lead for a moment (one that has not noticed its loss): what they do
// must bear that. Used by one thread.
class Leadership {
public:
    Leadership(control::Store& store, LeadershipOptions options) : store_(store), options_(std::move(options)) {}
    ~Leadership() { give_up(); }
    Leadership(const Leadership&) = delete;
    Leadership& operator=(const Leadership&) = delete;

    // Becomes the leader where there is none, or makes sure that it still is the one. An Error: not the leader.
    Result<bool> hold(const Limits& limits);
    // For this time, or until the session is lost or a stop is requested.
    void wait(std::chrono::milliseconds time, const std::stop_token& stop);
    // Lets another one lead at once.
    void give_up();
    bool by_row() const { return options_.by_row; }

private:
    Result<bool> hold_by_session(const Limits& limits);
    Result<bool> hold_by_row(const Limits& limits);

    control::Store& store_;
    LeadershipOptions options_;
    std::optional<pg::Connection> session_;
    bool leads_ = false;
    std::int64_t pid_ = 0;  // of the session that has the lock
};

}  // namespace drydock::jobs
