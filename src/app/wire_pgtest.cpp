#include <latch>
#include <set>

#include "app/server_pgtest.h"
#include "base/wait.h"

// What the whole server does on the wire, whatever a call is about.
namespace drydock::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kProjects = "/api/v2/projects";

class WireTest : public ServerTest {
protected:
    WireTest() { build_world(); }

    json::value project(std::string_view slug) const { return json::object{{"slug", slug}, {"name", "A project"}}; }
    Answer create(std::string_view slug, const std::string& token, std::string key = {}) const {
        Ask request{.method = Method::post, .target = kProjects, .token = token, .body = project(slug)};
        if (!key.empty()) request.headers.emplace_back("Idempotency-Key", std::move(key));
        return ask(request);
    }
};

TEST_F(WireTest, APageOfAnotherSiteIsGivenNothingToRead) {
    for (const auto method : {Method::get, Method::options, Method::post}) {
        const auto answer = ask({
            .method = method,
            .target = "/api/v2/databases",
            .headers =
                {{"Origin", "https://evil.example"},
                 {"Access-Control-Request-Method", "POST"},
                 {"Access-Control-Request-Headers", "authorization"}},
        });
        for (const auto& [name, value] : answer.headers) EXPECT_FALSE(name.starts_with("Access-Control")) << name;
        EXPECT_EQ(answer.header("Cross-Origin-Resource-Policy"), "same-origin");
    }
}

TEST_F(WireTest, EveryAnswerIsKeptOutOfCachesAndFrames) {
    for (const auto* const target : {"/api/v2/databases", "/api/v2/nothing", "/healthz", "/"}) {
        SCOPED_TRACE(target);
        const auto answer = get(target, token('a', "owner"));
        EXPECT_EQ(answer.header("Cache-Control"), "no-store");
        EXPECT_THAT(std::string{answer.header("Content-Security-Policy")}, HasSubstr("frame-ancestors 'none'"));
        EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
        EXPECT_FALSE(answer.header("X-Request-Id").empty());
        EXPECT_EQ(std::string{answer.header("Server")}.find_first_of("0123456789"), std::string::npos);
    }
}

TEST_F(WireTest, WhoHangsUpLeavesTheirKeyFreeOrItsAnswerKept) {
    const auto until = [&](const auto& come_true) {
        const auto limits = Limits::within(kTime);
        while (!come_true()) ASSERT_TRUE(pause(std::chrono::milliseconds{5}, limits)) << "never came true";
    };
    const auto owner = token('a', "owner");
    auto blocker = database_.connect();
    run(blocker, "BEGIN; LOCK TABLE platform.projects IN SHARE MODE");
    {
        http::RawClient client{port_};
        const auto body = json::serialize(project("left"));
        client.send(fmt::format(
            "POST {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIdempotency-Key: left\r\n"
            "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
            kProjects,
            owner,
            body.size(),
            body
        ));
        until([&] { return control::schema::lock_waiters(admin_) > 0; });
    }
    until([&] { return control::schema::lock_waiters(admin_) == 0; });
    run(blocker, "ROLLBACK");
    until([&] {
        return sql("SELECT count(*) FROM platform.idempotency_keys WHERE key = 'left' AND status IS NULL") == "0";
    });
    const auto again = create("left", owner, "left");
    EXPECT_EQ(again.status, 201U) << again.body;
}

