#include "identity/identity_pgtest.h"
#include "identity/oidc.h"
#include "testing/oidc_provider.h"

namespace drydock::identity {
namespace {

constexpr std::string_view kRedirect = "http://127.0.0.1:1/callback";

std::string parameter(const std::string& url, std::string_view name) {
    const auto at = url.find(fmt::format("{}=", name));
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 1;
    auto value = url.substr(begin, url.find('&', begin) - begin);
    for (auto escape = value.find("%"); escape != std::string::npos; escape = value.find("%", escape + 1)) {
        value.replace(escape, 3, 1, static_cast<char>(std::stoi(value.substr(escape + 1, 2), nullptr, 16)));
    }
    return value;
}

// Against a program that others wrote, and that knows nothing of us.
class OidcRealProvider : public IdentityTest {
protected:
    void SetUp() override {
        if (const auto missing = testing::OidcServer::missing()) GTEST_SKIP() << *missing;
        server_.emplace(std::string{kRedirect});
        oidc_.emplace(
            service(),
            [this](const net::HttpRequest& request, const Limits& limits) {
                return net::fetch(dialler_, request, limits);
            },
            std::vector<OidcProvider>{{
                .name = "real",
                .issuer = server_->issuer(),
                .client_id = "drydock",
                .client_secret = Secret{testing::OidcServer::client_secret()},
                .plain_http = true,
                .organization_id = organization('a'),
                .role = "member",
            }}
        );
    }
    // All the way through the provider and back.
    OidcReturn came_back(std::string_view account = "ada") {
        return came_back(oidc_->start("real", kRedirect, limits()), account);
    }
    OidcReturn came_back(const Result<OidcStart>& start, std::string_view account) {
        EXPECT_TRUE(start) << start.error().message << start.error().detail;
        const auto back = server_->browse(fmt::format("{}&login_hint={}", start.value().url, account));
        return {
            .flow = start->flow,
            .redirect_uri = std::string{kRedirect},
            .state = parameter(back, "state"),
            .code = parameter(back, "code"),
            .iss = parameter(back, "iss"),
            .error = parameter(back, "error"),
            .peer = peer(),
        };
    }

    net::Dialler dialler_{net::EgressPolicy::everything()};
    std::optional<testing::OidcServer> server_;
    std::optional<Oidc> oidc_;
};

TEST_F(OidcRealProvider, LetsAPersonInAndKnowsThemTheNextTime) {
    const auto answer = oidc_->finish(came_back(), limits());
    ASSERT_TRUE(answer) << answer.error().message << ' ' << answer.error().detail;
    const auto principal = who(*answer->login.tokens);
    EXPECT_EQ(principal.email, "ada@id.example");
    EXPECT_EQ(principal.role, "member");
    const auto again = oidc_->finish(came_back(), limits());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->login.tokens->user_id, principal.user_id);
    const auto other = oidc_->finish(came_back("grace"), limits());
    ASSERT_TRUE(other);
    EXPECT_NE(other->login.tokens->user_id, principal.user_id);
}

TEST_F(OidcRealProvider, GivesNothingForACodeThatWasUsedOrIsOfAnotherBrowser) {
    const auto first = came_back();
    ASSERT_TRUE(oidc_->finish(first, limits()));
    auto replayed = came_back();
    replayed.code = first.code;
    EXPECT_EQ(outcome_of(oidc_->finish(replayed, limits())), "unauthenticated");
    // A thief has code and state, and starts a sign-in of their own to get past us: the code needs the verifier too.
    const auto stolen = came_back();
    auto thief = came_back();
    thief.code = stolen.code;
    EXPECT_EQ(outcome_of(oidc_->finish(thief, limits())), "unauthenticated");
}

TEST_F(OidcRealProvider, IsAddedToTheAccountOfWhoIsSignedIn) {
    const auto owner = who(login("1@a.example"));
    const auto linked =
        oidc_->finish(came_back(oidc_->start_linking(owner, "real", kRedirect, limits()), "ada"), limits());
    ASSERT_TRUE(linked) << linked.error().message << ' ' << linked.error().detail;
    EXPECT_TRUE(linked->linked);
    EXPECT_EQ(oidc_->finish(came_back(), limits())->login.tokens->user_id, owner.user_id)
        << "whatever its address there";
    const auto admin = who(login("2@a.example"));
    const auto taken = came_back(oidc_->start_linking(admin, "real", kRedirect, limits()), "ada");
    EXPECT_EQ(outcome_of(oidc_->finish_linking(admin, taken, limits())), "conflict");
    const auto hers = came_back(oidc_->start_linking(admin, "real", kRedirect, limits()), "grace");
    EXPECT_EQ(outcome_of(oidc_->finish_linking(owner, hers, limits())), "unauthenticated");
    const auto again = came_back(oidc_->start_linking(admin, "real", kRedirect, limits()), "grace");
    EXPECT_EQ(outcome_of(oidc_->finish_linking(admin, again, limits())), "ok");
}

TEST_F(OidcRealProvider, LetsNobodyInWhoseAddressItHasNotVerified) {
    EXPECT_EQ(outcome_of(oidc_->finish(came_back("unverified"), limits())), "permission_denied");
}

TEST_F(OidcRealProvider, TellsAWrongSecretFromAWrongPerson) {
    oidc_.emplace(
        service(),
        [this](const net::HttpRequest& request, const Limits& limits) { return net::fetch(dialler_, request, limits); },
        std::vector<OidcProvider>{{
            .name = "real",
            .issuer = server_->issuer(),
            .client_id = "drydock",
            .client_secret = Secret{"wrong"},
            .plain_http = true,
        }}
    );
    EXPECT_EQ(outcome_of(oidc_->finish(came_back(), limits())), "unavailable");
}

}  // namespace
}  // namespace drydock::identity
