#include "cli/in_terminal_pgtest.h"
#include "cli/serving_pgtest.h"
#include "crypto/totp.h"

// One's own account: password, second factor, sessions, and the way back in.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class AccountCommands : public ServedTest {
protected:
    AccountCommands() { folder.write("pw2", "quite another long password\n"); }

    // Somebody else of the organization, who is logged in from here on.
    void become(const std::string& email, const std::string& role = "member") {
        const auto invited = drydock({"user", "invite", email, "--role", role});
        ASSERT_EQ(invited.exit_code, 0) << invited.err;
        folder.write("invitation", invited.out);
        ASSERT_EQ(drydock({"user", "accept", "--token-file", "invitation", "--password-file", "pw2"}).exit_code, 0);
        ASSERT_EQ(log_in_as(email).exit_code, 0);
    }
    Answer log_in_as(const std::string& email, const char* password = "pw2", const std::string& code = {}) {
        std::vector<std::string> words{"login", "--email", email, "--password-file", password};
        if (!code.empty()) words.insert(words.end(), {"--code", code});
        return drydock(words);
    }
    // The code of the app in this step of half a minute, or of the next one; the server takes both.
    static std::string code(const std::string& secret, std::int64_t later = 0) {
        static const auto begin = crypto::totp_step(std::chrono::system_clock::now());
        return crypto::hotp(crypto::from_base32(secret).value(), static_cast<std::uint64_t>(begin + later));
    }
};

TEST_F(AccountCommands, APasswordIsChangedWithTheOldOneAndTheSessionGoesOn) {
    become("pia@example.org");
    folder.write("pw3", "a third password of length\n");
    const auto wrong = drydock({"user", "password", "--current-file", "pw", "--password-file", "pw3"});
    EXPECT_EQ(wrong.exit_code, 8);
    EXPECT_THAT(wrong.err, AllOf(HasSubstr("password is wrong"), Not(HasSubstr("drydock login"))));
    EXPECT_EQ(
        serving().sql("SELECT count(*) FROM platform.audit_log WHERE action = 'user.password_changed' AND "
                      "outcome = 'denied'"),
        "1"
    ) << "a refused proof is not sent again with another token";
    const auto done = drydock({"user", "password", "--current-file", "pw2", "--password-file", "pw3", "--json"});
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    EXPECT_EQ(drydock({"whoami", "--json"}).json_at("/email"), "pia@example.org");
    EXPECT_EQ(log_in_as("pia@example.org").exit_code, 8);
    EXPECT_EQ(log_in_as("pia@example.org", "pw3").exit_code, 0);
    folder.write("weak", "password1234\n");
    EXPECT_EQ(drydock({"user", "password", "--current-file", "pw3", "--password-file", "weak"}).exit_code, 3);
}

TEST_F(AccountCommands, ASecondFactorIsSetUpAskedForRenewedAndTakenAway) {
    become("tim@example.org");
    EXPECT_EQ(drydock({"user", "totp", "--json"}).json_at("/confirmed"), "false");
    const auto begun = drydock({"user", "totp", "enable"});
    ASSERT_EQ(begun.exit_code, 0) << begun.err;
    const auto secret = begun.out.substr(0, begun.out.find('\n'));
    EXPECT_THAT(begun.out, AllOf(HasSubstr("\notpauth://totp/drydock"), HasSubstr("secret=" + secret)));
    EXPECT_EQ(log_in_as("tim@example.org").exit_code, 0) << "not in force before it is confirmed";

    const auto confirmed = drydock({"user", "totp", "enable", "--code", code(secret)});
    ASSERT_EQ(confirmed.exit_code, 0) << confirmed.err;
    EXPECT_EQ(std::ranges::count(confirmed.out, '\n'), 10) << confirmed.out;
    EXPECT_EQ(drydock({"user", "totp", "status", "--json"}).json_at("/recovery_codes_left"), "10");
    EXPECT_EQ(drydock({"user", "totp", "enable", "--json"}).json_at("/error/code"), "conflict");

    const auto renewed = drydock({"user", "totp", "recovery-codes", "--json"});
    const auto first = renewed.json_at("/recovery_codes/0");
    EXPECT_EQ(log_in_as("tim@example.org", "pw2", confirmed.out.substr(0, confirmed.out.find('\n'))).exit_code, 8)
        << "the former codes are void";
    EXPECT_EQ(log_in_as("tim@example.org", "pw2", code(secret)).exit_code, 8) << "a code is good once";
    EXPECT_EQ(log_in_as("tim@example.org", "pw2", code(secret, 1)).exit_code, 0);
    EXPECT_EQ(log_in_as("tim@example.org", "pw2", first).exit_code, 0);
    EXPECT_EQ(drydock({"user", "totp", "--json"}).json_at("/recovery_codes_left"), "9");

    EXPECT_EQ(drydock({"user", "totp", "disable"}).exit_code, 3) << "a question that nobody answers";
    EXPECT_EQ(drydock({"user", "totp", "disable", "--yes"}).exit_code, 0);
    EXPECT_EQ(log_in_as("tim@example.org").exit_code, 0);
    EXPECT_THAT(drydock({"user", "totp", "enabel"}).err, HasSubstr("enable"));
}

