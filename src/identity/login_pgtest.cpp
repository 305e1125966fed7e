#include "identity/login.h"

#include "crypto/token.h"
#include "identity/identity_pgtest.h"

namespace drydock::identity {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

class Login : public IdentityTest {};

TEST_F(Login, GivesAnAccessTokenThatSaysWhoAsksAndWhatTheyMayDo) {
    const auto tokens = login("2@A.example ");
    EXPECT_EQ(tokens.organization_id, organization('a'));
    const auto principal = check(tokens);
    ASSERT_TRUE(principal) << principal.error().message << principal.error().detail;
    EXPECT_EQ((*principal)->user_id, user('a', "admin"));
    EXPECT_EQ((*principal)->role, "admin");
    EXPECT_TRUE((*principal)->allows("members:write"));
    EXPECT_FALSE((*principal)->allows("owners:write"));
    EXPECT_FALSE((*principal)->allows(""));
    EXPECT_TRUE((*principal)->stepped_up) << "a password was entered just now";
    EXPECT_EQ((*principal)->actor("r").via, "session:" + tokens.session_id);
    EXPECT_EQ(last_audited('a'), "session.opened|success");
}

// One answer for whatever is wrong, so that nobody learns who is there.
TEST_F(Login, AnswersTheSameWhateverIsWrong) {
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "member")));
    run(admin_, fmt::format("UPDATE platform.users SET password_hash = NULL WHERE id = '{}'", user('a', "viewer")));
    std::vector<Error> errors;
    for (const auto& [address, password] : std::vector<std::pair<std::string, std::string>>{
             {"nobody@a.example", std::string{kPassword}},
             {"1@a.example", "wrong"},
             {"3@a.example", std::string{kPassword}},
             {"4@a.example", std::string{kPassword}},
             {"system@drydock.invalid", std::string{kPassword}},
             {"no address", std::string{kPassword}},
             {"", ""},
             {"1@a.example\xff", std::string{kPassword}},
             {"token:" + std::string(64, 'a'), std::string{kPassword}},
             {"1@a.example", std::string(5000, 'x')},
         }) {
        const auto answer = try_login(address, password);
        ASSERT_FALSE(answer) << address;
        errors.push_back(answer.error());
    }
    for (const auto& error : errors) {
        EXPECT_EQ(error.code, ErrorCode::unauthenticated);
        EXPECT_EQ(error.message, errors.front().message);
        EXPECT_EQ(error.hint, errors.front().hint);
    }
    EXPECT_EQ(sql("SELECT count(*) FROM platform.sessions"), "0");
}

// As many statements, and one hash computed, for somebody unknown as for a wrong password.
TEST_F(Login, DoesTheSameWorkForSomebodyUnknown) {
    const auto rows_made = [&] {
        return sql(
            "SELECT (SELECT count(*) FROM platform.login_failures) || ' ' || (SELECT count(*) FROM platform.audit_log)"
        );
    };
    const auto before = rows_made();
    ASSERT_FALSE(try_login("nobody@a.example", "wrong"));
    const auto unknown = rows_made();
    ASSERT_FALSE(try_login("1@a.example", "wrong"));
    const auto known = rows_made();
    const auto difference = [](std::string_view from, std::string_view to) {
        return std::pair{
            std::stoi(std::string{to}) - std::stoi(std::string{from}),
            std::stoi(std::string{to.substr(to.find(' '))}) - std::stoi(std::string{from.substr(from.find(' '))})
        };
    };
    EXPECT_EQ(difference(before, unknown), (std::pair{2, 1})) << "the name and the address; a row of the trail";
    EXPECT_EQ(difference(unknown, known), (std::pair{1, 1})) << "the address is there already";
    EXPECT_EQ(sql("SELECT count(*) FROM platform.login_failures WHERE key LIKE '%example%'"), "0");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.audit_log WHERE login LIKE 'nobody%'"), "0")
        << "it may be a password in the wrong field";
}

