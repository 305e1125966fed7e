#include "audit/signing.h"

#include <gtest/gtest.h>

namespace drydock::audit {
namespace {

crypto::Keyring ring(std::string text, std::string current) {
    auto loaded = crypto::Keyring::load({.text = Secret{std::move(text)}, .current = std::move(current)}, Limits{});
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *std::move(loaded);
}

const std::string kFirst = "k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const std::string kSecond = "k2 f0e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff";

TEST(SigningKeys, AreTheSameOnEachReplica) {
    const auto one = signing_keys(ring(kFirst, "k1"));
    const auto other = signing_keys(ring(kFirst, "k1"));
    ASSERT_TRUE(one && other);
    EXPECT_EQ(one->key.public_key(), other->key.public_key());
    EXPECT_EQ(one->trusted.size(), 1U);
}

TEST(SigningKeys, OfFormerMasterKeysCountAndSignNoMore) {
    const auto before = signing_keys(ring(kFirst, "k1"));
    const auto after = signing_keys(ring(kFirst + "\n" + kSecond, "k2"));
    ASSERT_TRUE(before && after);
    EXPECT_NE(after->key.public_key(), before->key.public_key());
    const Checkpoint checkpoint{
        .organization = std::string{kNoOrganization},
        .size = 7,
        .root = kFirstHash,
        .last_hash = kFirstHash,
        .signed_at = "now"
    };
    const auto note = crypto::sign_note(before->key, before->name, note_text(checkpoint));
    ASSERT_TRUE(note);
    EXPECT_EQ(open_checkpoint(*note, after->trusted)->size, 7);
    const auto alone = signing_keys(ring(kSecond, "k2"));
    EXPECT_EQ(open_checkpoint(*note, alone->trusted).error().code, ErrorCode::not_found);
}

TEST(Note, IsReadOnlyInTheFormThatItIsWrittenIn) {
    const Checkpoint checkpoint{
        .organization = std::string{kNoOrganization},
        .size = 7,
        .root = kFirstHash,
        .last_hash = kFirstHash,
        .signed_at = "now"
    };
    const auto text = note_text(checkpoint);
    EXPECT_EQ(note_text(read_note_text(text).value()), text);
    EXPECT_FALSE(read_note_text(""));
    EXPECT_FALSE(read_note_text(text + "more\n"));
    EXPECT_FALSE(read_note_text(text.substr(0, text.size() - 1)));
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto other = text;
        other[i] = '\n';
        EXPECT_EQ(read_note_text(other).has_value(), text[i] == '\n') << i;
    }
}

}  // namespace
}  // namespace drydock::audit
