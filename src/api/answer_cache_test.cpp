#include "api/answer_cache.h"

#include <gtest/gtest.h>

namespace drydock::api {
namespace {

using http::Headers;
using http::Method;
using http::Request;
using http::Response;

std::chrono::steady_clock::time_point test_now{std::chrono::hours{1}};

// Answers each question with how many it has had.
class Counting final : public http::Handler {
public:
    Response handle(const Request& request) override {
        ++asked;
        Response response;
        response.status = status;
        response.headers.set("Content-Type", media);
        response.body = std::string(padding, ' ') + std::to_string(asked);
        response.read = read;
        if (cookie) response.headers.add("Set-Cookie", "a=b");
        if (meanwhile) meanwhile();
        response.headers.set("X-Request-Id", request.id);
        return response;
    }
    int asked = 0;
    unsigned status = 200;
    std::size_t padding = 0;
    bool cookie = false;
    std::optional<std::chrono::steady_clock::time_point> read{};
    std::string media = "application/json";
    std::function<void()> meanwhile{};
};

Request question(std::string token, std::string target = "/api/v2/databases") {
    Request request;
    request.target = std::move(target);
    request.id = "r-" + token;
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    return request;
}

class AnswerCacheTest : public ::testing::Test {
protected:
    AnswerCacheTest() : cache_(handler_, {.now = [] { return test_now; }}) {}

    // As the server does it: from memory, else from the handler.
    std::string ask(const Request& request, AnswerCache& cache) {
        auto fast = cache.try_fast(request);
        const auto answer = fast ? *std::move(fast) : cache.handle(request);
        return std::string{answer.bytes()};
    }
    std::string ask(const Request& request) { return ask(request, cache_); }

