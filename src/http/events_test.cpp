#include "http/events.h"

#include <semaphore>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client_test.h"
#include "http/server.h"

namespace drydock::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Events, are_encoded_so_that_no_text_can_begin_a_field) {
    EXPECT_EQ(encode({.id = "5", .type = "job.done", .data = "{}"}), "id: 5\nevent: job.done\ndata: {}\n\n");
    EXPECT_EQ(encode({.data = "a\nb\r\nc\rid: 7"}), "data: a\ndata: b\ndata: c\ndata: id: 7\n\n");
    EXPECT_EQ(encode({.id = "5\nevent: x", .type = "y\rdata: z", .data = ""}), "id: 5\nevent: y\ndata: \n\n");
}

TEST(Events, a_client_says_what_it_has_seen) {
    EXPECT_EQ(last_event_id({.target = "/e", .headers = {{"last-event-id", "7"}}}), "7");
    EXPECT_EQ(last_event_id({.target = "/e?topics=a&last_event_id=9"}), "9");
    EXPECT_EQ(last_event_id({.target = "/e?xlast_event_id=9"}), "");
}

class CollectingSink : public Sink {
public:
    bool push(Bytes bytes) override {
        text += *bytes;
        return open_;
    }
    void close() override { open_ = false; }
    bool open() const override { return open_; }
    std::string text;

private:
    bool open_ = true;
};

TEST(Events, nothing_is_missed_and_nothing_comes_twice) {
    Hub hub{{}};
    auto subscription = hub.join({"org:1"});
    ASSERT_TRUE(subscription);
    // While the handler reads what was missed, 3 and 4 happen; the read already has 3.
    EXPECT_EQ(hub.publish("org:1", {.id = "3", .data = "three"}), 1);
    EXPECT_EQ(hub.publish("org:1", {.id = "4", .data = "four"}), 1);
    EXPECT_EQ(hub.publish("org:2", {.id = "5", .data = "of others"}), 0);
    const auto sink = std::make_shared<CollectingSink>();
    const auto stream = hub.stream(*subscription, {{.id = "2", .data = "two"}, {.id = "3", .data = "three"}});
    stream(sink);
    hub.publish("org:1", {.id = "6", .data = "six"});
    EXPECT_EQ(
        sink->text, "retry: 3000\n\nid: 2\ndata: two\n\nid: 3\ndata: three\n\nid: 4\ndata: four\n\nid: 6\ndata: six\n\n"
    );
}

TEST(Events, a_subscription_ends_with_what_holds_it) {
    Hub hub{{.subscribers = 1}};
    {
        const auto subscription = hub.join({"a", "b"});
        EXPECT_EQ(hub.subscribers(), 1);
        const auto surplus = hub.join({"a"});
        ASSERT_FALSE(surplus);
        EXPECT_EQ(surplus.error().code, ErrorCode::unavailable);
    }
    EXPECT_EQ(hub.subscribers(), 0);
    EXPECT_EQ(hub.publish("a", {.data = "x"}), 0);
}

TEST(Events, a_topic_can_be_ended) {
    Hub hub{{}};
    const auto sink = std::make_shared<CollectingSink>();
    const auto stream = hub.stream(hub.join({"session:1", "org"}).value(), {});
    const auto late = hub.stream(hub.join({"session:1"}).value(), {});
    stream(sink);
    hub.close("session:1");
    EXPECT_FALSE(sink->open());
    const auto late_sink = std::make_shared<CollectingSink>();
    late(late_sink);
    EXPECT_FALSE(late_sink->open());
}

class HubHandler : public Handler {
public:
    explicit HubHandler(Hub& hub) : hub_(hub) {}
    Response handle(const Request&) override {
        Response response;
        response.headers.set("Content-Type", "text/event-stream");
        response.subscribe = hub_.stream(hub_.join({"all"}).value(), {});
        return response;
    }

private:
    Hub& hub_;
};

// With two workers: a subscriber that held one would keep the third from coming.
TEST(Events, go_to_many_clients_without_a_thread_each) {
    Hub hub{{.heartbeat = 5ms}};
    HubHandler handler{hub};
    std::counting_semaphore<> gone{0};
    auto server = Server::start({.workers = 2, .access_log = [&](const AccessRecord&) { gone.release(); }}, handler);
    ASSERT_TRUE(server);
    std::vector<RawClient> clients;
    for (int i = 0; i < 200; ++i) {
        clients.emplace_back((*server)->port());
        clients.back().send("GET /events HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    for (auto& client : clients) client.read_to("retry: 3000\n\n");
    EXPECT_EQ((*server)->figures().streams, 200);
    EXPECT_EQ(hub.publish("all", {.id = "1", .data = "hello"}), 200);
    for (auto& client : clients) client.read_to("data: hello\n\n");
    clients[0].read_to(":\n\n");
    clients.pop_back();
    gone.acquire();
    EXPECT_EQ((*server)->figures().streams, 199);
    (*server)->stop(20s);
    EXPECT_THAT(clients[0].read_to_end(), HasSubstr("0\r\n\r\n"));
    EXPECT_EQ(hub.publish("all", {.data = "nobody"}), 0);
}

}  // namespace
}  // namespace drydock::http
