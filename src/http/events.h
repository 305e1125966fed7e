#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace drydock::http {

// A server-sent event. `data` may have many lines.
struct Event {
    std::string id{};    // what a client that comes again says it has seen; empty: not to be replayed
    std::string type{};  // "job.finished"; no line ends
    std::string data;
};
std::string encode(const Event& event);

// Fans events out to many clients: a client holds a socket and a few hundred bytes, and no thread. Any thread may call.
class Hub {
public:
    struct Options {
        std::chrono::milliseconds heartbeat{15'000};  // a comment, so that proxies and clients see that we live
        std::size_t subscribers = 10'000;
        std::chrono::milliseconds retry{3'000};  // how long a client waits before it comes again
    };
    explicit Hub(Options options);
    ~Hub();  // closes all streams
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    // From now on the events of these topics are kept for the subscription. So nothing is missed: join, then read from
    // the store what the client has not seen (by its Last-Event-ID), then hand it to stream().
    // An Error (unavailable) when there are too many.
    class Subscription;
    Result<std::shared_ptr<Subscription>> join(std::vector<std::string> topics);
    // For Reply::subscribe or Response::subscribe: first what the client missed, then what was kept meanwhile (but for
    // the ids that `missed` has), then what is published.
    std::function<void(std::shared_ptr<Sink>)> stream(
        std::shared_ptr<Subscription> subscription, std::vector<Event> missed
    );

    // What subscribers of the topic get. Returns how many there are.
    std::size_t publish(std::string_view topic, const Event& event);
    std::size_t subscribers() const;
    // Ends streams: those of one topic ("session:…": a log-out), or all.
    void close(std::string_view topic);
    void close_all();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

// What a client says it has seen: the header, or for the first connection of a page the query's `last_event_id`.
std::string_view last_event_id(const Request& request);

}  // namespace drydock::http
