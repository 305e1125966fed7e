#include "crypto/signing.h"

#include <string>

#include <gmock/gmock.h>

#include "base/encoding.h"

namespace drydock::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Signing, gives_the_first_vector_of_rfc_8032) {
    const auto key =
        SigningKey::from_seed(*from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    ASSERT_TRUE(key);
    EXPECT_EQ(hex(key->public_key()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    EXPECT_EQ(
        hex(key->sign("")),
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
        "246551"
        "41438e7a100b"
    );
    EXPECT_FALSE(SigningKey::from_seed("short"));
}

TEST(Signing, tells_right_from_wrong) {
    const auto key = SigningKey::generate();
    const auto signature = key.sign("text");
    EXPECT_TRUE(verify_signature(key.public_key(), "text", signature));
    EXPECT_FALSE(verify_signature(key.public_key(), "text.", signature));
    EXPECT_FALSE(verify_signature(SigningKey::generate().public_key(), "text", signature));
    EXPECT_FALSE(verify_signature(key.public_key(), "text", signature.substr(1)));
    EXPECT_FALSE(verify_signature("", "text", signature));
    EXPECT_FALSE(verify_signature(std::string(32, '\0'), "text", std::string(64, '\0')));
    EXPECT_EQ(SigningKey::from_seed(key.reveal_seed())->public_key(), key.public_key());
    EXPECT_EQ(signing_key_id(key.public_key()).size(), 16U);
}

TEST(SignedNote, reads_the_example_that_other_implementations_have) {
    constexpr std::string_view kText =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const auto note = std::string{kText} +
                      "\n\xE2\x80\x94 PeterNeumann "
                      "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const auto public_key = from_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")->substr(1);
    const auto text = open_note(note, "PeterNeumann", public_key);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, kText);
    EXPECT_EQ(
        note_verifier("PeterNeumann", public_key), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    );
}

TEST(SignedNote, is_refused_when_altered_or_of_another) {
    const auto key = SigningKey::generate();
    const auto note = *sign_note(key, "drydock/audit", "audit\n12\nabc\n\nmore\n");
    EXPECT_EQ(*open_note(note, "drydock/audit", key.public_key()), "audit\n12\nabc\n\nmore\n");
    auto altered = note;
    altered[6] = '3';
    EXPECT_EQ(open_note(altered, "drydock/audit", key.public_key()).error().code, ErrorCode::conflict);
    EXPECT_EQ(open_note(note, "drydock/other", key.public_key()).error().code, ErrorCode::not_found);
    EXPECT_EQ(open_note(note, "drydock/audit", SigningKey::generate().public_key()).error().code, ErrorCode::not_found);
    for (std::size_t size = 0; size + 1 < note.size(); ++size) {
        ASSERT_FALSE(open_note(note.substr(0, size), "drydock/audit", key.public_key())) << size;
    }
    EXPECT_FALSE(open_note(note + "x\n", "drydock/audit", key.public_key()));
}

TEST(SignedNote, is_made_of_proper_texts_only) {
    const auto key = SigningKey::generate();
    EXPECT_FALSE(sign_note(key, "drydock", "no end"));
    EXPECT_FALSE(sign_note(key, "drydock", ""));
    EXPECT_FALSE(sign_note(key, "drydock", "tab\t\n"));
    EXPECT_FALSE(sign_note(key, "dry dock", "x\n"));
    EXPECT_FALSE(sign_note(key, "dry+dock", "x\n"));
    EXPECT_FALSE(sign_note(key, "", "x\n"));
}

}  // namespace
}  // namespace drydock::crypto
