#include "identity/second_factor.h"

#include "crypto/totp.h"
#include "identity/identity_pgtest.h"
#include "identity/password.h"

namespace drydock::identity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class SecondFactor : public IdentityTest {
protected:
    // The code of now, and by `shift` steps of 30 s.
    std::string code(int shift = 0) {
        const auto now = std::stoll(sql("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint"));
        return crypto::hotp(secret_, static_cast<std::uint64_t>(now / 30 + shift));
    }
    // Codes of steps that were not used yet, as if half an hour had passed.
    void later() { run(admin_, "UPDATE platform.second_factors SET last_step = last_step - 60"); }
    void enrol(const Principal& who) {
        const auto begun = begin_second_factor(service(), who, limits());
        ASSERT_TRUE(begun) << begun.error().message << begun.error().detail;
        secret_ = crypto::from_base32(begun->secret.reveal()).value();
        const auto codes = confirm_second_factor(service(), who, code(), peer(), limits());
        ASSERT_TRUE(codes) << codes.error().message << codes.error().detail;
        recovery_ = *codes;
        later();
    }
    Result<Tokens> second_step(const Secret& challenge, const std::string& given, const Peer& from = peer()) {
        return log_in_second_step(service(), {.challenge = challenge, .code = given, .peer = from}, limits());
    }
    Secret challenge() { return try_login("1@a.example").value().challenge; }

    std::string secret_;
    std::vector<Secret> recovery_;
};

TEST_F(SecondFactor, IsAskedForOnceItWasConfirmed) {
    const auto owner = who(login("1@a.example"));
    const auto begun = begin_second_factor(service(), owner, limits());
    ASSERT_TRUE(begun);
    EXPECT_THAT(begun->url.reveal(), HasSubstr("otpauth://totp/"));
    EXPECT_TRUE(try_login("1@a.example")->tokens) << "not yet confirmed";
    EXPECT_EQ(outcome_of(confirm_second_factor(service(), owner, "000000", peer(), limits())), "unauthenticated");
    enrol(owner);
    EXPECT_THAT(recovery_, SizeIs(10));
    EXPECT_EQ(last_audited('a'), "user.second_factor_added|success");

    const auto answer = try_login("1@a.example");
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->tokens);
    EXPECT_EQ(outcome_of(service().cache.check(answer->challenge.reveal(), {}, limits())), "unauthenticated")
        << "the challenge is no access token";
    EXPECT_EQ(outcome_of(begin_second_factor(service(), owner, limits())), "conflict");
    const auto tokens = second_step(answer->challenge, code());
    ASSERT_TRUE(tokens) << tokens.error().message;
    EXPECT_THAT(who(*tokens).methods, ::testing::ElementsAre("password", "totp"));
}

TEST_F(SecondFactor, TakesACodeOnceAlsoFromManyAtOnce) {
    enrol(who(login("1@a.example")));
    const auto asked = challenge();
    const auto given = code();
    const auto results = at_once(3, [&](int) { return outcome_of(second_step(asked, given)); });
    EXPECT_EQ(std::ranges::count(results, "ok"), 1) << ::testing::PrintToString(results);
    EXPECT_EQ(outcome_of(second_step(asked, given)), "unauthenticated");
    EXPECT_EQ(outcome_of(second_step(asked, code(-1))), "unauthenticated") << "one of before the last one neither";
}

TEST_F(SecondFactor, TakesARecoveryCodeOnce) {
    enrol(who(login("1@a.example")));
    const auto asked = challenge();
    const auto results = at_once(3, [&](int) { return outcome_of(second_step(asked, recovery_[0].reveal())); });
    EXPECT_EQ(std::ranges::count(results, "ok"), 1) << ::testing::PrintToString(results);
    EXPECT_EQ(outcome_of(second_step(asked, recovery_[0].reveal())), "unauthenticated");
    const auto tokens = second_step(challenge(), recovery_[1].reveal());
    ASSERT_TRUE(tokens);
    EXPECT_EQ(second_factor(service(), who(*tokens), limits())->recovery_codes_left, 8);
    const auto renewed = renew_recovery_codes(service(), who(*tokens), peer(), limits());
    ASSERT_TRUE(renewed);
    EXPECT_EQ(outcome_of(second_step(challenge(), recovery_[2].reveal())), "unauthenticated")
        << "the old ones are void";
    EXPECT_TRUE(second_step(challenge(), renewed->front().reveal()));
}

TEST_F(SecondFactor, IsGuessedNoFasterThanAPassword) {
    enrol(who(login("1@a.example")));
    const auto asked = challenge();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome_of(second_step(asked, "12345x")), "unauthenticated");
    EXPECT_EQ(outcome_of(second_step(challenge(), code())), "unauthenticated") << "the right one has to wait too";
    EXPECT_EQ(sql("SELECT failures FROM platform.login_failures WHERE key LIKE 'second_factor:%'"), "5")
        << "and the right password does not start it anew";
    run(admin_, "UPDATE platform.login_failures SET locked_until = now()");
    EXPECT_TRUE(second_step(challenge(), code()));
}

TEST_F(SecondFactor, TakesNoChallengeThatIsOldOrOfAnotherKind) {
    const auto tokens = login("1@a.example");
    enrol(who(tokens));
    EXPECT_EQ(outcome_of(second_step(tokens.access, code())), "unauthenticated");
    EXPECT_EQ(outcome_of(second_step(Secret{"x"}, code())), "unauthenticated");
    const auto asked = challenge();
    ASSERT_TRUE(log_out_everywhere(service(), who(tokens), peer(), limits()));
    EXPECT_EQ(outcome_of(second_step(asked, code())), "unauthenticated") << "the epoch has changed";
    run(admin_, fmt::format("UPDATE platform.users SET status = 'disabled' WHERE id = '{}'", user('a', "owner")));
    EXPECT_EQ(outcome_of(second_step(asked, code())), "unauthenticated");
}

