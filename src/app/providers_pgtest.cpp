#include "app/server_pgtest.h"
#include "testing/oidc_provider.h"
#include "testing/socket_server.h"

// An account elsewhere is added to one's own in a browser, against a provider that others wrote.
namespace drydock::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ProvidersTest : public ServerTest {
protected:
    ProvidersTest() : ServerTest(use_provider) { build_world(); }
    static void SetUpTestSuite() {
        port() = testing::free_port();
        url() = fmt::format("http://127.0.0.1:{}", port());
        if (!testing::OidcServer::missing()) provider().emplace(url() + "/api/v2/sign-in/callback");
    }
    static void TearDownTestSuite() { provider().reset(); }
    void SetUp() override {
        if (const auto missing = testing::OidcServer::missing()) GTEST_SKIP() << *missing;
    }

    static std::uint16_t& port() {
        static std::uint16_t one = 0;
        return one;
    }
    static std::string& url() {
        static std::string one;
        return one;
    }
    static std::optional<testing::OidcServer>& provider() {
        static std::optional<testing::OidcServer> one;
        return one;
    }
    static void use_provider(ServeOptions& options) {
        options.public_url = url();
        options.http.listen = {{.address = "127.0.0.1", .port = port()}};
        if (!provider()) return;
        options.oidc = identity::OidcProvider{
            .name = "sso",
            .issuer = provider()->issuer(),
            .client_id = "drydock",
            .client_secret = Secret{testing::OidcServer::client_secret()},
            .plain_http = true,
        };
    }

    // Through the provider, and on to where it sends the browser.
    Answer come_back(const std::string& start, const std::string& cookie) const {
        const auto back = provider()->browse(start + "&login_hint=ada");
        return ask_port(port_, {.target = back.substr(url().size()), .headers = {{"Cookie", cookie}}});
    }
    static std::string cookie_of(const Answer& answer) {
        const auto set = answer.all("Set-Cookie");
        return set.empty() ? "none=" : set.front().substr(0, set.front().find(';'));
    }
};

TEST_F(ProvidersTest, APageAddsOneAndFromThenOnItLetsThemIn) {
    const auto owner = token('a', "owner");
    const std::string link = "/api/v2/me/providers/sso/link";
    const auto begun = ask(Method::post, link, owner, json::object{{"cookies", true}});
    ASSERT_EQ(begun.status, 201U) << begun.body;
    EXPECT_TRUE(begun.at("flow").is_null());
    EXPECT_THAT(begun.all("Set-Cookie").at(0), AllOf(HasSubstr("; HttpOnly"), HasSubstr("; SameSite=Lax")));
    const auto stranger = come_back(begun.text("url"), "drydock_oidc=");
    EXPECT_EQ(stranger.status, 401U) << "a browser that did not begin it: " << stranger.body;

    const auto anew = ask(Method::post, link, owner, json::object{{"cookies", true}});
    const auto linked = come_back(anew.text("url"), cookie_of(anew));
    EXPECT_EQ(linked.status, 303U) << linked.body;
    EXPECT_EQ(linked.header("Location"), "/#linked");

    // Whatever the request calls this server, the provider sends people to its public address.
    const auto start = ask_port(port_, {.target = "/api/v2/sign-in/sso/start", .host = "evil.example"});
    ASSERT_EQ(start.status, 303U) << start.body;
    const std::string there{start.header("Location")};
    EXPECT_THAT(there, AllOf(StartsWith(provider()->issuer()), Not(HasSubstr("evil"))));
    const auto in = come_back(there, cookie_of(start));
    EXPECT_EQ(in.header("Location"), "/") << in.body;

    const auto listed = ask(Method::get, "/api/v2/me/providers", owner);
    const auto items = listed.at("items").as_array();
    std::string id;
    for (const auto& item : items)
        if (item.at("issuer") == json::value(provider()->issuer())) id = item.at("id").as_string();
    ASSERT_FALSE(id.empty()) << listed.body;
    EXPECT_EQ(ask(Method::remove, "/api/v2/me/providers/" + id, token('a', "admin")).status, 404U);
    EXPECT_EQ(ask(Method::remove, "/api/v2/me/providers/" + id, owner).status, 204U);
}

TEST_F(ProvidersTest, WithoutACookieTheAddressIsBroughtBackByWhoBeganIt) {
    const auto begin = [&] {
        return ask(Method::post, "/api/v2/me/providers/sso/link", token('a', "admin"), json::object{});
    };
    const auto finish = [&](const Answer& begun, const std::string& address, std::string_view role) {
        const json::object body{{"flow", begun.text("flow")}, {"address", address}};
        return ask(Method::post, "/api/v2/me/providers/finish", token('a', role), body);
    };
    const auto begun = begin();
    const auto back = provider()->browse(begun.text("url") + "&login_hint=grace");
    EXPECT_EQ(finish(begun, "https://evil.example/?" + back, "admin").status, 400U);
    EXPECT_EQ(finish(begun, back, "member").status, 401U) << "not theirs";
    const auto anew = begin();
    const auto done = finish(anew, provider()->browse(anew.text("url") + "&login_hint=grace"), "admin");
    EXPECT_EQ(done.status, 200U) << done.body;
    EXPECT_EQ(done.text("email"), "grace@id.example");
}

}  // namespace
}  // namespace drydock::app
