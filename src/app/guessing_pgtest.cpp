#include "app/server_pgtest.h"

// A test of a connection, or a registration, is no way to guess a password.
namespace drydock::app {
namespace {

class GuessingTest : public ServerTest {
protected:
    GuessingTest() { build_world(); }

    json::object at(std::string_view host, std::string_view user) const {
        return {
            {"project_id", project_of('a')},
            {"name", "guessed"},
            {"type", "postgresql"},
            {"host", host},
            {"port", std::stoi(testing::server().tcp_conninfo().get("port"))},
            {"database", database_.conninfo().get("dbname")},
            {"username", user},
        };
    }
    // The id of a password that databases may share.
    std::string add_credential(char letter, std::string_view secret) {
        const auto made =
            ask(Method::post,
                "/api/v2/credentials",
                token(letter, "admin"),
                json::object{
                    {"project_id", project_of(letter)}, {"name", "shared"}, {"kind", "password"}, {"secret", secret}
                });
        EXPECT_EQ(made.status, 201U) << made.body;
        return made.text("id");
    }
    unsigned sent(Method method, std::string_view path, std::optional<json::value> body = {}) {
        return ask({
                       .method = method,
                       .target = std::string{path},
                       .token = token('a', "admin"),
                       .body = std::move(body),
                       .headers = {{"If-Match", "*"}},
                   })
            .status;
    }
};

TEST_F(GuessingTest, OfAStoredCredentialHasToWaitWhateverCallItIsMadeBy) {
    const auto credential = add_credential('a', "CANARY0shared");
    const auto main = sql(fmt::format("SELECT id FROM platform.databases WHERE project_id = '{}'", project_of('a')));
    const auto guess = [&](std::string_view password) {
        auto body = at("127.0.0.1", target_role('a'));
        body["credential_id"] = credential;
        body["password"] = password;
        return body;
    };
    EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", guess("one")), 403U);
    EXPECT_EQ(sent(Method::post, "/api/v2/databases", guess("two")), 403U);
    EXPECT_EQ(sent(Method::put, "/api/v2/databases", guess("three")), 403U);
    EXPECT_EQ(
        sent(
            Method::patch,
            "/api/v2/databases/" + main,
            json::object{{"credential_id", credential}, {"password", "four"}, {"host", "127.0.0.2"}}
        ),
        403U
    );
    EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", guess("five")), 403U);
    for (const auto* const path : {"/api/v2/databases/test", "/api/v2/databases"}) {
        EXPECT_EQ(sent(Method::post, path, guess("CANARY0shared")), 503U) << "right or wrong: " << path;
    }
    // Once the wait is over, the right one counts, and those before are forgotten.
    run(admin_, "UPDATE platform.login_failures SET locked_until = now()");
    EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", guess("CANARY0shared")), 200U);
    EXPECT_EQ(sql("SELECT count(*) FROM platform.login_failures WHERE key LIKE 'credential:%'"), "0");
}

// A pipeline may give it in each of its calls.
TEST_F(GuessingTest, IsNotWhatGivesTheRightPasswordOfAStoredCredentialAgain) {
    const auto credential = add_credential('a', kTargetPassword);
    const auto with = [&](std::string_view password) {
        auto body = at("127.0.0.1", target_role('a'));
        body["credential_id"] = credential;
        body["password"] = password;
        return body;
    };
    const auto counted = [&] {
        return sql("SELECT coalesce(max(failures), 0) FROM platform.login_failures WHERE key LIKE 'credential:%'");
    };
    EXPECT_EQ(sent(Method::post, "/api/v2/databases", with(kTargetPassword)), 201U);
    for (int n = 0; n < 6; ++n) {
        EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", with(kTargetPassword)), 200U) << n;
        EXPECT_EQ(sent(Method::post, "/api/v2/databases", with(kTargetPassword)), 409U) << "the name is taken: " << n;
        EXPECT_EQ(counted(), "0");
    }
    // Where it is used already, a password is not asked for; a wrong one that is given is counted all the same.
    for (int n = 1; n <= 4; ++n) EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", with("wrong")), 200U) << n;
    EXPECT_EQ(counted(), "4");
    EXPECT_EQ(sent(Method::post, "/api/v2/databases", with(kTargetPassword)), 409U);
    EXPECT_EQ(counted(), "0") << "the right one ends that";
    for (int n = 1; n <= 5; ++n) EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", with("wrong")), 200U) << n;
    for (const auto password : {std::string_view{"wrong"}, kTargetPassword}) {
        EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", with(password)), 503U) << "right or wrong";
    }
    EXPECT_EQ(counted(), "5") << "who has to wait is not counted";
}

TEST_F(GuessingTest, OfAnotherOrganizationsCredentialIsNotEvenCounted) {
    const auto credential = add_credential('b', "CANARY0theirs");
    auto body = at("127.0.0.1", target_role('a'));
    body["credential_id"] = credential;
    body["password"] = "CANARY0theirs";
    EXPECT_EQ(sent(Method::post, "/api/v2/databases/test", body), 404U);
    EXPECT_EQ(sql("SELECT count(*) FROM platform.login_failures WHERE key LIKE 'credential:%'"), "0")
        << "they would have to wait for it";
}

TEST_F(GuessingTest, OfADatabasesOwnPasswordHasToWaitToo) {
    const auto main = sql(fmt::format("SELECT id FROM platform.databases WHERE project_id = '{}'", project_of('a')));
    const auto test = [&](std::string_view host, std::string_view password) {
        auto body = at(host, target_role('a'));
        body["password"] = password;
        return sent(Method::post, "/api/v2/databases/test", std::move(body));
    };
    const auto failures = [&] {
        return sql(
            "SELECT string_agg(failures::text, ' ' ORDER BY key) FROM platform.login_failures WHERE key LIKE 'd%'"
        );
    };
    for (int n = 1; n <= 9; ++n)
        EXPECT_EQ(test("127.0.0.1", fmt::format("guess {}", n)), 200U) << "its failure is told";
    EXPECT_EQ(test("127.0.0.1", kTargetPassword), 200U);
    EXPECT_EQ(failures(), "9") << "a sign-in that passes is none, and does not clear the others";
    EXPECT_EQ(test("127.0.0.1", "guess 10"), 200U);
    EXPECT_EQ(test("127.0.0.1", kTargetPassword), 503U);
    EXPECT_EQ(sent(Method::post, "/api/v2/databases/" + main + "/test"), 503U) << "also by storing a guess first";
    EXPECT_EQ(failures(), "10") << "who has to wait is not counted";
    EXPECT_EQ(test("127.0.0.2", kTargetPassword), 200U) << "elsewhere";
    run(admin_, "UPDATE platform.login_failures SET locked_until = now()");
    EXPECT_EQ(sent(Method::post, "/api/v2/databases/" + main + "/test"), 200U);
}

}  // namespace
}  // namespace drydock::app
