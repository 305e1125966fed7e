#include "changes/server_identity.h"

#include <gtest/gtest.h>

namespace drydock::changes {
namespace {

const ServerIdentity kOurs{.database = "16384", .server_start = "1795600800.000001", .plane = "16500", .system = "735"};

TEST(ServerIdentity, IsOneForTheSameServerEvenIfItsSystemIsNotToBeSeen) {
    EXPECT_TRUE(is_same(kOurs, kOurs));
    auto hidden = kOurs;
    hidden.system.clear();
    EXPECT_TRUE(is_same(kOurs, hidden));
    EXPECT_TRUE(is_same(hidden, hidden));
}

TEST(ServerIdentity, IsOneForAStandbyOrACopy) {
    auto copy = kOurs;
    copy.server_start = "1795604400.000001";
    EXPECT_TRUE(is_same(kOurs, copy));
}

TEST(ServerIdentity, IsAnotherForAClusterThatWasMadeFromTheSameImage) {
    auto sibling = kOurs;
    sibling.server_start = "1795604400.000001";
    sibling.plane.clear();
    EXPECT_FALSE(is_same(kOurs, sibling));
    sibling.plane = "16501";
    EXPECT_FALSE(is_same(kOurs, sibling));
}

TEST(ServerIdentity, IsAnotherForAnotherDatabaseOrServer) {
    auto neighbour = kOurs;
    neighbour.database = "16385";
    EXPECT_FALSE(is_same(kOurs, neighbour));
    auto stranger = kOurs;
    stranger.server_start = "1795604400.000001";
    stranger.system = "736";
    EXPECT_FALSE(is_same(kOurs, stranger));
    stranger.system.clear();
    EXPECT_FALSE(is_same(kOurs, stranger));
    auto ours = kOurs;
    ours.system.clear();
    EXPECT_FALSE(is_same(ours, stranger)) << "what neither tells is not the same";
}

}  // namespace
}  // namespace drydock::changes
