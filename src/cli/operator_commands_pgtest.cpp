#include "cli/serving_pgtest.h"

// The operator's commands, beside a running server and without one.
namespace drydock::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class OperatorCommands : public ServedTest {
protected:
    // On the server's machine, with its settings.
    Answer operate(const std::vector<std::string>& words) {
        const auto before = environment;
        for (const auto& variable : serving().operators_environment()) environment.push_back(variable);
        std::vector<std::string> all{"operator"};
        all.insert(all.end(), words.begin(), words.end());
        auto answer = drydock(all);
        environment = before;
        return answer;
    }
    std::string trail(const std::string& action) {
        return serving().sql(
            fmt::format("SELECT via || ' ' || login FROM platform.audit_log WHERE action = '{}' LIMIT 1", action)
        );
    }
};

TEST_F(OperatorCommands, GiveALinkToWhoLostTheirPassword) {
    const auto link = operate({"reset-link", kOwner});
    ASSERT_EQ(link.exit_code, 0) << link.err;
    EXPECT_THAT(link.out, StartsWith("ddk_"));
    EXPECT_THAT(trail("user.reset_offered"), AllOf(StartsWith("operator "), HasSubstr("@")));
    folder.write("link", link.out);
    EXPECT_EQ(drydock({"user", "reset", "--token-file", "link", "--password-file", "pw"}).exit_code, 0);
    log_in();
    EXPECT_THAT(drydock({"audit", "list", "--action", "user.reset_offered"}).out, HasSubstr("operator "));
    const auto nobody = operate({"reset-link", "nobody@example.org"});
    EXPECT_EQ(nobody.exit_code, 3);
    EXPECT_THAT(nobody.err, AllOf(HasSubstr("no such person"), HasSubstr("address that they sign in with")));
    EXPECT_EQ(operate({"reset-link", "system@drydock.invalid"}).exit_code, 3) << "that is nobody";
}

TEST_F(OperatorCommands, DisableAPersonAtOnceAndEnableThemAgain) {
    EXPECT_EQ(operate({"disable", kOwner, "--json"}).json_at("/status"), "disabled");
    EXPECT_EQ(drydock({"login", "--email", kOwner, "--password-file", "pw"}).exit_code, 8);
    EXPECT_EQ(operate({"enable", kOwner}).exit_code, 0);
    log_in();
    EXPECT_THAT(trail("user.disabled"), StartsWith("operator "));
}

TEST_F(OperatorCommands, TakeASecondFactorAwayThatIsLost) {
    EXPECT_EQ(operate({"remove-second-factor", kOwner}).exit_code, 3) << "a question that nobody answers";
    const auto none = operate({"remove-second-factor", kOwner, "--yes"});
    EXPECT_EQ(none.exit_code, 3);
    EXPECT_THAT(none.err, HasSubstr("no second factor"));
    ASSERT_EQ(drydock({"user", "totp", "enable"}).exit_code, 0);
    serving().sql("UPDATE platform.second_factors SET confirmed_at = now()");
    EXPECT_EQ(drydock({"login", "--email", kOwner, "--password-file", "pw", "--code", "000000"}).exit_code, 8);
    EXPECT_EQ(operate({"remove-second-factor", kOwner, "--yes"}).exit_code, 0);
    log_in();
}

TEST_F(OperatorCommands, EraseAPersonForGood) {
    const auto only = operate({"erase", kOwner, "--yes"});
    EXPECT_EQ(only.exit_code, 3);
    EXPECT_THAT(only.err, HasSubstr("only owner"));
    for (const char* const email : {"gone@example.org", "left@example.org"}) {
        const auto invited = drydock({"user", "invite", email});
        folder.write("invitation", invited.out);
        ASSERT_EQ(drydock({"user", "accept", "--token-file", "invitation", "--password-file", "pw"}).exit_code, 0);
    }
    EXPECT_EQ(operate({"erase", "gone@example.org"}).exit_code, 3) << "a question that nobody answers";
    EXPECT_EQ(operate({"erase", "gone@example.org", "--yes"}).exit_code, 0);
    EXPECT_EQ(operate({"erase", "gone@example.org", "--yes"}).exit_code, 3);
    EXPECT_EQ(drydock({"user", "erase", "left@example.org", "--yes"}).exit_code, 0) << "by an owner of all they are in";
    EXPECT_THAT(drydock({"user", "list"}).out, AllOf(Not(HasSubstr("gone@")), Not(HasSubstr("left@"))));
    EXPECT_THAT(drydock({"audit", "export"}).out, AllOf(Not(HasSubstr("gone@")), Not(HasSubstr("left@"))));
    EXPECT_EQ(drydock({"audit", "verify", "--json"}).json_at("/whole"), "true");
}

TEST_F(OperatorCommands, NeedTheServersKeyAndDatabase) {
    EXPECT_EQ(drydock({"key", "new", "other.key"}).exit_code, 0);
    environment.push_back(serving().operators_environment().front());
    const auto keyless = drydock({"operator", "reset-link", kOwner});
    EXPECT_EQ(keyless.exit_code, 3);
    EXPECT_THAT(keyless.err, HasSubstr("no master key"));
    environment.push_back("DRYDOCK_KEK_FILE=other.key");
    const auto wrong = drydock({"operator", "reset-link", kOwner});
    EXPECT_NE(wrong.exit_code, 0) << wrong.out;
}

class OperatorWithoutServer : public ProgramTest {};

TEST_F(OperatorWithoutServer, WakesTheEmbeddedPostgreSqlAndHelpsAllTheSame) {
    environment.push_back("DRYDOCK_DATA_DIR=" + (folder.path() / "data").string());
    environment.push_back("XDG_CONFIG_HOME=" + (folder.path() / "config").string());
    folder.write("pw", std::string{kPassword} + "\n");
    std::vector<std::string> argv{"/usr/bin/env", "-i"};
    for (const auto& list : {clean_environment(), environment}) argv.insert(argv.end(), list.begin(), list.end());
    argv.insert(argv.end(), {DRYDOCK_BINARY, "serve", "--json", "--port", "0"});
    {
        ::drydock::testing::ChildProcess serving{argv, folder.path()};
        const auto line = serving.wait_for_line("\"setup_token\"");
        ASSERT_FALSE(line.empty()) << serving.output();
        const auto said = boost::json::parse(line);
        environment.push_back("DRYDOCK_URL=" + std::string{said.at("url").as_string()});
        const auto setup = drydock(
            {"setup",
             "--token",
             std::string{said.at("setup_token").as_string()},
             "--email",
             kOwner,
             "--password-file",
             "pw"}
        );
        EXPECT_EQ(setup.exit_code, 0) << setup.err;
        EXPECT_EQ(drydock({"operator", "disable", kOwner}).exit_code, 0) << "beside the server";
        serving.send(SIGTERM);
        EXPECT_EQ(serving.wait(), 0);
    }
    EXPECT_EQ(drydock({"pg", "stop"}).exit_code, 0);
    const auto enabled = drydock({"operator", "enable", kOwner});
    EXPECT_EQ(enabled.exit_code, 0) << enabled.err;
    EXPECT_EQ(drydock({"pg", "status", "--json"}).json_at("/state"), "running");
    EXPECT_EQ(drydock({"pg", "stop"}).exit_code, 0);
}

}  // namespace
}  // namespace drydock::cli
