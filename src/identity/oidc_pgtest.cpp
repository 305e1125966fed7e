#include "identity/oidc.h"

#include <map>

#include <boost/json.hpp>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/signing.h"
#include "crypto/totp.h"
#include "identity/identity_pgtest.h"
#include "identity/second_factor.h"

namespace drydock::identity {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kRedirect = "https://drydock.example/callback";
constexpr std::string_view kIssuer = "https://id.example";

// A provider in this process, which does what a test tells it to.
class FakeProvider {
public:
    json::object document{
        {"issuer", kIssuer},
        {"authorization_endpoint", "https://id.example/auth"},
        {"token_endpoint", "https://id.example/token"},
        {"userinfo_endpoint", "https://id.example/me"},
        {"jwks_uri", "https://id.example/keys"},
        {"authorization_response_iss_parameter_supported", true},
    };
    json::object claims{};    // of the next ID token, over those that are right
    json::object userinfo{};  // where the token has no address
    crypto::SigningKey key = crypto::SigningKey::generate();
    std::string key_id = "k1";
    bool publish_old_key = false;
    int key_reads = 0;
    std::map<std::string, std::string, std::less<>> codes{};  // to the challenge they were given for
    std::int64_t now = 0;
    std::string nonce{};
    std::string authorization{};  // header of the last exchange

    // The browser's way through the provider: gives the code.
    std::string approve(const std::string& url) {
        const auto code = fmt::format("code-{}", ++given_);
        codes[code] = parameter(url, "code_challenge");
        nonce = parameter(url, "nonce");
        return code;
    }
    static std::string parameter(std::string_view url, std::string_view name) {
        for (const auto part : split(url.substr(url.find('?') + 1), '&')) {
            if (part.starts_with(fmt::format("{}=", name))) return std::string{part.substr(name.size() + 1)};
        }
        return {};
    }

    Result<net::HttpAnswer> answer(const net::HttpRequest& request) {
        if (request.url.ends_with("/.well-known/openid-configuration")) return ok(json::serialize(document));
        if (request.url.ends_with("/keys")) return ok(keys());
        if (request.url.ends_with("/me")) return ok(json::serialize(userinfo));
        if (request.url.ends_with("/token")) return exchange(request);
        return net::HttpAnswer{.status = 404};
    }

private:
    int given_ = 0;

    static net::HttpAnswer ok(std::string body) { return {.status = 200, .body = std::move(body)}; }
    std::string keys() {
        ++key_reads;
        return json::serialize(json::object{
            {"keys",
             {{{"kty", "OKP"},
               {"crv", "Ed25519"},
               {"alg", "EdDSA"},
               {"use", "sig"},
               {"kid", publish_old_key ? "k0" : key_id},
               {"x", base64url(key.public_key())}}}}
        });
    }
    Result<net::HttpAnswer> exchange(const net::HttpRequest& request) {
        for (const auto& header : request.headers) {
            if (header.name == "Authorization") authorization = header.value;
        }
        const auto code = codes.find(parameter("?" + request.body, "code"));
        const auto verifier = parameter("?" + request.body, "code_verifier");
        // Each code once, and for who holds the verifier.
        if (code == codes.end() || code->second != base64url(crypto::sha256(verifier))) {
            return net::HttpAnswer{.status = 400, .body = R"({"error":"invalid_grant"})"};
        }
        codes.erase(code);
        return ok(json::serialize(json::object{{"id_token", token()}, {"access_token", "a"}, {"token_type", "Bearer"}})
        );
    }
    std::string token() {
        json::object payload{
            {"iss", kIssuer},
            {"aud", "drydock"},
            {"sub", "ada"},
            {"nonce", nonce},
            {"iat", now},
            {"exp", now + 300},
            {"email", "ada@new.example"},
            {"email_verified", true},
            {"name", "Ada"},
        };
        for (const auto& claim : claims) {
            if (claim.value().is_null())
                payload.erase(claim.key());
            else
                payload[claim.key()] = claim.value();
        }
        const auto signed_text = base64url(json::serialize(json::object{{"alg", "EdDSA"}, {"kid", key_id}})) + "." +
                                 base64url(json::serialize(payload));
        return signed_text + "." + base64url(key.sign(signed_text));
    }
};

class OidcSignIn : public IdentityTest {
protected:
    OidcSignIn() {
        fake_.now = std::stoll(sql("SELECT floor(extract(epoch FROM now()))::bigint"));
        use({});
    }
    OidcProvider provider() const {
        return {
            .name = "company",
            .title = "Company",
            .issuer = std::string{kIssuer},
            .client_id = "drydock",
            .client_secret = Secret{"s e:cret"},
            .organization_id = organization('a'),
            .role = "viewer",
        };
    }
    void use(const std::function<void(OidcProvider&)>& change) {
        auto configured = provider();
        if (change) change(configured);
        oidc_.emplace(
            service(),
            [this](const net::HttpRequest& request, const Limits&) { return fake_.answer(request); },
            std::vector{configured}
        );
    }
    OidcReturn came_back(const OidcStart& start) {
        return {
            .flow = start.flow,
            .redirect_uri = std::string{kRedirect},
            .state = FakeProvider::parameter(start.url, "state"),
            .code = fake_.approve(start.url),
            .iss = std::string{kIssuer},
            .peer = peer(),
        };
    }
    OidcStart started() { return oidc_->start("company", kRedirect, limits()).value(); }
    Result<OidcAnswer> finished(const OidcReturn& answer) { return oidc_->finish(answer, limits()); }
    Result<OidcAnswer> sign_in() { return finished(came_back(started())); }
    std::string tried(const json::object& claims) {
        fake_.claims = claims;
        const auto outcome = outcome_of(sign_in());
        fake_.claims = {};
        return outcome;
    }

