#include "http/events.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "http/problem.h"

namespace drydock::http {
namespace {

// What is kept for a subscription whose stream has not begun: a store that takes so long to read is not worth waiting
// for, and the client comes again.
constexpr std::size_t kMostKept = 1000;

void add_line(std::string& out, std::string_view field, std::string_view text) {
    out.append(field).append(": ").append(text).append("\n");
}

}  // namespace

std::string encode(const Event& event) {
    std::string out;
    out.reserve(event.data.size() + 64);
    // A line end in an id or a type would begin a field of its own.
    const auto one_line = [](std::string_view text) {
        return text.substr(0, text.find_first_of(std::string_view{"\r\n\0", 3}));
    };
    if (!event.id.empty()) add_line(out, "id", one_line(event.id));
    if (!event.type.empty()) add_line(out, "event", one_line(event.type));
    std::string_view rest = event.data;
    while (true) {
        const auto end = rest.find_first_of("\r\n");
        add_line(out, "data", rest.substr(0, end));
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out += '\n';
    return out;
}

std::string_view last_event_id(const Request& request) {
    if (const auto* const header = request.headers.find("Last-Event-ID")) return *header;
    constexpr std::string_view kName = "last_event_id=";
    auto query = request.query();
    while (!query.empty()) {
        const auto part = query.substr(0, query.find('&'));
        if (part.starts_with(kName)) return part.substr(kName.size());
        query.remove_prefix(std::min(query.size(), part.size() + 1));
    }
    return {};
}

class Hub::Subscription {
public:
    Subscription(std::shared_ptr<Impl> hub, std::vector<std::string> topics) : hub_(hub), topics_(std::move(topics)) {}
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // False: over.
    bool deliver(const std::string& id, const Bytes& bytes) {
        const std::lock_guard lock{mutex_};
        if (over_) return false;
        if (sink_) return sink_->push(bytes);
        if (kept_.size() >= kMostKept) {
            over_ = true;
            return false;
        }
        kept_.emplace_back(id, bytes);
        return true;
    }
    void beat(const Bytes& comment) {
        const std::lock_guard lock{mutex_};
        if (!over_ && sink_) sink_->push(comment);
    }
    void begin(std::shared_ptr<Sink> sink, const std::vector<Event>& missed, std::chrono::milliseconds retry) {
        const std::lock_guard lock{mutex_};
        if (over_) return sink->close();
        std::string first = "retry: " + std::to_string(retry.count()) + "\n\n";
        std::set<std::string_view> seen;
        for (const auto& event : missed) {
            first += encode(event);
            if (!event.id.empty()) seen.insert(event.id);
        }
        sink_ = std::move(sink);
        sink_->push(std::make_shared<const std::string>(std::move(first)));
        for (const auto& [id, bytes] : std::exchange(kept_, {}))
            if (id.empty() || !seen.contains(id)) sink_->push(bytes);
    }
    void close() {
        const std::lock_guard lock{mutex_};
        over_ = true;
        if (sink_) sink_->close();
    }
    const std::vector<std::string>& topics() const { return topics_; }

private:
    std::weak_ptr<Impl> hub_;
    const std::vector<std::string> topics_;
    std::mutex mutex_;
    std::shared_ptr<Sink> sink_;
    std::vector<std::pair<std::string, Bytes>> kept_;
    bool over_ = false;
};

// The hub only knows of subscriptions; what holds one is the answer that it streams to. So it ends with its connection.
class Hub::Impl : public std::enable_shared_from_this<Impl> {
public:
    explicit Impl(Options o) : options(o) {}

    void start() {
        beater_ = std::jthread{[this](const std::stop_token& stop) { beat(stop); }};
    }
    void stop() {
        beater_ = {};
        close(nullptr);
    }

    Result<std::shared_ptr<Subscription>> join(std::vector<std::string> topics) {
        auto subscription = std::make_shared<Subscription>(shared_from_this(), std::move(topics));
        const std::lock_guard lock{mutex_};
        if (all_.size() >= options.subscribers)
            return Error{
                .code = ErrorCode::unavailable,
                .message = "Too many are listening already.",
                .hint = "Try again in a moment.",
            };
        all_.emplace(subscription.get(), subscription);
        for (const auto& topic : subscription->topics()) topics_[topic].emplace(subscription.get(), subscription);
        return subscription;
    }
    void leave(Subscription* subscription) {
        const std::lock_guard lock{mutex_};
        all_.erase(subscription);
        for (const auto& topic : subscription->topics()) {
            const auto found = topics_.find(topic);
            if (found == topics_.end()) continue;
            found->second.erase(subscription);
            if (found->second.empty()) topics_.erase(found);
        }
    }
    std::size_t publish(std::string_view topic, const Event& event) {
        const auto listeners = of_topic(topic);
        if (listeners.empty()) return 0;
        const auto bytes = std::make_shared<const std::string>(encode(event));
        return static_cast<std::size_t>(std::ranges::count_if(listeners, [&](const auto& subscription) {
            return subscription->deliver(event.id, bytes);
        }));
    }
    // One topic's streams, or all.
    void close(const std::string* topic) {
        for (const auto& subscription : topic ? of_topic(*topic) : everyone()) subscription->close();
    }
    std::size_t count() const {
        const std::lock_guard lock{mutex_};
        return all_.size();
    }

    const Options options;

private:
    using Known = std::map<Subscription*, std::weak_ptr<Subscription>>;
    static std::vector<std::shared_ptr<Subscription>> alive(const Known& known) {
        std::vector<std::shared_ptr<Subscription>> out;
        out.reserve(known.size());
        for (const auto& [key, weak] : known)
            if (auto subscription = weak.lock()) out.push_back(std::move(subscription));
        return out;
    }
    std::vector<std::shared_ptr<Subscription>> of_topic(std::string_view topic) const {
        const std::lock_guard lock{mutex_};
        const auto found = topics_.find(topic);
        return found == topics_.end() ? std::vector<std::shared_ptr<Subscription>>{} : alive(found->second);
    }
    std::vector<std::shared_ptr<Subscription>> everyone() const {
        const std::lock_guard lock{mutex_};
        return alive(all_);
    }
    void beat(const std::stop_token& stop) {
        static const auto comment = std::make_shared<const std::string>(":\n\n");
        std::unique_lock lock{beat_mutex_};
        while (!tick_.wait_for(lock, stop, options.heartbeat, [&] { return stop.stop_requested(); }))
            for (const auto& subscription : everyone()) subscription->beat(comment);
    }

    mutable std::mutex mutex_;
    Known all_;
    std::map<std::string, Known, std::less<>> topics_;
    std::mutex beat_mutex_;
    std::condition_variable_any tick_;
    std::jthread beater_;
};

Hub::Subscription::~Subscription() {
    if (const auto hub = hub_.lock()) hub->leave(this);
}

Hub::Hub(Options options) : impl_(std::make_shared<Impl>(options)) {
    impl_->start();
}
Hub::~Hub() {
    impl_->stop();
}

Result<std::shared_ptr<Hub::Subscription>> Hub::join(std::vector<std::string> topics) {
    return impl_->join(std::move(topics));
}

std::function<void(std::shared_ptr<Sink>)> Hub::stream(
    std::shared_ptr<Subscription> subscription, std::vector<Event> missed
) {
    return [hub = impl_, subscription = std::move(subscription), missed = std::move(missed)](std::shared_ptr<Sink> sink
           ) { subscription->begin(std::move(sink), missed, hub->options.retry); };
}

std::size_t Hub::publish(std::string_view topic, const Event& event) {
    return impl_->publish(topic, event);
}
std::size_t Hub::subscribers() const {
    return impl_->count();
}
void Hub::close(std::string_view topic) {
    const std::string name{topic};
    impl_->close(&name);
}
void Hub::close_all() {
    impl_->close(nullptr);
}

}  // namespace drydock::http