TEST_F(WireTest, ARequestThatTwoServersCouldReadInTwoWaysIsRefusedAndEndsItsConnection) {
    const std::string head = "POST /api/v2/sessions HTTP/1.1\r\n";
    const std::string host = "Host: localhost\r\nContent-Type: application/json\r\n";
    const std::string smuggled = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const auto& request : {
             head + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
             head + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{\"a\":" + smuggled,
             head + host + "Content-Length: 5, 5\r\n\r\n{\"a\":" + smuggled,
             head + host + "Content-Length: +5\r\n\r\n{\"a\":" + smuggled,
             head + host + "Content-Length: 0x5\r\n\r\n{\"a\":" + smuggled,
             head + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
             head + host + "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}" + smuggled,
             head + host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
             head + host + "X-A: b\r\n c\r\n\r\n" + smuggled,
             head + host + "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\nx\r\n0\r\n\r\n" + smuggled,
             head + "\r\n" + smuggled,
             head + host + "Host: other\r\n\r\n" + smuggled,
             head + "Host: local host\r\n\r\n" + smuggled,
             "GET http://localhost\x01/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + smuggled,
         }) {
        SCOPED_TRACE(request);
        // The end of what is sent stays open: the server has to end the connection.
        http::RawClient client{port_};
        client.send(request);
        const auto answer = client.read_to_end();
        EXPECT_THAT(answer, ::testing::MatchesRegex("HTTP/1.1 (400|501|505) [^\r]*\r\n(.|\n|\r)*"));
        EXPECT_THAT(answer, Not(HasSubstr("\"status\":\"ok\""))) << "the smuggled request was answered";
    }
}

TEST_F(WireTest, AChangeIsMadeOnTheVersionThatItsCallerSaw) {
    const auto& owner = token('a', "owner");
    const auto target = kProjects + "/" + project_of('a');
    const auto etag = std::string{get(target, owner).header("ETag")};
    ASSERT_FALSE(etag.empty());
    const auto change = [&](std::vector<std::pair<std::string, std::string>> headers, std::string_view name) {
        return ask({
            .method = Method::patch,
            .target = target,
            .token = owner,
            .body = json::object{{"name", name}},
            .headers = std::move(headers),
        });
    };
    EXPECT_EQ(change({}, "One").status, 428U);
    EXPECT_EQ(change({{"If-Match", "no tag"}}, "Two").status, 400U);
    const auto first = change({{"If-Match", etag}}, "Three");
    ASSERT_EQ(first.status, 200U) << first.body;
    const auto now = std::string{first.header("ETag")};
    EXPECT_NE(now, etag);
    const auto late = change({{"If-Match", etag}}, "Four");
    EXPECT_EQ(late.status, 412U);
    EXPECT_EQ(late.header("ETag"), now);
    EXPECT_EQ(get(target, owner).text("name"), "Three");

    const auto same = ask({.target = target, .token = owner, .headers = {{"If-None-Match", now}}});
    EXPECT_EQ(same.status, 304U);
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(ask({.target = target, .token = owner, .headers = {{"If-None-Match", etag}}}).status, 200U);
}

TEST_F(WireTest, OfManyChangesOnOneVersionOneIsMade) {
    const auto& owner = token('a', "owner");
    const auto target = kProjects + "/" + project_of('a');
    const auto etag = std::string{get(target, owner).header("ETag")};
    std::vector<unsigned> statuses(8);
    {
        std::latch together{8};
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < statuses.size(); ++i) {
            threads.emplace_back([&, i] {
                together.arrive_and_wait();
                statuses[i] = ask({.method = Method::patch,
                                   .target = target,
                                   .token = owner,
                                   .body = json::object{{"name", fmt::format("Name {}", i)}},
                                   .headers = {{"If-Match", etag}}}
                ).status;
            });
        }
    }
    EXPECT_EQ(std::ranges::count(statuses, 200U), 1);
    EXPECT_EQ(std::ranges::count(statuses, 412U), 7);
}

TEST_F(WireTest, AKeyMakesARequestOnceHoweverOftenItIsSent) {
    const auto& owner = token('a', "owner");
    const auto first = create("once", owner, "key-1");
    ASSERT_EQ(first.status, 201U) << first.body;
    const auto again = create("once", owner, "key-1");
    EXPECT_EQ(again.status, 201U);
    EXPECT_EQ(again.document(), first.document());
    EXPECT_EQ(again.header("Location"), first.header("Location"));
    EXPECT_EQ(again.header("ETag"), first.header("ETag"));
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(create("another", owner, "key-1").status, 422U);
    // Somebody else's key is another key.
    EXPECT_EQ(create("another", token('a', "admin"), "key-1").status, 201U);
    EXPECT_EQ(create("once", token('b', "owner"), "key-1").status, 201U);
    // What failed may be tried again with it.
    EXPECT_EQ(create("once", owner, "key-2").status, 409U);
    EXPECT_EQ(create("third", owner, "key-2").status, 201U);
    EXPECT_EQ(create("fourth", owner, "a key with blanks").status, 400U);
}

