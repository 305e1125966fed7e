#include <gtest/gtest.h>

#include "identity/inside.h"
#include "identity/principal.h"
#include "identity/throttle.h"

namespace drydock::identity {
namespace {

TEST(Principal, AllowsWhatItHoldsAndNothingThatOnlyLooksLikeIt) {
    const Principal principal{.permissions = {"databases:read", "databases:test", "members:write"}};
    EXPECT_TRUE(principal.allows("databases:read"));
    EXPECT_TRUE(principal.allows("members:write"));
    for (const auto* const other :
         {"", "databases", "databases:", "databases:rea", "databases:reader", "DATABASES:READ"}) {
        EXPECT_FALSE(principal.allows(other)) << other;
    }
    EXPECT_FALSE(Principal{}.allows("databases:read"));
}

TEST(Principal, NeedsASessionAndAFreshProofForDangerousCalls) {
    EXPECT_TRUE(require_step_up({.stepped_up = true}));
    EXPECT_FALSE(require_step_up({.stepped_up = false}));
    EXPECT_FALSE(require_step_up({.via = Via::api_token, .stepped_up = true})) << "a program proves nothing";
    EXPECT_FALSE(require_session({.via = Via::api_token}));
}

TEST(Email, IsTakenWhenItCanBeSomebodys) {
    EXPECT_EQ(clean_email("  Ada@Example.org\n"), "Ada@Example.org");
    for (const std::string_view bad : {"", "@", "a@", "@b", "a@b@c", "a b@c", "a\tb@c", "a@b\xff", "no address"}) {
        EXPECT_EQ(clean_email(bad), "") << bad;
    }
    EXPECT_EQ(clean_email(std::string("a\0b@c", 5)), "");
    EXPECT_EQ(clean_email(std::string(250, 'a') + "@b.example"), "");
}

TEST(Turns, AreOfOneNameHoweverItIsWritten) {
    EXPECT_EQ(turn_of_name("ada@example.org"), turn_of_name("ADA@Example.org"));
    EXPECT_NE(turn_of_name("ada@example.org"), turn_of_second_factor("ada@example.org"));
    EXPECT_EQ(turn_of_name("ada@example.org").find("ada"), std::string::npos) << "a password in the wrong field";
}

TEST(Turns, AreOfOneAddressOrOneNetwork) {
    EXPECT_NE(turn_of_address("192.0.2.1"), turn_of_address("192.0.2.2"));
    EXPECT_EQ(turn_of_address("::ffff:192.0.2.1"), turn_of_address("192.0.2.1"));
    EXPECT_EQ(turn_of_address("2001:db8::1"), turn_of_address("2001:db8::ffff:1"));
    EXPECT_NE(turn_of_address("2001:db8::1"), turn_of_address("2001:db8:0:1::1"));
    EXPECT_EQ(turn_of_address(""), "");
    EXPECT_EQ(turn_of_address("a socket"), "");
}

}  // namespace
}  // namespace drydock::identity