    FakeProvider fake_;
    std::optional<Oidc> oidc_;
};

TEST_F(OidcSignIn, SendsTheBrowserWithStateNonceAndChallenge) {
    const auto first = started();
    const auto second = started();
    EXPECT_THAT(first.url, ::testing::StartsWith("https://id.example/auth?response_type=code&client_id=drydock&"));
    EXPECT_THAT(first.url, HasSubstr("redirect_uri=https%3A%2F%2Fdrydock.example%2Fcallback"));
    EXPECT_THAT(first.url, HasSubstr("code_challenge_method=S256"));
    for (const auto* const name : {"state", "nonce", "code_challenge"}) {
        EXPECT_THAT(FakeProvider::parameter(first.url, name), SizeIs(43));
        EXPECT_NE(FakeProvider::parameter(first.url, name), FakeProvider::parameter(second.url, name));
    }
    EXPECT_THAT(
        sql("SELECT string_agg(f::text, ' ') FROM platform.oidc_flows AS f"),
        ::testing::Not(HasSubstr(first.flow.reveal()))
    );
    EXPECT_EQ(outcome_of(oidc_->start("other", kRedirect, limits())), "not_found");
}

TEST_F(OidcSignIn, MakesAPersonWhereThatIsConfiguredAndKnowsThemByIssuerAndSubject) {
    const auto answer = sign_in();
    ASSERT_TRUE(answer) << answer.error().message << answer.error().detail;
    const auto principal = who(*answer->login.tokens);
    EXPECT_EQ(principal.email, "ada@new.example");
    EXPECT_EQ(principal.role, "viewer");
    EXPECT_THAT(principal.methods, ::testing::ElementsAre("oidc"));
    EXPECT_EQ(fake_.authorization, "Basic " + base64("drydock:s%20e%3Acret"));
    // Another address of the same person.
    fake_.claims = {{"email", "ada@renamed.example"}};
    const auto again = sign_in();
    ASSERT_TRUE(again) << again.error().message << again.error().detail;
    EXPECT_EQ(who(*again->login.tokens).user_id, principal.user_id);
    EXPECT_FALSE(try_login("ada@new.example", ""));
    EXPECT_EQ(sql("SELECT count(*) FROM platform.users WHERE email LIKE 'ada@%'"), "1");
}

TEST_F(OidcSignIn, MakesNobodyUnlessConfigured) {
    use([](OidcProvider& one) { one.organization_id.clear(); });
    EXPECT_EQ(outcome_of(sign_in()), "permission_denied");
    use([](OidcProvider& one) { one.role = "owner"; });
    EXPECT_EQ(outcome_of(sign_in()), "permission_denied") << "never an owner";
    use({});
    run(admin_,
        fmt::format("UPDATE platform.organizations SET status = 'suspended' WHERE id = '{}'", organization('a')));
    EXPECT_EQ(outcome_of(sign_in()), "unauthenticated");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.users WHERE email LIKE 'ada@%'"), "0");
}

TEST_F(OidcSignIn, TakesNoTokenThatIsNotExactlyForThisSignIn) {
    EXPECT_EQ(tried({{"iss", "https://evil.example"}}), "unauthenticated");
    EXPECT_EQ(tried({{"aud", "another"}}), "unauthenticated");
    EXPECT_EQ(tried({{"aud", {"drydock", "another"}}}), "unauthenticated") << "for several, and not said for whom";
    EXPECT_EQ(tried({{"azp", "another"}}), "unauthenticated");
    EXPECT_EQ(tried({{"nonce", "another"}}), "unauthenticated");
    EXPECT_EQ(tried({{"nonce", nullptr}}), "unauthenticated");
    EXPECT_EQ(tried({{"exp", fake_.now - 120}}), "unauthenticated");
    EXPECT_EQ(tried({{"exp", nullptr}}), "unauthenticated");
    EXPECT_EQ(tried({{"iat", fake_.now - 3600}}), "unauthenticated") << "an old token";
    EXPECT_EQ(tried({{"sub", nullptr}}), "unauthenticated");
    EXPECT_EQ(tried({{"email_verified", false}}), "permission_denied");
    EXPECT_EQ(tried({{"email_verified", nullptr}}), "permission_denied");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.users WHERE email LIKE 'ada@%'"), "0");
    EXPECT_EQ(tried({{"aud", {"drydock", "another"}}, {"azp", "drydock"}}), "ok");
}

TEST_F(OidcSignIn, TakesNoAnswerTwiceNorWithoutWhatTheBrowserKept) {
    const auto start = started();
    const auto answer = came_back(start);
    auto wrong = answer;
    wrong.flow = Secret{};
    EXPECT_EQ(outcome_of(finished(wrong)), "unauthenticated");
    wrong.flow = started().flow;
    EXPECT_EQ(outcome_of(finished(wrong)), "unauthenticated") << "of another browser";
    wrong = answer;
    wrong.state = "x";
    EXPECT_EQ(outcome_of(finished(wrong)), "unauthenticated");
    const auto results = at_once(3, [&](int) { return outcome_of(finished(answer)); });
    EXPECT_EQ(std::ranges::count(results, "ok"), 1) << ::testing::PrintToString(results);

    auto replayed = came_back(started());
    replayed.code = answer.code;
    EXPECT_EQ(outcome_of(finished(replayed)), "unauthenticated") << "a code of another sign-in, or used before";
    const auto late = came_back(started());
    run(admin_, "UPDATE platform.oidc_flows SET expires_at = now()");
    EXPECT_EQ(outcome_of(finished(late)), "unauthenticated");
    auto denied = came_back(started());
    denied.error = "access_denied";
    EXPECT_EQ(outcome_of(finished(denied)), "unauthenticated");
}

// RFC 9207: one provider's answer does not pass for another's.
TEST_F(OidcSignIn, TakesNoAnswerOfAnotherIssuer) {
    auto answer = came_back(started());
    answer.iss = "https://evil.example";
    EXPECT_EQ(outcome_of(finished(answer)), "unauthenticated");
    answer = came_back(started());
    answer.iss.clear();
    EXPECT_EQ(outcome_of(finished(answer)), "unauthenticated") << "this provider always names itself";
    fake_.document.erase("authorization_response_iss_parameter_supported");
    use({});
    answer = came_back(started());
    answer.iss.clear();
    EXPECT_EQ(outcome_of(finished(answer)), "ok");
    fake_.document["issuer"] = "https://evil.example";
    use({});
    EXPECT_EQ(outcome_of(oidc_->start("company", kRedirect, limits())), "unavailable") << "nor its configuration";
    fake_.document["issuer"] = kIssuer;
    fake_.document["token_endpoint"] = "http://id.example/token";
    use({});
    EXPECT_EQ(outcome_of(oidc_->start("company", kRedirect, limits())), "unavailable") << "no secret in clear";
}

TEST_F(OidcSignIn, LetsInOnlyTheDomainsThatAreConfigured) {
    use([](OidcProvider& one) { one.email_domains = {"Company.example"}; });
    EXPECT_EQ(outcome_of(sign_in()), "permission_denied");
    EXPECT_EQ(tried({{"email", "ada@company.example"}}), "ok");
    EXPECT_EQ(tried({{"sub", "b"}, {"email", "ada@evil-company.example"}}), "permission_denied");
    EXPECT_EQ(tried({{"sub", "b"}, {"email", "ada@company.example.evil"}}), "permission_denied");
}

// Who can make an account of somebody's address at a provider does not get into theirs here.
TEST_F(OidcSignIn, LinksNobodyByTheirAddressAlone) {
    fake_.claims = {{"email", "1@a.example"}};
    const auto answer = sign_in();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_FALSE(answer->login.tokens);
    ASSERT_FALSE(answer->confirm.empty());
    const auto confirm = [&](std::string_view password) {
        return oidc_->confirm(answer->confirm, Secret{std::string{password}}, peer(), limits());
    };
    EXPECT_EQ(outcome_of(confirm("wrong")), "unauthenticated");
    EXPECT_EQ(
        outcome_of(oidc_->confirm(login("1@a.example").access, Secret{std::string{kPassword}}, peer(), limits())),
        "unauthenticated"
    );
    EXPECT_EQ(sql("SELECT count(*) FROM platform.user_identities"), "0");
    const auto confirmed = confirm(kPassword);
    ASSERT_TRUE(confirmed) << confirmed.error().message << confirmed.error().detail;
    EXPECT_EQ(confirmed->tokens->user_id, user('a', "owner"));
    EXPECT_EQ(sign_in()->login.tokens->user_id, user('a', "owner")) << "from now on without it";
    EXPECT_EQ(outcome_of(confirm(kPassword)), "conflict");
}

TEST_F(OidcSignIn, GuessesNoPasswordByTheWay) {
    fake_.claims = {{"email", "1@a.example"}};
    const auto answer = sign_in();
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(oidc_->confirm(answer->confirm, Secret{"wrong"}, peer(), limits()));
    EXPECT_FALSE(oidc_->confirm(answer->confirm, Secret{std::string{kPassword}}, peer(), limits()));
}

TEST_F(OidcSignIn, IsAddedByWhoIsSignedInAndRemovedAgain) {
    const auto tokens = login("1@a.example");
    auto start = oidc_->start_linking(who(tokens), "company", kRedirect, limits());
    ASSERT_TRUE(start) << start.error().message;
    ASSERT_TRUE(finished(came_back(*start)));
    EXPECT_EQ(sign_in()->login.tokens->user_id, user('a', "owner"));
    start = oidc_->start_linking(who(login("2@a.example")), "company", kRedirect, limits());
    EXPECT_EQ(outcome_of(finished(came_back(*start))), "conflict") << "belongs to somebody else";
    auto old = who(tokens);
    old.stepped_up = false;
    EXPECT_EQ(outcome_of(oidc_->start_linking(old, "company", kRedirect, limits())), "permission_denied");

    const auto linked = linked_providers(service(), who(tokens), limits()).value();
    ASSERT_THAT(linked, SizeIs(1));
    EXPECT_EQ(
        outcome_of(unlink_provider(service(), who(login("2@a.example")), linked[0].id, peer(), limits())), "not_found"
    );
    EXPECT_EQ(outcome_of(unlink_provider(service(), who(tokens), linked[0].id, peer(), limits())), "ok");
    const auto only = who(*sign_in()->login.tokens);
    const auto last = linked_providers(service(), only, limits()).value();
    EXPECT_EQ(outcome_of(unlink_provider(service(), only, last[0].id, peer(), limits())), "conflict")
        << "the only way in";
}

TEST_F(OidcSignIn, IsAddedToNoAccountButThatOfWhoBeganIt) {
    const auto tokens = login("1@a.example");
    const auto begun = [&] {
        return came_back(oidc_->start_linking(who(tokens), "company", kRedirect, limits()).value());
    };
    EXPECT_EQ(outcome_of(oidc_->finish_linking(who(login("2@a.example")), begun(), limits())), "unauthenticated");
    EXPECT_EQ(outcome_of(oidc_->finish_linking(who(tokens), came_back(started()), limits())), "unauthenticated")
        << "a sign-in is no linking";
    auto elsewhere = begun();
    elsewhere.flow = started().flow;
    EXPECT_EQ(outcome_of(finished(elsewhere)), "unauthenticated") << "in another browser";
    const auto late = begun();
    ASSERT_TRUE(log_out_everywhere(service(), who(tokens), peer(), limits()));
    EXPECT_EQ(outcome_of(finished(late)), "unauthenticated") << "whoever had the session is out";
    const auto again = login("1@a.example");
    const auto disabled = came_back(oidc_->start_linking(who(again), "company", kRedirect, limits()).value());
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "owner")));
    EXPECT_EQ(outcome_of(finished(disabled)), "unauthenticated");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.user_identities"), "0");
    run(admin_, fmt::format("UPDATE platform.users SET status = 'active' WHERE id = '{}'", user('a', "owner")));
    const auto third = login("1@a.example");
    const auto good = came_back(oidc_->start_linking(who(third), "company", kRedirect, limits()).value());
    const auto linked = oidc_->finish_linking(who(third), good, limits());
    ASSERT_TRUE(linked) << linked.error().message;
    EXPECT_TRUE(linked->linked);
    EXPECT_FALSE(linked->login.tokens) << "no sign-in comes of it";
    EXPECT_EQ(outcome_of(oidc_->finish_linking(who(third), good, limits())), "unauthenticated") << "once";
}