// As a server leaves it that is killed between the change and its answer.
TEST_F(WireTest, AKeyWhoseAnswerWasLostDoesNothingASecondTime) {
    const Ask request{
        .method = Method::post,
        .target = "/api/v2/jobs",
        .token = token('a', "owner"),
        .body = json::object{{"kind", "databases.test"}},
        .headers = {{"Idempotency-Key", "key-1"}},
    };
    ASSERT_EQ(ask(request).status, 202U);
    run(admin_,
        "UPDATE platform.idempotency_keys SET status = NULL, answer = NULL, created_at = now() - interval '1 hour'");
    const auto again = ask(request);
    EXPECT_EQ(again.status, 409U);
    EXPECT_THAT(again.body, HasSubstr("may have been done or not"));
    EXPECT_EQ(sql("SELECT count(*) FROM platform.jobs WHERE kind = 'databases.test'"), "1");
}

TEST_F(WireTest, OfManyRequestsWithOneKeyAtOnceOneIsMade) {
    const auto owner = token('a', "owner");
    std::vector<Answer> answers(8);
    {
        std::latch together{8};
        std::vector<std::jthread> threads;
        for (auto& answer : answers) {
            threads.emplace_back([&] {
                together.arrive_and_wait();
                answer = create("raced", owner, "key-3");
            });
        }
    }
    std::set<std::string> made;
    for (const auto& answer : answers) {
        EXPECT_TRUE(answer.status == 201 || answer.status == 409) << answer.body;
        if (answer.status == 201) made.insert(answer.text("id"));
    }
    EXPECT_EQ(made.size(), 1U);
    EXPECT_EQ(sql("SELECT count(*) FROM platform.projects WHERE slug = 'raced'"), "1");
}

