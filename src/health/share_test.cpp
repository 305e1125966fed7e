#include "health/share.h"

#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace drydock::health {
namespace {

std::string owner_of(const std::string& id, const std::vector<std::string>& all) {
    std::string owner;
    for (const auto& replica : all) {
        if (!is_mine(id, replica, all)) continue;
        EXPECT_TRUE(owner.empty()) << id << " belongs to two";
        owner = replica;
    }
    return owner;
}

TEST(Share, GivesEachIdToOneReplicaAndEachReplicaAFairPart) {
    const std::vector<std::string> all = {"a", "b", "c"};
    std::map<std::string, int> counts;
    for (int i = 0; i < 3000; ++i) ++counts[owner_of(fmt::format("id-{}", i), all)];
    EXPECT_EQ(counts.size(), 3U);
    for (const auto& [replica, count] : counts) EXPECT_NEAR(count, 1000, 150) << replica;
}

TEST(Share, MovesOnlyWhatALostReplicaLeaves) {
    const std::vector<std::string> before = {"a", "b", "c"};
    const std::vector<std::string> after = {"c", "a"};
    for (int i = 0; i < 1000; ++i) {
        const auto id = fmt::format("id-{}", i);
        const auto owner = owner_of(id, before);
        if (owner == "b") continue;
        EXPECT_EQ(owner_of(id, after), owner);
    }
}

TEST(Share, GivesEverythingToOneThatIsAlone) {
    EXPECT_TRUE(is_mine("x", "a", {}));
    EXPECT_TRUE(is_mine("x", "a", std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace drydock::health
