#include <regex>

#include "cli/serving_pgtest.h"

// Signing in and out, people, tokens and the trail of what they do.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PeopleCommands : public ServedTest {
protected:
    std::string logins() { return folder.read("config/drydock/logins.json"); }
    // As if the access token had been good long ago.
    void spoil_access_token() {
        folder.write(
            "config/drydock/logins.json",
            std::regex_replace(logins(), std::regex{R"("access_token":"[^"]*")"}, R"("access_token":"a.b.c")")
        );
    }
};

TEST_F(PeopleCommands, WhoIsLoggedInIsKnownAndTheLoginIsKeptForTheirEyesAlone) {
    EXPECT_EQ(drydock({"whoami", "--json"}).json_at("/email"), kOwner);
    EXPECT_THAT(drydock({"whoami"}).out, HasSubstr("owner"));
    const auto mode = std::filesystem::status(folder.path() / "config/drydock/logins.json").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto again =
        drydock({"setup", "--token", serving().setup_token(), "--email", "eve@example.org", "--password-file", "pw"});
    EXPECT_NE(again.exit_code, 0) << "a setup token is good once";
}

TEST_F(PeopleCommands, AWrongPasswordIsRefusedAndAMissingOneIsAskedForNowhere) {
    folder.write("wrong", "not it\n");
    const auto wrong = drydock({"login", "--email", kOwner, "--password-file", "wrong"});
    EXPECT_EQ(wrong.exit_code, 8);
    EXPECT_THAT(wrong.err, Not(HasSubstr("not it")));
    const auto unasked = drydock({"login", "--email", kOwner});
    EXPECT_EQ(unasked.exit_code, 3);
    EXPECT_THAT(unasked.err, AllOf(HasSubstr("terminal"), HasSubstr("never as an argument")));
    folder.write("empty", "\n");
    EXPECT_EQ(drydock({"login", "--email", kOwner, "--password-file", "empty"}).exit_code, 3);
    EXPECT_EQ(drydock({"login", "--password-file", "pw"}).exit_code, 3) << "whom?";
    EXPECT_EQ(drydock({"whoami"}).exit_code, 0) << "the log-in from before is still there";
}

TEST_F(PeopleCommands, AnAccessTokenThatIsOverIsRenewedUnseen) {
    const auto before = logins();
    spoil_access_token();
    EXPECT_EQ(drydock({"whoami", "--json"}).json_at("/email"), kOwner);
    EXPECT_NE(logins(), before) << "the refresh token was spent";
    EXPECT_EQ(drydock({"whoami"}).exit_code, 0);
}

TEST_F(PeopleCommands, AfterALogOutCommandsSayHowToLogInAgain) {
    EXPECT_EQ(drydock({"logout", "--json"}).exit_code, 0);
    const auto out = drydock({"db", "list"});
    EXPECT_EQ(out.exit_code, 8);
    EXPECT_THAT(out.err, HasSubstr("drydock login"));
    EXPECT_EQ(drydock({"logout"}).exit_code, 0) << "whoever is logged out has what they wanted";
    log_in();
    // A session that was ended elsewhere can't be renewed either.
    const auto ended = drydock({"logout", "--everywhere"});
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_EQ(drydock({"whoami", "--json"}).json_at("/error/code"), "unauthenticated");
}

TEST_F(PeopleCommands, ADangerousCallNeedsAFreshProof) {
    serving().sql("UPDATE platform.sessions SET stepped_up_at = now() - interval '1 hour'");
    spoil_access_token();  // the server looks at the session anew
    const auto refused = drydock({"token", "create", "late"});
    EXPECT_EQ(refused.exit_code, 9) << refused.out << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("`drydock login`"));
    log_in();
    EXPECT_EQ(drydock({"token", "create", "late"}).exit_code, 0);
}

TEST_F(PeopleCommands, ATokenLetsAProgramInAndNoFurtherThanItSays) {
    const auto made = drydock({"token", "create", "reader", "--scope", "databases:read", "--read-only", "--days", "2"});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    ASSERT_THAT(made.out, StartsWith("ddk_"));
    EXPECT_THAT(drydock({"token", "list"}).out, AllOf(HasSubstr("reader"), HasSubstr("databases:read, read only")));

    environment.push_back("DRYDOCK_TOKEN=" + made.out.substr(0, made.out.size() - 1));
    EXPECT_EQ(drydock({"whoami", "--json"}).json_at("/via"), "api_token");
    EXPECT_EQ(drydock({"db", "list"}).exit_code, 0);
    EXPECT_EQ(drydock({"project", "create", "no"}).exit_code, 9);
    const auto dangerous = drydock({"token", "create", "more"});
    EXPECT_EQ(dangerous.exit_code, 9);
    EXPECT_THAT(dangerous.err, HasSubstr("API token"));
    environment.pop_back();

    EXPECT_EQ(drydock({"token", "revoke", "reader"}).exit_code, 0);
    environment.push_back("DRYDOCK_TOKEN=" + made.out.substr(0, made.out.size() - 1));
    EXPECT_EQ(drydock({"db", "list"}).exit_code, 8);
}

