#include "crypto/bytes.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace drydock::crypto {
namespace {

TEST(Bytes, hashes_as_the_standards_say) {
    // RFC 6234, RFC 4231 (case 2); BLAKE2b with 32 bytes of output from its reference implementation.
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(
        hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    EXPECT_EQ(hex(blake2b_256("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    EXPECT_NE(blake2b_256("abc", std::string(32, 'k')), blake2b_256("abc"));
}

TEST(Bytes, compares_content_and_length) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
}

TEST(Bytes, reads_uuids_in_either_case) {
    const auto bytes = uuid_bytes("00112233-4455-6677-8899-AABBCCDDEEFF");
    ASSERT_TRUE(bytes);
    EXPECT_EQ(uuid_text(*bytes), "00112233-4455-6677-8899-aabbccddeeff");
    EXPECT_FALSE(uuid_bytes("00112233445566778899aabbccddeeff"));
    EXPECT_FALSE(uuid_bytes("00112233-4455-6677-8899-aabbccddeef-"));
    EXPECT_FALSE(uuid_bytes("0011223344-55-6677-8899-aabbccddeeff"));
}

TEST(Bytes, tells_lists_of_fields_apart) {
    EXPECT_NE(Fields{}.text("ab").text("c").bytes(), Fields{}.text("a").text("bc").bytes());
    EXPECT_NE(Fields{}.text("").text("a").bytes(), Fields{}.text("a").text("").bytes());
    EXPECT_EQ(hex(Fields{}.text("ab").number(258).bytes()), "000000026162000000080000000000000102");
}

}  // namespace
}  // namespace drydock::crypto