TEST_F(OidcSignIn, AsksForOurOwnSecondFactorAndRefusesWhoIsDisabled) {
    const auto tokens = *sign_in()->login.tokens;
    const auto begun = begin_second_factor(service(), who(tokens), limits());
    ASSERT_TRUE(begun) << begun.error().message;
    const auto secret = crypto::from_base32(begun->secret.reveal()).value();
    const auto code = [&] { return crypto::hotp(secret, static_cast<std::uint64_t>(fake_.now / 30)); };
    ASSERT_TRUE(confirm_second_factor(service(), who(tokens), code(), peer(), limits()));
    run(admin_, "UPDATE platform.second_factors SET last_step = last_step - 60");
    const auto answer = sign_in();
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->login.tokens);
    const auto second = log_in_second_step(service(), {.challenge = answer->login.challenge, .code = code()}, limits());
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_THAT(who(*second).methods, ::testing::ElementsAre("oidc", "totp"));
    run(admin_, "UPDATE platform.users SET status = 'disabled' WHERE email = 'ada@new.example'");
    EXPECT_EQ(outcome_of(sign_in()), "unauthenticated");
}

TEST_F(OidcSignIn, ReadsNewKeysWhenTheyAreUnknownAndNotEachTime) {
    fake_.publish_old_key = true;
    EXPECT_EQ(outcome_of(sign_in()), "unauthenticated");
    const auto reads = fake_.key_reads;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome_of(sign_in()), "unauthenticated");
    EXPECT_EQ(fake_.key_reads, reads) << "not more than once a minute";
    fake_.publish_old_key = false;
    use({});
    EXPECT_TRUE(sign_in());
}

TEST_F(OidcSignIn, AsksForTheAddressWhereTheTokenHasNone) {
    fake_.claims = {{"email", nullptr}, {"email_verified", nullptr}};
    fake_.userinfo = {{"sub", "somebody else"}, {"email", "ada@new.example"}, {"email_verified", true}};
    EXPECT_EQ(outcome_of(sign_in()), "unauthenticated");
    fake_.userinfo["sub"] = "ada";
    EXPECT_TRUE(sign_in());
}

}  // namespace
}  // namespace drydock::identity
