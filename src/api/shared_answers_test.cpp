#include "api/shared_answers.h"

#include <functional>
#include <utility>

#include <gtest/gtest.h>

#include "api/answer_cache.h"
#include "api/who.h"
#include "cache/shared_test.h"

namespace drydock::api {
namespace {

// Two servers, and a question that both are asked.
class SharedAnswersTest : public ::testing::Test {
protected:
    SharedAnswersTest() {
        one_.told(std::chrono::hours{480'000});
        two_.told(std::chrono::hours{480'000});
        request_.target = "/api/v2/databases?limit=5";
        who_.user_id = "u1";
        who_.organization_id = "o1";
        who_.session_id = "s1";
        who_.role = "member";
        who_.permissions = {"databases:read", "databases:write"};
    }

    // The answer that a server finds or else makes, as the pipeline does it.
    std::string ask(SharedAnswers& answers, cache::sharing::Server& server) {
        auto who = std::make_shared<Who>();
        who->identity = who_;
        const http::Call call{.request = request_, .route = route_, .principal = std::move(who)};
        if (const auto known = answers.find(call)) return known->answer.body + known->answer.version;
        answers.keep(call, {.answer = {.body = std::to_string(++made_) + " v", .version = "7"}, .read = server.now});
        return std::to_string(made_) + " new";
    }
    std::string ask_one() { return ask(answers_of_one_, one_); }
    std::string ask_two() { return ask(answers_of_two_, two_); }
    // Both know the question, and the first has an answer.
    void warm_up() {
        ask_one();
        ask_two();
        ask_one();
    }

    std::shared_ptr<cache::sharing::Open> values_ = std::make_shared<cache::sharing::Open>();
    cache::sharing::Server one_{values_};
    cache::sharing::Server two_{values_};
    SharedAnswers answers_of_one_{one_.shared, "1.0"};
    SharedAnswers answers_of_two_{two_.shared, "1.0"};
    http::Request request_;
    http::Route route_{
        .path = "/api/v2/databases",
        .operation = "list_databases",
        .access = http::Access::signed_in(),
        .answer = http::nothing(),
        .handle = {},
    };
    identity::Principal who_;
    int made_ = 0;
};

TEST_F(SharedAnswersTest, WhatIsAskedAgainIsSharedAndWhatIsAskedOnceCostsNothing) {
    EXPECT_EQ(ask_one(), "1 new");
    EXPECT_EQ(ask_two(), "2 new");
    EXPECT_EQ(values_->kept.size(), 0U);
    EXPECT_EQ(two_.shared.figures().misses, 0U);
    EXPECT_EQ(ask_one(), "3 new");
    EXPECT_EQ(ask_two(), "3 v7");
    EXPECT_EQ(ask_one(), "3 v7");
    EXPECT_EQ(values_->kept.size(), 1U);
    two_.now += kAnswerLifetime;
    EXPECT_EQ(ask_two(), "4 new") << "too old, though it is there still";
}

TEST_F(SharedAnswersTest, NobodyGetsWhatWasMadeForSomebodyElseOrWithOtherRights) {
    const std::pair<const char*, std::function<void()>> changes[] = {
        {"another person", [this] { who_.user_id = "u2"; }},
        {"another organization", [this] { who_.organization_id = "o2"; }},
        {"another session", [this] { who_.session_id = "s2"; }},
        {"a token", [this] { std::swap(who_.session_id, who_.token_id); }},
        {"another role", [this] { who_.role = "viewer"; }},
        {"a right less", [this] { who_.permissions.pop_back(); }},
        {"rights that read the same", [this] { who_.permissions = {"databases:readdatabases:write"}; }},
        {"stepped up", [this] { who_.stepped_up = true; }},
        {"another page", [this] { request_.target += "&cursor=x"; }},
        {"another call", [this] { route_.operation = "other"; }},
    };
    warm_up();
    const auto before = who_;
    const auto target = request_.target;
    for (const auto& [what, change] : changes) {
        change();
        // Again and again, so that it is looked for.
        for (int i = 0; i < 3; ++i) EXPECT_NE(ask_two(), "3 v7") << what;
        who_ = before;
        request_.target = target;
        route_.operation = "list_databases";
        EXPECT_EQ(ask_two(), "3 v7") << what;
    }
}

TEST_F(SharedAnswersTest, AServerOfAnotherVersionMakesItsOwn) {
    warm_up();
    SharedAnswers newer{two_.shared, "1.1"};
    EXPECT_EQ(ask(newer, two_), "4 new");
    EXPECT_EQ(ask(newer, two_), "5 new");
    EXPECT_EQ(ask(newer, two_), "5 v7");
    EXPECT_EQ(ask_two(), "3 v7");
}

TEST_F(SharedAnswersTest, WhoHasChangedSomethingMakesItAnew) {
    warm_up();
    answers_of_two_.distrust();
    EXPECT_EQ(ask_two(), "4 new");
    one_.now += std::chrono::milliseconds{1};
    two_.now += std::chrono::milliseconds{1};
    EXPECT_EQ(ask_two(), "5 new");
    EXPECT_EQ(ask_one(), "5 v7");
    EXPECT_EQ(ask_two(), "5 v7");
}

TEST_F(SharedAnswersTest, WhoWantsTheTruthOfThisMomentGetsIt) {
    warm_up();
    request_.headers.add("Cache-Control", "max-age=0, no-cache");
    EXPECT_EQ(ask_two(), "4 new");
    EXPECT_EQ(ask_two(), "5 new");
}

TEST_F(SharedAnswersTest, WithoutAStoreEachServerMakesItsOwn) {
    cache::Shared none{"t", {}, cache::sharing::keys_of(cache::sharing::kKey), one_.clock};
    SharedAnswers alone{none, "1.0"};
    for (int i = 1; i < 4; ++i) EXPECT_EQ(ask(alone, one_), std::to_string(i) + " new");
}

}  // namespace
}  // namespace drydock::api
