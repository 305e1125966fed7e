#include "base/encoding.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace drydock {
namespace {

TEST(Encoding, encodes_the_vectors_of_rfc_4648) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url("fo"), "Zm8");
    EXPECT_EQ(base64url("\xFF\xFE\xFD"), "__79");
    EXPECT_EQ(hex("\x01\xAB"), "01ab");
}

TEST(Encoding, refuses_texts_that_are_not_the_one_of_their_value) {
    for (const auto* const text : {"Zg", "Zg=", "Zh==", "Zg== ", " Zg==", "Zg==Zg==", "Z", "_w==", "Zg==\n"}) {
        EXPECT_FALSE(from_base64(text)) << text;
    }
    for (const auto* const text : {"Zg==", "Zh", "Z", "Zm9 ", "+w", "Zm8="}) EXPECT_FALSE(from_base64url(text)) << text;
    for (const auto* const text : {"0", "0g", "0x", " 00"}) EXPECT_FALSE(from_hex(text)) << text;
    EXPECT_EQ(from_hex("00fF"), std::string("\0\xFF", 2));
}

RC_GTEST_PROP(Encoding, every_encoding_reads_what_it_writes, (const std::string& bytes)) {
    RC_ASSERT(from_base64(base64(bytes)) == bytes);
    RC_ASSERT(from_base64url(base64url(bytes)) == bytes);
    RC_ASSERT(from_hex(hex(bytes)) == bytes);
}

TEST(Encoding, puts_in_percent_signs_what_has_a_meaning_in_an_address) {
    EXPECT_EQ(percent_encoded("a-._~Z9"), "a-._~Z9");
    EXPECT_EQ(percent_encoded("p@ss:/%?#"), "p%40ss%3A%2F%25%3F%23");
    EXPECT_EQ(percent_encoded("\xC3\xA4\n"), "%C3%A4%0A");
    EXPECT_EQ(percent_encoded("a/b c", "/"), "a/b%20c");
    EXPECT_EQ(percent_decoded("p%40ss+%2f"), "p@ss+/");
    for (const auto* const text : {"%", "%4", "%4g", "a%", "%%41", "% 41", "%+1"})
        EXPECT_FALSE(percent_decoded(text)) << text;
}

RC_GTEST_PROP(Encoding, percent_signs_are_read_as_they_were_written, (const std::string& bytes)) {
    RC_ASSERT(percent_decoded(percent_encoded(bytes)) == bytes);
}

TEST(Encoding, knows_a_uuid) {
    EXPECT_TRUE(is_uuid("0190a6c2-7b1d-7e33-8a4f-ABCDEF012345"));
    for (const auto* const text :
         {"",
          "0190a6c27b1d7e338a4fabcdef012345",
          "0190a6c2-7b1d-7e33-8a4f-abcdef01234g",
          "0190a6c2-7b1d-7e33-8a4f-abcdef0123456",
          "0190a6c2_7b1d-7e33-8a4f-abcdef012345"})
        EXPECT_FALSE(is_uuid(text)) << text;
}

}  // namespace
}  // namespace drydock
