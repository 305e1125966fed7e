#include "audit/merkle.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/bytes.h"

namespace drydock::audit {
namespace {

// RFC 6962, section 2.1, word for word: splits at the largest power of two.
std::string by_definition(const std::vector<std::string>& entries, std::size_t from, std::size_t to) {
    if (from == to) return crypto::sha256("");
    if (to - from == 1) return crypto::sha256(std::string{'\0'} + entries[from]);
    std::size_t half = 1;
    while (half * 2 < to - from) half *= 2;
    return crypto::sha256(
        std::string{'\x01'} + by_definition(entries, from, from + half) + by_definition(entries, from + half, to)
    );
}

TEST(MerkleTree, IsTheTreeOfTheDefinitionAtEachSizeAndGoesOnFromItsFrontier) {
    std::vector<std::string> entries;
    MerkleTree tree;
    for (int i = 0; i < 130; ++i) {
        ASSERT_EQ(tree.root(), by_definition(entries, 0, entries.size())) << i;
        auto resumed = MerkleTree::resume(tree.size(), tree.frontier());
        ASSERT_TRUE(resumed);
        tree = *std::move(resumed);
        entries.push_back("entry " + std::to_string(i));
        tree.add(entries.back());
    }
}

TEST(MerkleTree, HasTheRootsThatCertificateTransparencyPublished) {
    MerkleTree tree;
    EXPECT_EQ(hex(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    tree.add("");
    EXPECT_EQ(hex(tree.root()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    tree.add(std::string(1, '\0'));
    EXPECT_EQ(hex(tree.root()), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    tree.add("\x10");
    EXPECT_EQ(hex(tree.root()), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
}

TEST(MerkleTree, RefusesAFrontierOfAnotherSize) {
    EXPECT_FALSE(MerkleTree::resume(3, std::string(32, 'x')));
    EXPECT_FALSE(MerkleTree::resume(-1, ""));
    EXPECT_TRUE(MerkleTree::resume(0, ""));
}

}  // namespace
}  // namespace drydock::audit