TEST_F(Login, MakesANameWaitLongerAndLonger) {
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(try_login("1@a.example", "wrong"));
    EXPECT_FALSE(try_login("1@A.EXAMPLE")) << "also with the right password";
    EXPECT_TRUE(try_login("2@a.example")) << "another name";
    const auto delay = [&] {
        return sql(
            "SELECT extract(epoch FROM locked_until - last_failed_at)::int FROM platform.login_failures "
            "WHERE failures >= 5 AND key LIKE 'name:%'"
        );
    };
    const auto let_pass = [&] {
        run(admin_, "UPDATE platform.login_failures SET locked_until = now() WHERE key LIKE 'name:%'");
    };
    EXPECT_EQ(delay(), "1");
    let_pass();
    EXPECT_FALSE(try_login("1@a.example", "wrong"));
    EXPECT_EQ(delay(), "2");
    EXPECT_FALSE(try_login("1@a.example", "wrong"));
    EXPECT_EQ(delay(), "2") << "what has to wait does not count: else a name could be kept locked for good";
    run(admin_, "UPDATE platform.login_failures SET failures = 400, locked_until = now() WHERE key LIKE 'name:%'");
    EXPECT_FALSE(try_login("1@a.example", "wrong"));
    EXPECT_EQ(delay(), "900");
    let_pass();
    EXPECT_TRUE(try_login("1@a.example"));
    EXPECT_EQ(sql("SELECT count(*) FROM platform.login_failures WHERE key LIKE 'name:%'"), "0");
}

TEST_F(Login, ForgetsAttemptsAfterADay) {
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(try_login("1@a.example", "wrong"));
    run(admin_,
        "UPDATE platform.login_failures SET last_failed_at = now() - interval '25 hours', locked_until = now()");
    EXPECT_FALSE(try_login("1@a.example", "wrong"));
    EXPECT_EQ(sql("SELECT failures FROM platform.login_failures WHERE key LIKE 'name:%'"), "1");
}

TEST_F(Login, CountsAttemptsBeforeTheyAreMade) {
    const auto results = at_once(8, [&](int) { return outcome_of(try_login("1@a.example", "wrong")); });
    EXPECT_THAT(results, Each("unauthenticated"));
    EXPECT_EQ(sql("SELECT failures FROM platform.login_failures WHERE key LIKE 'name:%'"), "5")
        << "however many come at once, five are looked at before the delay";
}

TEST_F(Login, MakesAnAddressWaitThatTriesManyNames) {
    service().options.free_attempts_by_address = 3;
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(try_login(fmt::format("guess{}@a.example", i), "wrong"));
    EXPECT_FALSE(try_login("1@a.example"));
    EXPECT_TRUE(try_login("1@a.example", kPassword, {.address = "198.51.100.1"}));
    run(admin_, "UPDATE platform.login_failures SET locked_until = now() WHERE key LIKE 'address:%'");
    EXPECT_TRUE(try_login("1@a.example"));
    EXPECT_EQ(sql("SELECT max(failures) FROM platform.login_failures WHERE key LIKE 'address:%'"), "3")
        << "signing in with an account of one's own does not clear the attempts on others";
}

TEST_F(Login, CountsANetworkOfIpv6AsOneAddress) {
    service().options.free_attempts_by_address = 2;
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(try_login("nobody@a.example", "wrong", {.address = fmt::format("2001:db8:1:2::{}", i)}));
    }
    EXPECT_FALSE(try_login("1@a.example", kPassword, {.address = "2001:db8:1:2:ffff::1"}));
    EXPECT_TRUE(try_login("1@a.example", kPassword, {.address = "2001:db8:1:3::1"}));
}

TEST_F(Login, GivesANewSessionEachTimeWhateverTheBrowserHad) {
    const auto first = login("1@a.example");
    const auto second = login("1@a.example");
    EXPECT_NE(first.session_id, second.session_id);
    EXPECT_NE(first.refresh.reveal(), second.refresh.reveal());
    EXPECT_TRUE(check(first));
    EXPECT_TRUE(check(second));
}

