#pragma once

#include <signal.h>

#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace drydock::cli {

// Turns SIGINT, SIGTERM and SIGHUP into a request to stop: the first one asks, a second one ends the process at once
// with 130. Made before any other thread, which inherits that these signals are blocked.
class Signals {
public:
    Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

    std::stop_token token() const { return stop_.get_token(); }
    // From now on SIGHUP is a wish to read things anew, and no request to stop: for a server. Called on a thread of
    // this.
    void on_hangup(std::function<void()> receiver);
    // Gives the signals back to the system's handling, before another program takes our place.
    void let_go();

private:
    void watch();

    sigset_t before_{};
    std::stop_source stop_;
    std::mutex mutex_;
    std::function<void()> hangup_;
    int signals_ = -1;
    int leave_ = -1;
    std::thread thread_;
};

}  // namespace drydock::cli
