#include "cli/in_terminal_pgtest.h"
#include "cli/serving_pgtest.h"
#include "testing/oidc_provider.h"
#include "testing/socket_server.h"

// An account elsewhere is added on the command line, by a person with a browser: a real provider, a real server.
namespace drydock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProviderCommands : public ProgramTest {
protected:
    void SetUp() override {
        if (const auto missing = ::drydock::testing::OidcServer::missing()) GTEST_SKIP() << *missing;
        const auto port = ::drydock::testing::free_port();
        const auto url = fmt::format("http://127.0.0.1:{}", port);
        provider.emplace(url + "/api/v2/sign-in/callback");
        serving.emplace(
            std::vector<std::string>{"--port", std::to_string(port)},
            std::vector<std::string>{
                "DRYDOCK_PROFILE=development",
                "DRYDOCK_PUBLIC_URL=" + url,
                "DRYDOCK_OIDC_ISSUER=" + provider->issuer(),
                "DRYDOCK_OIDC_CLIENT_ID=drydock",
                "DRYDOCK_OIDC_CLIENT_SECRET=" + ::drydock::testing::OidcServer::client_secret(),
            }
        );
        environment.push_back("XDG_CONFIG_HOME=" + (folder.path() / "config").string());
        environment.push_back("DRYDOCK_URL=" + serving->url());
        folder.write("pw", std::string{kPassword} + "\n");
        const auto setup =
            drydock({"setup", "--token", serving->setup_token(), "--email", kOwner, "--password-file", "pw"});
        ASSERT_EQ(setup.exit_code, 0) << setup.err;
    }

    std::optional<::drydock::testing::OidcServer> provider;
    std::optional<Serving> serving;
};

TEST_F(ProviderCommands, AnAccountElsewhereIsAddedListedAndTakenAway) {
    EXPECT_EQ(drydock({"user", "providers", "--json"}).json_at("/items"), "[]");
    InTerminal link{folder.path(), environment, {"user", "link"}};
    ASSERT_TRUE(link.wait_for("address: ")) << link.screen;
    const auto at = link.screen.find("http://");
    const auto start = link.screen.substr(at, link.screen.find_first_of("\r\n", at) - at);
    const auto back = provider->browse(start + "&login_hint=ada");
    link.type(back + "\n");
    EXPECT_EQ(link.exit_code(), 0) << link.screen;
    EXPECT_THAT(link.screen, HasSubstr("ada@id.example"));
    EXPECT_THAT(link.screen, Not(HasSubstr(back))) << "the code is not shown";
    EXPECT_THAT(drydock({"user", "providers"}).out, HasSubstr(provider->issuer()));
    EXPECT_EQ(drydock({"user", "link", "nobody"}).exit_code, 3);

    // A program that has a browser of its own comes in two steps.
    const auto begun = drydock({"user", "link", "--json"});
    folder.write("flow", begun.json_at("/flow") + "\n");
    folder.write("address", provider->browse(begun.json_at("/url") + "&login_hint=grace") + "\n");
    const auto done = drydock({"user", "link", "--flow-file", "flow", "--address-file", "address", "--json"});
    EXPECT_EQ(done.json_at("/email"), "grace@id.example") << done.out << done.err;
    EXPECT_EQ(drydock({"user", "link", "--flow-file", "flow", "--address-file", "address"}).exit_code, 8) << "once";

    const auto linked = drydock({"user", "providers", "--json"});
    ASSERT_EQ(linked.json().at("items").as_array().size(), 2U);
    EXPECT_EQ(drydock({"user", "unlink", linked.json_at("/items/0/id")}).exit_code, 0);
    serving->sql("UPDATE platform.users SET password_hash = NULL WHERE email = 'ada@example.org'");
    const auto last = drydock({"user", "unlink", provider->issuer()});
    EXPECT_EQ(last.exit_code, 3);
    EXPECT_THAT(last.err, HasSubstr("only way in"));
    EXPECT_EQ(drydock({"user", "password", "--first", "--password-file", "pw"}).exit_code, 0);
    EXPECT_EQ(drydock({"user", "unlink", provider->issuer()}).exit_code, 0);
}

}  // namespace
}  // namespace drydock::cli
