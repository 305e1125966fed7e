#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/progress.h"
#include "pg/connection.h"

namespace drydock::migrate {

// Looks on, over a connection of its own, while a statement runs long: tells who blocks it and how far an index is.
// Opens that connection only when a statement takes longer than a moment, so a quick run pays nothing.
class Watcher {
public:
    Watcher(pg::Conninfo where, int backend_pid, Progress& progress);
    ~Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    void begin(std::string subject);
    void end();
    // The last who stood in the way since begin(), in words; empty when nobody was seen.
    std::string blocker() const;

private:
    void watch(const std::stop_token& stop);
    void look(
        pg::Connection& connection, const std::string& subject, Limits::Clock::time_point begun, const Limits& limits
    );

    pg::Conninfo where_;
    std::string pid_;
    Progress& progress_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::optional<std::string> subject_;
    std::string last_subject_;
    Limits::Clock::time_point since_{};
    std::string blocker_;
    std::jthread thread_;  // last: it uses the rest
};

}  // namespace drydock::migrate
