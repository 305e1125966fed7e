#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/store.h"
#include "health/prober.h"

namespace drydock::health {

struct RecorderOptions {
    std::chrono::milliseconds flush_every{1000};
    std::chrono::milliseconds keep_every{60'000};      // good answers of that time become one row of the history
    std::chrono::milliseconds refresh_every{300'000};  // a state that stays is noted anew: last_health_check_at
    std::size_t most_waiting = 200'000;                // rows, while the control plane is away; the oldest go first
    std::size_t batch = 1000;                          // rows a statement
    int days_ahead = 3;                                // partitions made
    int keep_days = 30;                                // partitions kept
    std::function<Limits::Clock::time_point()> now = Limits::Clock::now;
};

struct RecorderFigures {
    std::uint64_t rows = 0;      // of the history, stored
    std::uint64_t states = 0;    // of databases, noted
    std::uint64_t changes = 0;   // of these, told as events
    std::uint64_t waiting = 0;   // rows that are to be stored
    std::uint64_t dropped = 0;   // rows that never will be
    std::uint64_t failures = 0;  // of writing
};

// Brings what was measured into the control plane, many rows in one statement and an organization in one transaction:
// the history, the present state of each database, and an event for each state that changed. What changed is told
// once, whichever replica saw it, since the stored state decides what is a change.
class Recorder {
public:
    // With `own_thread` it writes by itself and looks after the partitions; otherwise flush() and tend() do.
    Recorder(control::Store& store, RecorderOptions options, bool own_thread = true);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    // From any thread, without waiting.
    void add(const Check& check);
    // A database that is gone, or another replica's.
    void forget(const std::string& database_id);
    // Stores what waits. `all`: also what would wait for more of its kind.
    Result<> flush(const Limits& limits, bool all = false);
    // Makes partitions for the days to come and drops those past their time.
    Result<> tend(const Limits& limits);
    RecorderFigures figures() const;

private:
    using Time = Limits::Clock::time_point;
    struct Row {
        std::string organization_id;
        Check check;
        Time first;  // the first check that it stands for
        int checks = 1;
    };
    struct State {
        std::string organization_id{};
        Status status = Status::unknown;
        std::string error{};
        bool dirty = false;
        Time noted{};
    };
    struct Work {
        std::vector<Row> rows;
        std::vector<std::pair<std::string, State>> states;
    };

    void note_row(const Check& check);
    void note_state(const Check& check);
    std::map<std::string, Work> take(bool all);
    void put_back(const std::string& organization, Work work);
    Result<> store(const std::string& organization, const Work& work, const Limits& limits);
    Result<> store_rows(control::Transaction& transaction, std::span<const Row> rows) const;
    Result<std::uint64_t> store_states(
        control::Transaction& transaction, std::span<const std::pair<std::string, State>> states
    ) const;
    void trim();
    void run(const std::stop_token& stop);

    control::Store& store_;
    RecorderOptions options_;
    mutable std::mutex mutex_;
    std::condition_variable_any come_;
    bool hurry_ = false;                         // a state changed
    std::unordered_map<std::string, Row> open_;  // may take in more checks
    std::vector<Row> closed_;
    std::unordered_map<std::string, State> states_;
    RecorderFigures figures_;
    std::jthread thread_;
};

}  // namespace drydock::health