TEST_F(PeopleCommands, SomebodyIsInvitedJoinsIsPromotedAndLeaves) {
    const auto invited = drydock({"user", "invite", "grace@example.org", "--role", "viewer"});
    ASSERT_EQ(invited.exit_code, 0) << invited.err;
    EXPECT_THAT(drydock({"user", "invitations"}).out, HasSubstr("grace@example.org"));
    folder.write("invitation", invited.out);
    folder.write("pw2", "quite another long password\n");
    const auto joined =
        drydock({"user", "accept", "--token-file", "invitation", "--password-file", "pw2", "--name", "Grace", "--json"}
        );
    ASSERT_EQ(joined.exit_code, 0) << joined.out << joined.err;
    EXPECT_EQ(drydock({"login", "--email", "grace@example.org", "--password-file", "pw2"}).exit_code, 0);
    EXPECT_EQ(drydock({"whoami", "--json"}).json_at("/role"), "viewer");
    const auto denied = drydock({"project", "create", "graces"});
    EXPECT_EQ(denied.exit_code, 9);
    EXPECT_THAT(denied.err, HasSubstr("projects:write"));

    log_in();
    EXPECT_EQ(drydock({"user", "role", "grace@example.org", "admin"}).exit_code, 0);
    EXPECT_THAT(drydock({"user", "list"}).out, AllOf(HasSubstr("Grace"), HasSubstr("admin")));
    EXPECT_EQ(drydock({"user", "remove", "grace@example.org", "--yes"}).exit_code, 0);
    EXPECT_EQ(drydock({"user", "remove", "grace@example.org", "--yes"}).exit_code, 3);
    EXPECT_EQ(drydock({"user", "invite", "no address"}).exit_code, 3);
    ASSERT_EQ(drydock({"user", "invite", "joan@example.org"}).exit_code, 0);
    EXPECT_EQ(drydock({"user", "uninvite", "joan@example.org"}).exit_code, 0);
    EXPECT_THAT(drydock({"user", "invitations", "--json"}).json_at("/items"), "[]");
    EXPECT_EQ(drydock({"user", "service", "deploy", "--role", "viewer"}).exit_code, 0);
    EXPECT_EQ(drydock({"token", "create", "of-deploy", "--user", "deploy"}).exit_code, 0);
}

TEST_F(PeopleCommands, OrganizationsAreFoundedUsedAndClosed) {
    ASSERT_EQ(drydock({"org", "create", "lab", "--name", "The lab"}).exit_code, 0);
    EXPECT_EQ(drydock({"org", "use", "lab"}).exit_code, 0);
    EXPECT_EQ(drydock({"org", "show", "--json"}).json_at("/slug"), "lab");
    EXPECT_THAT(drydock({"db", "list"}).err + drydock({"db", "list"}).out, HasSubstr("no databases"));
    EXPECT_EQ(drydock({"org", "rename", "The laboratory"}).exit_code, 0);
    EXPECT_THAT(drydock({"org", "list"}).out, HasSubstr("The laboratory"));
    EXPECT_EQ(drydock({"org", "show", "--organization", "default", "--json"}).json_at("/slug"), "default");
    EXPECT_EQ(drydock({"org", "close", "lba", "--yes"}).exit_code, 3);
    EXPECT_EQ(drydock({"org", "close", "lab", "--yes"}).exit_code, 0);
    EXPECT_EQ(drydock({"org", "use", "default"}).exit_code, 0);
}

TEST_F(PeopleCommands, TheTrailIsListedExportedAndVerified) {
    ASSERT_EQ(drydock({"project", "create", "trailed"}).exit_code, 0);
    const auto list = drydock({"audit", "list", "--limit", "3", "--json"});
    EXPECT_EQ(list.json().at("items").as_array().size(), 3U);
    EXPECT_THAT(drydock({"audit", "list", "--action", "project."}).out, HasSubstr("trailed"));
    EXPECT_EQ(drydock({"audit", "verify", "--json"}).json_at("/whole"), "true");
    const auto exported = drydock({"audit", "export", "--output", "trail.ndjson", "--checkpoints", "notes"});
    EXPECT_EQ(exported.exit_code, 0) << exported.err;
    EXPECT_THAT(folder.read("trail.ndjson"), HasSubstr("trailed"));
    EXPECT_THAT(drydock({"audit", "export", "--no-personal-data"}).out, Not(HasSubstr(kOwner)));
}

TEST_F(PeopleCommands, JobsAndSchedules) {
    const auto job = drydock({"job", "run", "databases.test", "--wait", "--json"});
    EXPECT_EQ(job.exit_code, 0) << job.out << job.err;
    EXPECT_EQ(job.json_at("/state"), "succeeded");
    EXPECT_EQ(drydock({"job", "show", job.json_at("/id"), "--json"}).json_at("/attempts/0/outcome"), "succeeded");
    EXPECT_THAT(drydock({"job", "list", "--kind", "databases.test"}).out, HasSubstr("succeeded"));
    EXPECT_EQ(drydock({"job", "run", "databases.tset"}).exit_code, 3);
    EXPECT_EQ(drydock({"job", "run", "databases.test", "--args", "[1]"}).exit_code, 3);

    ASSERT_EQ(drydock({"schedule", "create", "nightly", "--kind", "audit.verify", "--cron", "0 3 * * *"}).exit_code, 0);
    EXPECT_EQ(drydock({"schedule", "create", "bad", "--kind", "audit.verify", "--cron", "61 * * * *"}).exit_code, 3);
    EXPECT_EQ(drydock({"schedule", "change", "nightly", "--disable"}).exit_code, 0);
    EXPECT_EQ(drydock({"schedule", "show", "nightly", "--json"}).json_at("/enabled"), "false");
    EXPECT_EQ(drydock({"schedule", "show", "nightly", "--json"}).json_at("/cron"), "0 3 * * *");
    EXPECT_EQ(drydock({"schedule", "run", "nightly"}).exit_code, 0);
    EXPECT_EQ(drydock({"schedule", "remove", "nightly", "--yes"}).exit_code, 0);
    EXPECT_EQ(drydock({"plan", "list"}).exit_code, 0);
    EXPECT_EQ(drydock({"usage"}).exit_code, 0);
    EXPECT_EQ(drydock({"invoice", "list", "--json"}).json_at("/items"), "[]");
}

}  // namespace
}  // namespace drydock::cli
