#include <latch>

#include "app/server_pgtest.h"
#include "base/encoding.h"
#include "http/cursor.h"
#include "testing/surroundings.h"

// Signing in and out, over the wire and over several servers.
namespace drydock::app {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kSessions = "/api/v2/sessions";
const std::string kMe = "/api/v2/me";

class SignInTest : public ServerTest {
protected:
    SignInTest() { build_world(); }

    Answer refresh(const std::string& token, std::uint16_t port) const {
        const Ask request{
            .method = Method::post,
            .target = kSessions + "/refresh",
            .body = json::object{{"refresh_token", token}},
        };
        return ask_port(port, request);
    }
    Answer refresh(const std::string& token) const { return refresh(token, port_); }

    // The truth of this moment, and no kept answer.
    unsigned status_of(const std::string& token, std::uint16_t port) const {
        return ask_port(port, {.target = kMe, .token = token, .headers = {{"Cache-Control", "no-cache"}}}).status;
    }
    // Where the test's server does not hear of it, it looks again within seconds: the wait is for that look.
    void wait_until_out(const std::string& token, std::uint16_t port) const {
        const auto limits = Limits::within(kTime);
        while (status_of(token, port) != 401) {
            ASSERT_LT(Limits::Clock::now(), limits.deadline) << "still signed in";
            std::this_thread::yield();
        }
    }
    static std::string name_and_value(const std::string& cookie) { return cookie.substr(0, cookie.find(';')); }
    std::string cookies_of_log_in() const {
        const auto answer =
            ask(Method::post,
                kSessions,
                {},
                json::object{{"email", email_of('a', "owner")}, {"password", kPassword}, {"cookies", true}});
        EXPECT_EQ(answer.status, 200U) << answer.body;
        EXPECT_TRUE(answer.at("access_token").is_null());
        EXPECT_TRUE(answer.at("refresh_token").is_null());
        const auto set = answer.all("Set-Cookie");
        EXPECT_THAT(set, SizeIs(2));
        EXPECT_THAT(set, Each(AllOf(HasSubstr("; HttpOnly"), HasSubstr("; SameSite=Strict"), HasSubstr("; Path=/;"))));
        EXPECT_THAT(set, Each(Not(HasSubstr("Domain"))));
        return name_and_value(set.at(0)) + "; " + name_and_value(set.at(1));
    }
};

TEST_F(SignInTest, ALogOutHoldsHereAtOnceAndOnEveryOtherServerSoon) {
    const auto other = start_server(test_options(database_.conninfo()));
    const auto there = port_of(*other);
    const auto here = token('a', "member");
    const auto second = log_in(email_of('a', "member")).text("access_token");
    EXPECT_EQ(status_of(here, there), 200U);
    EXPECT_EQ(status_of(second, there), 200U);

    EXPECT_EQ(ask(Method::remove, kSessions + "/current", here).status, 204U);
    EXPECT_EQ(status_of(here, port_), 401U);
    wait_until_out(here, there);
    EXPECT_EQ(status_of(second, there), 200U) << "only one of both sessions was ended";

    EXPECT_EQ(ask(Method::remove, kSessions, second).status, 204U);
    EXPECT_EQ(status_of(second, port_), 401U);
    wait_until_out(second, there);
}

TEST_F(SignInTest, AChangedRoleHoldsOnEveryServerSoon) {
    const auto other = start_server(test_options(database_.conninfo()));
    const auto& admin = token('a', "admin");
    const Ask list{.target = "/api/v2/audit", .token = admin, .headers = {{"Cache-Control", "no-cache"}}};
    EXPECT_EQ(ask_port(port_of(*other), list).status, 200U);
    sql(fmt::format("UPDATE platform.user_roles SET role = 'viewer' WHERE user_id = '{}'", user('a', "admin")));
    const auto limits = Limits::within(kTime);
    while (ask_port(port_of(*other), list).status != 403) ASSERT_LT(Limits::Clock::now(), limits.deadline);
}

TEST_F(SignInTest, ARefreshTokenIsGoodOnceAndAThiefEndsTheSession) {
    const auto first = log_in(email_of('a', "viewer"));
    const auto old = first.text("refresh_token");
    const auto second = refresh(old);
    ASSERT_EQ(second.status, 200U) << second.body;
    // Two windows at the same moment are no theft, and only one of them gets tokens.
    EXPECT_EQ(refresh(old).status, 409U);
    const auto third = refresh(second.text("refresh_token"));
    ASSERT_EQ(third.status, 200U) << third.body;
    EXPECT_EQ(status_of(third.text("access_token"), port_), 200U);

    EXPECT_EQ(refresh(old).status, 401U);
    EXPECT_EQ(refresh(third.text("refresh_token")).status, 401U);
    wait_until_out(third.text("access_token"), port_);
}

TEST_F(SignInTest, OfManyRenewalsAtOnceOneGetsTokens) {
    const auto token = log_in(email_of('a', "viewer")).text("refresh_token");
    std::vector<Answer> answers(8);
    {
        std::latch together{8};
        std::vector<std::jthread> threads;
        for (auto& answer : answers) {
            threads.emplace_back([&] {
                together.arrive_and_wait();
                answer = refresh(token);
            });
        }
    }
    EXPECT_EQ(std::ranges::count(answers, 200U, &Answer::status), 1);
    EXPECT_EQ(std::ranges::count(answers, 409U, &Answer::status), 7);
}

TEST_F(SignInTest, ATokenThatSomebodyWroteThemselvesIsNone) {
    const auto& good = token('a', "viewer");
    const auto first = good.find('.');
    const auto second = good.find('.', first + 1);
    const auto claims = from_base64url(good.substr(first + 1, second - first - 1)).value();
    auto other = claims;
    const auto at = other.find(user('a', "viewer"));
    ASSERT_NE(at, std::string::npos);
    other.replace(at, user('a', "viewer").size(), user('a', "owner"));
    const auto header = base64url(R"({"alg":"none","typ":"JWT"})");
    for (const auto& forged : {
             header + "." + base64url(other) + ".",
             header + "." + base64url(claims) + ".",
             header + "." + base64url(claims) + good.substr(second),
             good.substr(0, first + 1) + base64url(other) + good.substr(second),
             good.substr(0, second + 1),
             good + good,
         }) {
        EXPECT_EQ(status_of(forged, port_), 401U) << forged;
    }
    EXPECT_EQ(status_of(good, port_), 200U);
}

TEST_F(SignInTest, WhoGuessesIsToldTheSameWhateverIsWrong) {
    const auto unknown = log_in("nobody@a.example");
    const auto wrong = log_in(email_of('a', "owner"), "not the password of anybody");
    EXPECT_EQ(unknown.status, 401U);
    EXPECT_EQ(unknown.seen(), wrong.seen());
    sql(fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "viewer")));
    EXPECT_EQ(log_in(email_of('a', "viewer")).seen(), unknown.seen());
    // After too many, the right one is refused in the same words.
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(log_in(email_of('b', "owner"), "wrong, but long enough").seen(), unknown.seen());
    EXPECT_EQ(log_in(email_of('b', "owner")).seen(), unknown.seen());
    EXPECT_EQ(log_in(email_of('b', "admin")).status, 200U) << "another name is not locked";
}

