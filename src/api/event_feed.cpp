#include "api/event_feed.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "base/wait.h"
#include "pg/connection.h"

namespace drydock::api {
namespace {

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kRead{10};
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{10'000};
constexpr int kPage = 500;
constexpr std::ptrdiff_t kMostStreams = 20;
constexpr std::string_view kAll = "*";

std::string topic_of(std::string_view organization, std::string_view topic) {
    return fmt::format("{}/{}", organization, topic);
}

http::Event to_http(const control::Event& event) {
    boost::json::error_code ignored;
    boost::json::object data{
        {"topic", event.topic},
        {"kind", event.kind},
        {"created_at", event.created_at},
        {"data", boost::json::parse(event.payload, ignored)}
    };
    data["subject_id"] = event.subject_id.empty() ? boost::json::value{} : boost::json::value(event.subject_id);
    return {.id = event.cursor, .type = event.topic + "." + event.kind, .data = boost::json::serialize(data)};
}

bool wanted(const std::vector<std::string>& topics, const std::string& topic) {
    return topics.empty() || std::ranges::find(topics, topic) != topics.end();
}

}  // namespace

const std::vector<std::string>& event_topics() {
    static const std::vector<std::string> topics{
        "billing", "databases", "health", "jobs", "keys", "members", "organizations", "projects", "schedules"
    };
    return topics;
}

EventFeed::EventFeed(control::Store& store, http::Hub& hub, bool listen, MayListen may_listen)
    : store_(store),
      hub_(hub),
      listen_(listen),
      may_listen_(std::move(may_listen)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EventFeed::~EventFeed() {
    stop();
}

void EventFeed::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

Result<> EventFeed::watch(const std::string& organization, const Limits& limits) {
    {
        const std::lock_guard lock{mutex_};
        if (cursors_.contains(organization)) return {};
    }
    DRYDOCK_TRY(auto cursor, control::newest_cursor(store_, control::Actor::system(organization), limits));
    const std::lock_guard lock{mutex_};
    cursors_.try_emplace(organization, std::move(cursor));
    return {};
}

Result<std::function<void(std::shared_ptr<http::Sink>)>> EventFeed::subscribe(
    const Listener& listener, const std::vector<std::string>& topics, std::string_view last_seen, const Limits& limits
) {
    const auto& actor = listener.actor;
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(streams_, [](const Stream& stream) { return stream.sink.expired(); });
        const auto mine = std::ranges::count(streams_, actor.user_id, [](const Stream& stream) {
            return stream.listener.actor.user_id;
        });
        if (mine >= kMostStreams) {
            return Error{
                .code = ErrorCode::unavailable,
                .message = fmt::format("you have {} streams of events open", mine),
                .hint = "Close one; a page needs no more than one.",
            };
        }
    }
    std::vector<std::string> names;
    if (topics.empty()) names.push_back(topic_of(actor.organization_id, kAll));
    for (const auto& topic : topics) names.push_back(topic_of(actor.organization_id, topic));
    // From here on the hub keeps what the feed reads, so nothing falls between the past and the present.
    DRYDOCK_TRY(auto subscription, hub_.join(std::move(names)));
    DRYDOCK_TRY_VOID(watch(actor.organization_id, limits));
    std::vector<http::Event> missed;
    if (!last_seen.empty()) {
        std::string cursor{last_seen};
        for (bool more = true; more;) {
            DRYDOCK_TRY(const auto events, control::events_after(store_, actor, cursor, kPage, limits));
            for (const auto& event : events) {
                if (wanted(topics, event.topic)) missed.push_back(to_http(event));
                cursor = event.cursor;
            }
            more = events.size() == kPage;
        }
    }
    auto begin = hub_.stream(std::move(subscription), std::move(missed));
    return [this, listener, begin = std::move(begin)](std::shared_ptr<http::Sink> sink) {
        {
            const std::lock_guard lock{mutex_};
            streams_.push_back({listener, sink});
        }
        begin(std::move(sink));
    };
}

void EventFeed::end_streams(const Limits& limits) {
    std::vector<Stream> streams;
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(streams_, [](const Stream& stream) {
            const auto sink = stream.sink.lock();
            return !sink || !sink->open();
        });
        streams = streams_;
    }
    for (const auto& stream : streams) {
        if (may_listen_(stream.listener, limits)) continue;
        if (const auto sink = stream.sink.lock()) sink->close();
    }
}

void EventFeed::run(const std::stop_token& stop) {
    for (int failures = 0; !stop.stop_requested();) {
        const auto began = Limits::Clock::now();
        listen_and_read(stop);
        failures = Limits::Clock::now() - began > std::chrono::minutes{1} ? 0 : failures + 1;
        const auto paused = pause(jittered(kFirstPause, kLongestPause, failures), {.stop = stop});
        if (!paused) return;
    }
}

// Until the connection is lost or the end has come.
void EventFeed::listen_and_read(const std::stop_token& stop) {
    std::optional<pg::Connection> connection;
    if (listen_) {
        auto opened = store_.connect(Limits::within(kRead, stop));
        if (!opened) {
            if (!stop.stop_requested()) log::failure("events: no connection to listen on", opened.error());
            return read_all(Limits::within(kRead, stop));
        }
        connection.emplace(*std::move(opened));
        const auto text = "LISTEN " + pg::quote_identifier(control::kEventChannel);
        if (!connection->query({.name = "listen", .text = text}, Limits::within(kRead, stop))) return;
    }
    while (!stop.stop_requested()) {
        read_all(Limits::within(kRead, stop));
        end_streams(Limits::within(kRead, stop));
        if (!connection) {
            if (!pause(kTick, {.stop = stop})) return;
            continue;
        }
        if (!connection->wait_notification(Limits::within(kTick, stop))) return;
    }
}

void EventFeed::read_all(const Limits& limits) {
    std::map<std::string, std::string, std::less<>> cursors;
    {
        const std::lock_guard lock{mutex_};
        cursors = cursors_;
    }
    for (auto& [organization, cursor] : cursors) {
        for (bool more = true; more;) {
            auto events = control::events_after(store_, control::Actor::system(organization), cursor, kPage, limits);
            if (!events) {
                if (events.error().code != ErrorCode::cancelled) log::failure("events: can't be read", events.error());
                return;
            }
            for (const auto& event : *events) {
                const auto message = to_http(event);
                hub_.publish(topic_of(organization, event.topic), message);
                hub_.publish(topic_of(organization, kAll), message);
                cursor = event.cursor;
            }
            more = events->size() == kPage;
        }
        const std::lock_guard lock{mutex_};
        cursors_[organization] = cursor;
    }
}

}  // namespace drydock::api
