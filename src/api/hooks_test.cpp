#include "api/hooks.h"

#include <gtest/gtest.h>

#include "api/pages.h"

namespace drydock::api {
namespace {

std::string found(std::string header, std::string_view name = "drydock_session") {
    http::Request request;
    request.headers.add("Cookie", std::move(header));
    return std::string{cookie(request, name)};
}

TEST(CookieTest, IsFoundByItsWholeName) {
    EXPECT_EQ(found("drydock_session=abc"), "abc");
    EXPECT_EQ(found("a=1; drydock_session=abc; b=2"), "abc");
    EXPECT_EQ(found("a=1;drydock_session=a=b"), "a=b");
    EXPECT_EQ(found("x_drydock_session=abc"), "");
    EXPECT_EQ(found("drydock_sessions=abc"), "");
    EXPECT_EQ(found("drydock_session"), "");
    EXPECT_EQ(found("drydock_session="), "");
    EXPECT_EQ(found("Drydock_Session=abc"), "");
    EXPECT_EQ(found(""), "");
    EXPECT_EQ(found(";;; ;"), "");
}

TEST(CookieTest, TheNameOfHttpsIsAnotherOne) {
    EXPECT_EQ(found("drydock_session=abc", session_cookie(true)), "");
    EXPECT_EQ(found("__Host-drydock_session=abc", session_cookie(false)), "");
    EXPECT_EQ(found("__Host-drydock_session=abc", session_cookie(true)), "abc");
}

// A page of a neighbouring host may set a second one: nobody can tell which is ours.
TEST(CookieTest, TwoOfTheSameNameAreNone) {
    EXPECT_EQ(found("drydock_session=abc; drydock_session=def"), "");
    EXPECT_EQ(found("drydock_session=abc; drydock_session=abc"), "");
    http::Request request;
    request.headers.add("Cookie", "drydock_session=abc");
    request.headers.add("Cookie", "a=b");
    EXPECT_EQ(cookie(request, "drydock_session"), "");
}

class PageScopeTest : public ::testing::Test {
protected:
    PageScopeTest() {
        auto who = std::make_shared<Who>();
        who->actor.organization_id = "a";
        call_.principal = who;
        call_.query = {{"status", "active"}, {"limit", 5}, {"cursor", "x"}};
        call_.path = {{"id", "1"}};
        first_ = page_scope(call_);
    }

    http::Request request_;
    http::Route route_{
        .path = "/x",
        .operation = "list_things",
        .access = http::Access::signed_in(),
        .answer = http::nothing(),
        .handle = {},
    };
    http::Call call_{.request = request_, .route = route_};
    std::string first_;
};

TEST_F(PageScopeTest, IsTheSameOnEveryPageOfAList) {
    call_.query["limit"] = 50;
    call_.query["cursor"] = "y";
    EXPECT_EQ(page_scope(call_), first_);
}

TEST_F(PageScopeTest, IsAnotherOneForAnotherListFilterPathOrOrganization) {
    call_.query["status"] = "archived";
    EXPECT_NE(page_scope(call_), first_);
    call_.query["status"] = "active";
    call_.path["id"] = "2";
    EXPECT_NE(page_scope(call_), first_);
    call_.path["id"] = "1";
    EXPECT_EQ(page_scope(call_), first_);
    route_.operation = "list_others";
    EXPECT_NE(page_scope(call_), first_);
    route_.operation = "list_things";
    auto who = std::make_shared<Who>();
    who->actor.organization_id = "b";
    call_.principal = who;
    EXPECT_NE(page_scope(call_), first_);
}

TEST_F(PageScopeTest, ACursorIsGoodForItsOwnListOnly) {
    const http::Cursors cursors{std::string(32, 'k')};
    call_.query["cursor"] = cursors.make({"shop"}, first_);
    const auto from = position(cursors, call_);
    ASSERT_TRUE(from) << from.error().message;
    EXPECT_EQ(from->at(0).as_string(), "shop");
    call_.query["status"] = "archived";
    EXPECT_FALSE(position(cursors, call_));
    call_.query["status"] = "active";
    auto& text = call_.query["cursor"].as_string();
    text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(position(cursors, call_));
}

}  // namespace
}  // namespace drydock::api