TEST_F(AccountCommands, AtATerminalASecondFactorIsConfirmedInOneGo) {
    become("tom@example.org");
    InTerminal enable{folder.path(), environment, {"user", "totp", "enable"}};
    ASSERT_TRUE(enable.wait_for("code of the app: ")) << enable.screen;
    const auto at = enable.screen.find("secret=") + 7;
    enable.type(code(enable.screen.substr(at, enable.screen.find_first_of("&\r\n", at) - at)) + "\n");
    EXPECT_EQ(enable.exit_code(), 0) << enable.screen;
    EXPECT_EQ(drydock({"user", "totp", "--json"}).json_at("/recovery_codes_left"), "10");
}

TEST_F(AccountCommands, SessionsAreListedAndEndedOneByOneOrAllButThisOne) {
    become("sam@example.org");
    const auto elsewhere = folder.read("config/drydock/logins.json");
    ASSERT_EQ(log_in_as("sam@example.org").exit_code, 0);
    ASSERT_EQ(log_in_as("sam@example.org").exit_code, 0);
    const auto list = drydock({"user", "sessions", "--json"});
    ASSERT_EQ(list.json().at("items").as_array().size(), 3U) << list.out;
    EXPECT_EQ(list.json_at("/items/0/current"), "true");
    EXPECT_THAT(drydock({"user", "sessions"}).out, AllOf(HasSubstr("here"), HasSubstr("password")));
    EXPECT_EQ(drydock({"user", "end-session"}).exit_code, 3);
    EXPECT_EQ(drydock({"user", "end-session", list.json_at("/items/1/id")}).exit_code, 0);
    EXPECT_EQ(drydock({"user", "end-session", list.json_at("/items/1/id")}).exit_code, 3);
    const auto others = drydock({"user", "end-session", "--others", "--json"});
    EXPECT_EQ(others.json_at("/ended/0"), list.json_at("/items/2/id"));
    EXPECT_EQ(drydock({"user", "sessions", "--json"}).json().at("items").as_array().size(), 1U);
    folder.write("config/drydock/logins.json", elsewhere);
    EXPECT_EQ(drydock({"whoami"}).exit_code, 8) << "the first log-in was one of the others";
}

TEST_F(AccountCommands, WhoLostTheirPasswordGetsALinkFromAnOwnerOfAllTheirOrganizations) {
    become("lea@example.org", "admin");
    const auto denied = drydock({"user", "reset-link", kOwner});
    EXPECT_EQ(denied.exit_code, 9) << "an administrator would become an owner by it";
    log_in();
    const auto link = drydock({"user", "reset-link", "lea@example.org"});
    ASSERT_EQ(link.exit_code, 0) << link.err;
    EXPECT_THAT(link.out, StartsWith("ddk_"));
    EXPECT_THAT(link.err, HasSubstr("drydock user reset"));
    folder.write("link", link.out);
    folder.write("pw3", "a third password of length\n");
    const auto done = drydock({"user", "reset", "--token-file", "link", "--password-file", "pw3"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    const auto again = drydock({"user", "reset", "--token-file", "link", "--password-file", "pw2"});
    EXPECT_EQ(again.exit_code, 8);
    EXPECT_THAT(again.err, AllOf(HasSubstr("link is not valid"), HasSubstr("Ask for a new one")));
    EXPECT_EQ(drydock({"whoami", "--json"}).json_at("/email"), kOwner) << "who is logged in here stays so";
    EXPECT_EQ(log_in_as("lea@example.org", "pw3").exit_code, 0);

    serving().sql(
        "INSERT INTO platform.organizations (slug, name) VALUES ('elsewhere', 'Elsewhere'); INSERT INTO "
        "platform.user_roles SELECT o.id, u.id, 'viewer' FROM platform.organizations AS o, platform.users AS u WHERE "
        "o.slug = 'elsewhere' AND u.email = 'lea@example.org'"
    );
    log_in();
    const auto theirs_too = drydock({"user", "reset-link", "lea@example.org"});
    EXPECT_EQ(theirs_too.exit_code, 3);
    EXPECT_THAT(theirs_too.err, HasSubstr("operator of the server"));
    const auto mistyped = drydock({"user", "reset-link", "lea@example.com"});
    EXPECT_THAT(mistyped.err, HasSubstr("did you mean lea@example.org?"));
}

}  // namespace
}  // namespace drydock::cli
