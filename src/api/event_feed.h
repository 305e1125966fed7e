#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "control/events.h"
#include "control/store.h"
#include "http/events.h"

namespace drydock::api {

// Brings what happens in organizations to those who watch: reads it from the control plane, woken by a notification and
// once a second in any case, and hands it to the hub. Only organizations that somebody watches are read.
class EventFeed {
public:
    // Who listens: the stream ends when they may not any more.
    struct Listener {
        control::Actor actor;
        Secret token;
    };
    // With `listen` false (behind a pooler that passes no notifications) it goes by the clock alone. `may_listen` is
    // asked again and again while a stream lasts: a log-out and a lost role end it within seconds.
    using MayListen = std::function<bool(const Listener& listener, const Limits& limits)>;
    EventFeed(control::Store& store, http::Hub& hub, bool listen, MayListen may_listen);
    ~EventFeed();
    EventFeed(const EventFeed&) = delete;
    EventFeed& operator=(const EventFeed&) = delete;

    // The stream of an organization's topics (empty: all) for one client: what came after `last_seen`, then what comes.
    // invalid_argument: a place that this server did not give; unavailable: one person has too many streams.
    Result<std::function<void(std::shared_ptr<http::Sink>)>> subscribe(
        const Listener& listener,
        const std::vector<std::string>& topics,
        std::string_view last_seen,
        const Limits& limits
    );
    void stop();

private:
    void run(const std::stop_token& stop);
    void listen_and_read(const std::stop_token& stop);
    void read_all(const Limits& limits);
    Result<> watch(const std::string& organization, const Limits& limits);
    void end_streams(const Limits& limits);

    control::Store& store_;
    http::Hub& hub_;
    bool listen_;
    MayListen may_listen_;
    std::mutex mutex_;
    struct Stream {
        Listener listener;
        std::weak_ptr<http::Sink> sink;
    };
    std::vector<Stream> streams_;
    std::map<std::string, std::string, std::less<>> cursors_;  // of each organization that is watched
    std::jthread thread_;
};

// The topics there are; a subscription to another one is refused.
const std::vector<std::string>& event_topics();

}  // namespace drydock::api
