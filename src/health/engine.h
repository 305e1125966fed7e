#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "health/prober.h"
#include "health/recorder.h"
#include "health/target.h"

namespace drydock::health {

struct EngineOptions {
    ProberOptions prober{};
    RecorderOptions recorder{};
    std::chrono::milliseconds refresh{30'000};  // how often the registry is asked what there is
    std::string me{};                           // as in set_share()
    std::vector<std::string> replicas{};
};

struct EngineFigures {
    ProberFigures prober;
    RecorderFigures recorder;
};

// The whole of it: asks the registry what there is, checks this replica's part, and stores what comes of it. Source and
// store must outlive it. Safe from any thread.
class Engine {
public:
    static Result<std::unique_ptr<Engine>> start(Source& source, control::Store& store, EngineOptions options);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Which replicas live, this one among them: each database is checked by one. Nothing said: this one alone.
    void set_share(std::string me, std::vector<std::string> all);
    // The registry changed: look at once. Also what a new credential needs.
    void refresh();
    // The next result of this database; not_found when this replica does not check it.
    Result<Check> check_now(const std::string& database_id, const Limits& limits);
    EngineFigures figures() const;

private:
    Engine(Source& source, control::Store& store, EngineOptions options);
    void run(const std::stop_token& stop);
    Result<> look(const Limits& limits);

    Source& source_;
    EngineOptions options_;
    Recorder recorder_;
    std::unique_ptr<Prober> prober_;
    std::mutex mutex_;
    std::condition_variable_any come_;
    bool asked_ = false;
    std::string me_;
    std::vector<std::string> replicas_;
    std::unordered_map<std::string, std::string> versions_;  // of what is checked here
    std::jthread thread_;
};

}  // namespace drydock::health
