#include "crypto/totp.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "crypto/bytes.h"

namespace drydock::crypto {
namespace {

using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;
using ::testing::MatchesRegex;

const std::string kSecret = "12345678901234567890";

TEST(Totp, gives_the_vectors_of_rfc_4226_and_6238) {
    EXPECT_EQ(hotp(kSecret, 0), "755224");
    EXPECT_EQ(hotp(kSecret, 1), "287082");
    EXPECT_EQ(hotp(kSecret, 9), "520489");
    const std::pair<std::int64_t, std::string_view> vectors[] = {
        {59, "94287082"},
        {1111111109, "07081804"},
        {1111111111, "14050471"},
        {1234567890, "89005924"},
        {2000000000, "69279037"}
    };
    for (const auto& [time, code] : vectors) {
        EXPECT_EQ(hotp(kSecret, static_cast<std::uint64_t>(totp_step(Time{seconds{time}})), 8), code);
    }
    EXPECT_EQ(hotp(kSecret, 20000000000 / 30, 8), "65353130");
}

TEST(Totp, takes_codes_of_the_step_before_and_after_and_no_others) {
    const Time now{seconds{30'000}};  // the beginning of step 1000
    for (std::uint64_t step = 995; step <= 1005; ++step) {
        const auto matched = verify_totp(kSecret, hotp(kSecret, step), now);
        EXPECT_EQ(matched.has_value(), step >= 999 && step <= 1001) << step;
        EXPECT_EQ(matched.value_or(static_cast<std::int64_t>(step)), static_cast<std::int64_t>(step));
    }
    for (const auto* const code : {"", "12345", "1234567", "abcdef", "000000 "})
        EXPECT_FALSE(verify_totp(kSecret, code, now));
}

TEST(Totp, takes_each_code_once_when_told_the_last) {
    const Time now{seconds{30'000}};
    const auto first = verify_totp(kSecret, hotp(kSecret, 1000), now);
    ASSERT_TRUE(first);
    EXPECT_FALSE(verify_totp(kSecret, hotp(kSecret, 1000), now, first));
    EXPECT_FALSE(verify_totp(kSecret, hotp(kSecret, 999), now, first));
    EXPECT_TRUE(verify_totp(kSecret, hotp(kSecret, 1001), now, first));
}

TEST(Totp, writes_addresses_that_apps_read) {
    EXPECT_EQ(
        totp_url(kSecret, "Dry dock", "a:b@example.com").reveal(),
        "otpauth://totp/Dry%20dock:a%3Ab%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Dry%20dock"
        "&algorithm=SHA1&digits=6&period=30"
    );
    EXPECT_EQ(new_totp_secret().reveal().size(), 20U);
}

TEST(Base32, gives_the_vectors_of_rfc_4648) {
    EXPECT_EQ(base32("f"), "MY");
    EXPECT_EQ(base32("foob"), "MZXW6YQ");
    EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
    EXPECT_EQ(from_base32("mzxw 6ytb oi======"), "foobar");
    for (const auto* const text : {"M", "MZX", "MZXW6Y", "M1", "MZ", "MÜ"}) EXPECT_FALSE(from_base32(text)) << text;
}

RC_GTEST_PROP(Base32_, reads_what_it_writes, (const std::string& bytes)) {
    RC_ASSERT(from_base32(base32(bytes)) == bytes);
}

TEST(RecoveryCodes, are_ten_different_readable_ones) {
    const auto codes = new_recovery_codes();
    std::set<std::string> texts;
    for (const auto& code : codes) {
        EXPECT_THAT(code.reveal(), MatchesRegex("[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}"));
        texts.insert(code.reveal());
    }
    EXPECT_EQ(texts.size(), 10U);
}

TEST(RecoveryCodes, are_known_however_they_are_typed) {
    const auto hash = recovery_code_hash("7KQM-2XRT-9HVC", "u1");
    EXPECT_EQ(hash.size(), 32U);
    EXPECT_EQ(hash, recovery_code_hash(" 7kqm 2xrt9hvc", "u1"));
    EXPECT_NE(hash, recovery_code_hash("7KQM-2XRT-9HVD", "u1"));
    EXPECT_NE(hash, recovery_code_hash("7KQM-2XRT-9HVC", "u2"));
}

}  // namespace
}  // namespace drydock::crypto