    Counting handler_;
    AnswerCache cache_;
};

TEST_F(AnswerCacheTest, TheSameQuestionOfTheSameCallerIsAnsweredFromMemory) {
    EXPECT_EQ(ask(question("a")), "1");
    EXPECT_EQ(ask(question("a")), "1");
    EXPECT_EQ(cache_.figures().hits, 1U);
    EXPECT_EQ(cache_.figures().misses, 1U);
}

TEST_F(AnswerCacheTest, NobodyGetsAnAnswerThatWasMadeForSomebodyElse) {
    EXPECT_EQ(ask(question("a")), "1");
    EXPECT_EQ(ask(question("b")), "2");
    auto cookie = question("");
    cookie.headers.add("Cookie", "drydock_session=a");
    EXPECT_EQ(ask(cookie), "3");
    auto other = question("a");
    other.headers.add("X-Drydock-Organization", "b");
    EXPECT_EQ(ask(other), "4");
    EXPECT_EQ(ask(question("a", "/api/v2/databases?limit=2")), "5");
    // The parts of a key can't be moved into one another.
    auto joined = question("a\nx");
    EXPECT_EQ(ask(joined), "6");
    EXPECT_EQ(ask(question("a")), "1");
}

TEST_F(AnswerCacheTest, AnAnswerFromMemoryBearsItsOwnRequestId) {
    ask(question("a"));
    auto again = question("a");
    again.id = "r-2";
    const auto answer = cache_.try_fast(again);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->headers.get("X-Request-Id"), "r-2");
}

TEST_F(AnswerCacheTest, NothingIsOlderThanItsLifetime) {
    ask(question("a"));
    test_now += std::chrono::milliseconds{999};
    EXPECT_EQ(ask(question("a")), "1");
    test_now += std::chrono::milliseconds{1};
    EXPECT_EQ(ask(question("a")), "2");
}

// What was read before it was asked for: by another server.
TEST_F(AnswerCacheTest, AnAnswersAgeCountsFromWhenItWasRead) {
    handler_.read = test_now - std::chrono::milliseconds{600};
    EXPECT_EQ(ask(question("a")), "1");
    test_now += std::chrono::milliseconds{399};
    EXPECT_EQ(ask(question("a")), "1");
    test_now += std::chrono::milliseconds{1};
    EXPECT_EQ(ask(question("a")), "2");
    handler_.read.reset();
    handler_.meanwhile = [] { test_now += std::chrono::milliseconds{600}; };
    EXPECT_EQ(ask(question("b")), "3") << "it took that long to make";
    test_now += std::chrono::milliseconds{399};
    EXPECT_EQ(ask(question("b")), "3");
    test_now += std::chrono::milliseconds{1};
    EXPECT_EQ(ask(question("b")), "4");
}

TEST_F(AnswerCacheTest, AChangeMakesEverythingOld) {
    ask(question("a"));
    auto change = question("b");
    change.method = Method::post;
    EXPECT_EQ(ask(change), "2");
    EXPECT_EQ(ask(question("a")), "3");
    cache_.forget();
    EXPECT_EQ(ask(question("a")), "4");
}

TEST_F(AnswerCacheTest, AnAnswerThatWasMadeWhileSomethingChangedIsNotGivenAgain) {
    handler_.meanwhile = [this] { cache_.forget(); };
    EXPECT_EQ(ask(question("a")), "1");
    handler_.meanwhile = {};
    EXPECT_EQ(ask(question("a")), "2");
}

TEST_F(AnswerCacheTest, WhoWantsTheTruthOfThisMomentGetsIt) {
    ask(question("a"));
    for (const auto* const wish : {"no-cache", "no-store", "max-age=0, no-cache"}) {
        auto fresh = question("a");
        fresh.headers.add("Cache-Control", wish);
        const auto answer = ask(fresh);
        EXPECT_EQ(answer, std::to_string(handler_.asked));
    }
    EXPECT_EQ(handler_.asked, 4);
}

TEST_F(AnswerCacheTest, OnlyGoodJsonForSomebodyKnownIsKept) {
    const auto never_kept = [&](const Request& request) {
        const auto first = ask(request);
        EXPECT_NE(ask(request), first);
    };
    never_kept(question(""));
    never_kept(question("a", "/metrics"));
    auto conditional = question("a");
    conditional.headers.add("If-None-Match", "\"1\"");
    never_kept(conditional);
    auto doubled = question("a");
    doubled.headers.add("Authorization", "Bearer b");
    never_kept(doubled);
    auto head = question("a");
    head.method = Method::head;
    never_kept(head);
    handler_.status = 404;
    never_kept(question("a"));
    handler_.status = 200;
    handler_.cookie = true;
    never_kept(question("a"));
    handler_.cookie = false;
    handler_.media = "text/plain";
    never_kept(question("a"));
    EXPECT_EQ(cache_.figures().entries, 0U);
}

TEST_F(AnswerCacheTest, ItsMemoryHasAnEnd) {
    AnswerCache small{handler_, {.bytes = 4'000, .most_of_one = 2'000}};
    handler_.padding = 1'000;
    for (int i = 0; i < 50; ++i) {
        ask(question(std::to_string(i)), small);
        EXPECT_LE(small.figures().bytes, 4'000U);
    }
    handler_.padding = 3'000;
    ask(question("large"), small);
    EXPECT_FALSE(small.try_fast(question("large")));
}

TEST_F(AnswerCacheTest, AnAnswerThatTakesTheOthersPlaceCountsOnce) {
    handler_.padding = 1'000;
    cache_.handle(question("a"));
    const auto bytes = cache_.figures().bytes;
    handler_.padding = 10;
    cache_.handle(question("a"));
    EXPECT_EQ(cache_.figures().entries, 1U);
    EXPECT_LT(cache_.figures().bytes, bytes);
    cache_.forget();
    EXPECT_FALSE(cache_.try_fast(question("a")));
    EXPECT_EQ(cache_.figures().bytes, 0U);
}

}  // namespace
}  // namespace drydock::api
