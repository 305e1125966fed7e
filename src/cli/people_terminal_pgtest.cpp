#include "cli/in_terminal_pgtest.h"
#include "cli/serving_pgtest.h"

// The commands of the control plane at a terminal: passwords that nobody sees, proofs that are asked for, questions.
namespace drydock::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PeopleAtATerminal : public ServedTest {};

TEST_F(PeopleAtATerminal, APasswordIsAskedForAndNotShown) {
    InTerminal login{folder.path(), environment, {"login", "--email", kOwner}};
    ASSERT_TRUE(login.wait_for("password: ")) << login.screen;
    login.type(std::string{kPassword} + "\n");
    EXPECT_EQ(login.exit_code(), 0) << login.screen;
    EXPECT_THAT(login.screen, Not(HasSubstr("battery")));
    EXPECT_THAT(login.screen, HasSubstr("logged in"));
}

TEST_F(PeopleAtATerminal, CtrlCAtAPasswordIsExitCode130) {
    InTerminal login{folder.path(), environment, {"login", "--email", kOwner}};
    ASSERT_TRUE(login.wait_for("password: ")) << login.screen;
    login.type("\x03");
    EXPECT_EQ(login.exit_code(), 130) << login.screen;
}

TEST_F(PeopleAtATerminal, ADangerousCallAsksForAProofAndThenGoesOn) {
    // The server asks the database anew about a session that it has not seen for a while: that of a new log-in.
    EXPECT_EQ(drydock({"login", "--email", kOwner, "--password-file", "pw"}).exit_code, 0);
    serving().sql("UPDATE platform.sessions SET stepped_up_at = now() - interval '1 hour'");
    InTerminal create{folder.path(), environment, {"token", "create", "proven"}};
    ASSERT_TRUE(create.wait_for("password: ")) << create.screen;
    create.type(std::string{kPassword} + "\n");
    EXPECT_EQ(create.exit_code(), 0) << create.screen;
    EXPECT_THAT(create.screen, HasSubstr("ddk_p_"));
    EXPECT_THAT(create.screen, Not(HasSubstr("battery")));
}

TEST_F(PeopleAtATerminal, WhatCanNotBeTakenBackIsAskedAboutFirst) {
    ASSERT_EQ(drydock({"project", "create", "kept"}).exit_code, 0);
    InTerminal asked{folder.path(), environment, {"project", "remove", "kept"}};
    ASSERT_TRUE(asked.wait_for("[y/N] ")) << asked.screen;
    asked.type("n\n");
    EXPECT_EQ(asked.exit_code(), 130);
    EXPECT_THAT(asked.screen, HasSubstr("nothing was done"));
    EXPECT_EQ(drydock({"project", "show", "kept"}).exit_code, 0);
    InTerminal agreed{folder.path(), environment, {"project", "remove", "kept"}};
    ASSERT_TRUE(agreed.wait_for("[y/N] ")) << agreed.screen;
    agreed.type("y\n");
    EXPECT_EQ(agreed.exit_code(), 0);
    EXPECT_EQ(drydock({"project", "show", "kept"}).exit_code, 3);
}

}  // namespace
}  // namespace drydock::cli