TEST_F(WireTest, ACursorIsGoodWhereItWasGivenAndNowhereElse) {
    const auto& owner = token('a', "owner");
    for (const auto* const slug : {"p1", "p2", "p3"}) {
        EXPECT_EQ(create(slug, owner).status, 201U);
        EXPECT_EQ(create(slug, token('b', "owner")).status, 201U);
    }
    std::vector<std::string> seen;
    std::string cursor;
    do {
        const auto page = get(kProjects + "?limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor), owner);
        ASSERT_EQ(page.status, 200U) << page.body;
        const auto items = page.at("items");
        for (const auto& item : items.as_array()) seen.emplace_back(item.at("slug").as_string());
        cursor = page.text("next_cursor");
    } while (!cursor.empty());
    EXPECT_THAT(seen, ::testing::ElementsAre("p1", "p2", "p3", "shop"));

    const auto first = get(kProjects + "?limit=1", owner).text("next_cursor");
    const auto status = [&](const std::string& target, const std::string& who) { return get(target, who).status; };
    EXPECT_EQ(status(kProjects + "?limit=1&cursor=" + first, token('b', "owner")), 400U);
    EXPECT_EQ(status(kProjects + "?limit=1&status=active&cursor=" + first, owner), 400U);
    EXPECT_EQ(status("/api/v2/databases?cursor=" + first, owner), 400U);
    EXPECT_EQ(status("/api/v2/audit?cursor=" + first, owner), 400U);
    for (std::size_t i = 0; i < first.size(); i += 3) {
        auto other = first;
        other[i] = other[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(status(kProjects + "?limit=1&cursor=" + other, owner), 400U) << i;
    }
}

class EventsTest : public WireTest {
protected:
    http::RawClient subscribe(const std::string& token, std::string last = {}) const {
        http::RawClient client{port_};
        Ask request{.target = "/api/v2/events?topics=projects", .token = token};
        if (!last.empty()) request.headers.emplace_back("Last-Event-ID", std::move(last));
        client.send(wire(request));
        const auto head = client.read_to("\r\n\r\n");
        EXPECT_THAT(head, HasSubstr("text/event-stream"));
        return client;
    }
    static std::string field(const std::string& event, std::string_view name) {
        const auto at = event.find(fmt::format("{}: ", name));
        if (at == std::string::npos) return {};
        const auto begin = at + name.size() + 2;
        return event.substr(begin, event.find_first_of("\r\n", begin) - begin);
    }
    // The next event; comments and chunk sizes are passed over.
    static std::string next(http::RawClient& client) {
        for (;;) {
            auto text = client.read_to("\n\n");
            if (text.find("data: ") != std::string::npos || text.empty()) return text;
        }
    }
};

TEST_F(EventsTest, WhatHappensIsTold) {
    auto client = subscribe(token('a', "viewer"));
    const auto made = create("told", token('a', "owner"));
    const auto event = next(client);
    EXPECT_THAT(event, HasSubstr(made.text("id")));
    EXPECT_THAT(field(event, "event"), ::testing::StartsWith("projects."));
}

TEST_F(EventsTest, WhatHappensElsewhereIsNot) {
    auto client = subscribe(token('b', "viewer"));
    const auto foreign = create("of-a", token('a', "owner")).text("id");
    const auto own = create("of-b", token('b', "owner")).text("id");
    const auto event = next(client);
    EXPECT_THAT(event, HasSubstr(own));
    EXPECT_THAT(event, Not(HasSubstr(foreign)));
}

TEST_F(EventsTest, WhoComesAgainGetsWhatWasMissed) {
    const auto& owner = token('a', "owner");
    std::string last;
    {
        auto client = subscribe(owner);
        create("seen", owner);
        last = field(next(client), "id");
        ASSERT_FALSE(last.empty());
    }
    const auto missed = create("missed", owner).text("id");
    const auto foreign = create("missed", token('b', "owner")).text("id");
    const auto later = create("later", owner).text("id");
    auto client = subscribe(owner, last);
    EXPECT_THAT(next(client), HasSubstr(missed));
    EXPECT_THAT(next(client), HasSubstr(later));
    // The place of one organization's stream tells nothing in another one.
    auto other = subscribe(token('b', "owner"), last);
    const auto theirs = next(other);
    EXPECT_THAT(theirs, Not(HasSubstr(missed)));
    EXPECT_THAT(theirs, HasSubstr(foreign));
}

TEST_F(EventsTest, WhoSignsOutHearsNothingMore) {
    auto client = subscribe(token('a', "viewer"));
    auto other = subscribe(token('a', "member"));
    EXPECT_EQ(ask(Method::remove, "/api/v2/sessions/current", token('a', "viewer")).status, 204U);
    client.read_to_end();
    const auto made = create("still", token('a', "owner"));
    EXPECT_THAT(next(other), HasSubstr(made.text("id")));
}

TEST_F(EventsTest, WhoBelongsToItNoMoreHearsNothingMore) {
    auto client = subscribe(token('a', "viewer"));
    const auto target = "/api/v2/members/" + user('a', "viewer");
    EXPECT_EQ(ask(Method::remove, target, token('a', "owner")).status, 204U);
    client.read_to_end();
}

TEST_F(EventsTest, APlaceThatNobodyGaveIsRefused) {
    for (const auto* const place : {"x", "1", "-1", "99999999999999999999", "1-2-3", "' OR 1=1"}) {
        const auto answer = ask({
            .target = "/api/v2/events",
            .token = token('a', "owner"),
            .headers = {{"Last-Event-ID", place}},
        });
        EXPECT_EQ(answer.status, 400U) << place << answer.status << answer.body;
    }
}

}  // namespace
}  // namespace drydock::app