TEST_F(Login, StoresNoTokenAsItIs) {
    const auto tokens = login("1@a.example");
    for (const auto& table : tenant_tables(admin_)) {
        const auto all = sql(fmt::format("SELECT string_agg(t::text, ' ') FROM platform.{} AS t", table));
        EXPECT_THAT(all, ::testing::Not(HasSubstr(tokens.refresh.reveal()))) << table;
        EXPECT_THAT(all, ::testing::Not(HasSubstr(tokens.access.reveal()))) << table;
        EXPECT_THAT(all, ::testing::Not(HasSubstr(std::string{kPassword}))) << table;
    }
}

TEST_F(Login, LetsInAPersonWithoutAnOrganization) {
    run(admin_, fmt::format("DELETE FROM platform.user_roles WHERE user_id = '{}'", user('a', "viewer")));
    const auto tokens = login("4@a.example");
    EXPECT_EQ(tokens.organization_id, "");
    const auto principal = who(tokens);
    EXPECT_FALSE(principal.is_member());
    EXPECT_THAT(principal.permissions, ::testing::IsEmpty());
}

class Bootstrap : public IdentityTest {
protected:
    Secret setup_token() { return ensure_setup_token(service().store, limits()).value().value(); }
    Result<Founded> found(const Secret& token, std::string_view email = "first@x.example") {
        return create_first_owner(
            service(),
            {.token = token,
             .email = std::string{email},
             .password = Secret{std::string{kPassword}},
             .display_name = "First",
             .peer = peer()},
            limits()
        );
    }
};

TEST_F(Bootstrap, MakesTheFirstOwnerWithATokenThatIsShownOnce) {
    const auto token = setup_token();
    EXPECT_EQ(sql("SELECT count(*) FROM platform.setup_tokens"), "1");
    const auto founded = found(token);
    ASSERT_TRUE(founded) << founded.error().message << founded.error().detail;
    const auto principal = who(login("first@x.example"));
    EXPECT_EQ(principal.role, "owner");
    EXPECT_EQ(principal.organization_id, founded->organization_id);
    EXPECT_EQ(outcome_of(found(token, "second@x.example")), "unauthenticated");
    EXPECT_FALSE(ensure_setup_token(service().store, limits()).value().has_value());
    EXPECT_EQ(
        sql("SELECT action FROM platform.audit_log ORDER BY occurred_at DESC LIMIT 1 OFFSET 1"),
        "organization.owner_created"
    );
}

TEST_F(Bootstrap, MakesOneOwnerHoweverManyTryAtOnce) {
    std::vector<Secret> tokens;
    for (int i = 0; i < 4; ++i) tokens.push_back(setup_token());
    const auto results = at_once(4, [&](int i) {
        return outcome_of(found(tokens[static_cast<std::size_t>(i)], fmt::format("first{}@x.example", i)));
    });
    EXPECT_EQ(std::ranges::count(results, "ok"), 1) << ::testing::PrintToString(results);
    EXPECT_EQ(
        sql("SELECT count(*) FROM platform.user_roles WHERE organization_id = '00000000-0000-4000-8000-000000000001'"),
        "1"
    );
    EXPECT_EQ(sql("SELECT count(*) FROM platform.users WHERE email LIKE 'first%'"), "1");
    EXPECT_EQ(sql("SELECT count(*) FROM platform.setup_tokens"), "0");
}

TEST_F(Bootstrap, RefusesATokenThatIsNotItsOwnAndAWeakPassword) {
    const auto token = setup_token();
    EXPECT_EQ(outcome_of(found(crypto::new_token(crypto::TokenKind::setup))), "unauthenticated");
    EXPECT_EQ(outcome_of(found(crypto::new_token(crypto::TokenKind::invite))), "unauthenticated");
    EXPECT_EQ(outcome_of(found(Secret{"ddk_s_x"})), "unauthenticated");
    EXPECT_EQ(outcome_of(found(token, "no address")), "invalid_argument");
    const auto weak =
        create_first_owner(service(), {.token = token, .email = "a@x.example", .password = Secret{"short"}}, limits());
    EXPECT_EQ(outcome_of(weak), "invalid_argument");
    run(admin_, "UPDATE platform.setup_tokens SET expires_at = now()");
    EXPECT_EQ(outcome_of(found(token)), "unauthenticated");
}

}  // namespace
}  // namespace drydock::identity