TEST_F(SignInTest, WhoSignsInTooOftenIsToldWhenToComeAgain) {
    Answer answer;
    int asked = 0;
    for (; asked < 200 && answer.status != 429; ++asked) answer = refresh("ddk_r_nothing");
    EXPECT_GT(asked, 20);
    EXPECT_EQ(answer.status, 429U);
    EXPECT_GT(std::stoi(std::string{answer.header("Retry-After")}), 0);
    EXPECT_EQ(get("/healthz").status, 200U);
}

TEST_F(SignInTest, ACookieIsNoProofThatOurOwnPageAsks) {
    const auto cookies = cookies_of_log_in();
    const auto with = [&](Ask request, std::vector<std::pair<std::string, std::string>> headers) {
        request.headers = {{"Cookie", cookies}};
        for (auto& header : headers) request.headers.push_back(std::move(header));
        return ask(request);
    };
    const Ask change{.method = Method::post, .target = kMe + "/step-up", .body = json::object{{"password", kPassword}}};
    const auto expect = [&](unsigned status, std::vector<std::pair<std::string, std::string>> headers) {
        const auto answer = with(change, std::move(headers));
        EXPECT_EQ(answer.status, status) << answer.body;
        if (status == 403) {
            EXPECT_EQ(answer.text("code"), "foreign_origin");
        }
    };
    EXPECT_EQ(with({.target = kMe}, {}).status, 200U);
    expect(403, {});
    expect(204, {{"X-Drydock-Csrf", "1"}});
    expect(204, {{"Origin", "http://localhost"}});
    expect(204, {{"Sec-Fetch-Site", "same-origin"}});
    expect(403, {{"Sec-Fetch-Site", "none"}});
    expect(403, {{"Origin", "https://evil.example"}, {"X-Drydock-Csrf", "1"}});
    expect(403, {{"Origin", "null"}, {"X-Drydock-Csrf", "1"}});
    expect(403, {{"Sec-Fetch-Site", "cross-site"}, {"X-Drydock-Csrf", "1"}});
    expect(403, {{"Sec-Fetch-Site", "same-site"}, {"X-Drydock-Csrf", "1"}});
    // A stream is read with cookies from any page, if nobody looks.
    EXPECT_EQ(with({.target = "/api/v2/events"}, {{"Origin", "https://evil.example"}}).status, 403U);
    EXPECT_EQ(with({.target = "/api/v2/events"}, {{"Sec-Fetch-Site", "same-origin"}}).status, 200U);
    // A token is never sent by a browser by itself.
    auto bearer = change;
    bearer.token = token('a', "owner");
    EXPECT_EQ(ask(bearer).status, 204U);
}