TEST_F(SecondFactor, StaysWhenThePasswordIsReset) {
    enrol(who(login("1@a.example")));
    const auto link = make_reset_token_as_operator(service(), "1@a.example", "root@db1", limits());
    ASSERT_TRUE(link) << link.error().message << link.error().detail;
    ASSERT_TRUE(reset_password(service(), *link, Secret{"another long password"}, peer(), limits()));
    const auto answer = try_login("1@a.example", "another long password");
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->tokens);
    ASSERT_TRUE(remove_second_factor_as_operator(service(), "1@a.example", "root@db1", limits()));
    EXPECT_TRUE(try_login("1@a.example", "another long password")->tokens);
}

TEST_F(SecondFactor, IsStoredSealedAndSealedAnewForANewMasterKey) {
    enrol(who(login("1@a.example")));
    const auto stored = sql("SELECT t::text FROM platform.second_factors AS t");
    EXPECT_THAT(stored, Not(HasSubstr(secret_)));
    EXPECT_THAT(stored, Not(HasSubstr(crypto::base32(secret_))));
    EXPECT_THAT(stored, HasSubstr("ddk1."));

    const std::string both{std::string{kKeys} + "\nk2 " + std::string(63, '0') + '2'};
    Replica rotated(database_.conninfo(), both);
    const auto other = who(login("2@a.example"));
    EXPECT_EQ(begin_second_factor(rotated.service, other, limits()).error().message.substr(0, 14), "the master key")
        << "one that is not there, or no longer, seals nothing";
    run(admin_, "INSERT INTO platform.master_keys (id, check_value) VALUES ('k2', sha256('k2'))");
    EXPECT_EQ(reseal_second_factors(rotated.service, limits()).value(), 1);
    EXPECT_EQ(reseal_second_factors(rotated.service, limits()).value(), 0);
    EXPECT_EQ(sql("SELECT master_key_id FROM platform.second_factors"), "k2");
    EXPECT_EQ(control::schema::failure(admin_, "DELETE FROM platform.master_keys WHERE id = 'k2'").sqlstate, "23503");
    Replica without_the_old(database_.conninfo(), "k2 " + std::string(63, '0') + '2');
    const auto answer =
        log_in(without_the_old.service, {.email = "1@a.example", .password = Secret{std::string{kPassword}}}, limits());
    EXPECT_TRUE(log_in_second_step(without_the_old.service, {.challenge = answer->challenge, .code = code()}, limits())
    );
}

// Each row's secret opens in its own row only.
TEST_F(SecondFactor, OpensInNoOtherRow) {
    enrol(who(login("1@a.example")));
    const auto other = who(login("2@a.example"));
    ASSERT_TRUE(begin_second_factor(service(), other, limits()));
    run(admin_,
        fmt::format(
            "UPDATE platform.second_factors SET sealed_secret = (SELECT sealed_secret FROM platform.second_factors "
            "WHERE "
            "user_id = '{}') WHERE user_id = '{}'",
            user('a', "owner"),
            user('a', "admin")
        ));
    EXPECT_EQ(outcome_of(confirm_second_factor(service(), other, code(), peer(), limits())), "conflict");
}

class StepUps : public SecondFactor {
protected:
    void five_minutes_later() {
        run(admin_, "UPDATE platform.sessions SET stepped_up_at = now() - interval '5 minutes'");
    }
};

TEST_F(StepUps, HoldForFiveMinutes) {
    const auto tokens = login("1@a.example");
    enrol(who(tokens));
    five_minutes_later();
    ASSERT_FALSE(who(tokens).stepped_up);
    EXPECT_EQ(outcome_of(begin_second_factor(service(), who(tokens), limits())), "permission_denied");
    EXPECT_EQ(outcome_of(remove_second_factor(service(), who(tokens), peer(), limits())), "permission_denied");
    EXPECT_EQ(outcome_of(renew_recovery_codes(service(), who(tokens), peer(), limits())), "permission_denied");

    const auto prove = [&](const StepUp& proof) {
        return outcome_of(step_up(service(), who(tokens), proof, peer(), limits()));
    };
    EXPECT_EQ(prove({.password = Secret{"wrong"}}), "unauthenticated");
    EXPECT_EQ(last_audited('a'), "session.stepped_up|denied");
    EXPECT_EQ(prove({}), "unauthenticated");
    EXPECT_EQ(prove({.code = "000000"}), "unauthenticated");
    EXPECT_FALSE(who(tokens).stepped_up);
    EXPECT_EQ(prove({.code = code()}), "ok");
    EXPECT_TRUE(check(tokens).value()->stepped_up) << "at once";
    five_minutes_later();
    EXPECT_EQ(prove({.password = Secret{std::string{kPassword}}}), "ok");
    EXPECT_TRUE(check(tokens).value()->stepped_up);
    EXPECT_FALSE(who(login("2@a.example")).session_id == who(tokens).session_id);
}

// What a sign-in has to wait for can't be guessed through a session either.
TEST_F(StepUps, AreCountedWithAttemptsToSignIn) {
    const auto tokens = login("1@a.example");
    const auto principal = who(tokens);
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(step_up(service(), principal, {.password = Secret{"wrong"}}, peer(), limits()));
    }
    EXPECT_FALSE(step_up(service(), principal, {.password = Secret{std::string{kPassword}}}, peer(), limits()));
    EXPECT_FALSE(try_login("1@a.example"));
}

}  // namespace
}  // namespace drydock::identity