TEST_F(SignInTest, AForeignPageSignsNobodyIn) {
    for (const std::string name : {"Origin", "Sec-Fetch-Site"}) {
        const auto answer = ask({
            .method = Method::post,
            .target = kSessions,
            .body = json::object{{"email", email_of('a', "owner")}, {"password", kPassword}, {"cookies", true}},
            .headers = {{name, name == "Origin" ? "https://evil.example" : "cross-site"}},
        });
        EXPECT_EQ(answer.status, 403U) << answer.body;
        EXPECT_THAT(answer.all("Set-Cookie"), IsEmpty());
    }
}

TEST_F(SignInTest, ACookieThatIsThereTwiceIsNone) {
    const auto cookies = cookies_of_log_in();
    const auto once = ask({.target = kMe, .headers = {{"Cookie", cookies}}});
    EXPECT_EQ(once.status, 200U);
    EXPECT_EQ(ask({.target = kMe, .headers = {{"Cookie", cookies + "; " + cookies}}}).status, 401U);
    EXPECT_EQ(ask({.target = kMe, .headers = {{"Cookie", cookies}, {"Cookie", "a=b"}}}).status, 401U);
}

TEST_F(SignInTest, ALogOutTakesTheCookiesBack) {
    const auto out = ask({
        .method = Method::remove,
        .target = kSessions + "/current",
        .headers = {{"Cookie", cookies_of_log_in()}, {"X-Drydock-Csrf", "1"}},
    });
    EXPECT_EQ(out.status, 204U) << out.body;
    EXPECT_THAT(out.all("Set-Cookie"), SizeIs(2));
    EXPECT_THAT(out.all("Set-Cookie"), Each(HasSubstr("=; Path=/; Max-Age=0;")));
}

// A name that an attacker owns and lets point here: what Host says is no proof where the address is known.
class NamedServerTest : public ServerTest {
protected:
    NamedServerTest() {
        build_world();
        auto options = test_options(database_.conninfo());
        options.http.listen[0].unix_socket = (folder_.path() / "socket").string();
        options.public_url = "https://drydock.example.org";
        named_ = start_server(std::move(options));
    }
    http::RawClient connect() const { return http::RawClient{(folder_.path() / "socket").string()}; }

    testing::TempFolder folder_;
    std::unique_ptr<Server> named_;
};

TEST_F(NamedServerTest, ItsOwnNameIsTheOneThatItWasGiven) {
    const auto sign_in = [&](std::string host, std::string origin) {
        return ask_on(
            connect(),
            {
                .method = Method::post,
                .target = kSessions,
                .body = json::object{{"email", email_of('a', "owner")}, {"password", kPassword}, {"cookies", true}},
                .headers = {{"Origin", std::move(origin)}},
                .host = std::move(host),
            }
        );
    };
    EXPECT_EQ(sign_in("evil.example", "http://evil.example").status, 403U);
    EXPECT_EQ(sign_in("drydock.example.org", "https://drydock.example.org").status, 200U);
}

}  // namespace
}  // namespace drydock::app
