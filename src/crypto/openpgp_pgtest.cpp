#include "crypto/openpgp.h"

#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/encoding.h"
#include "pg/connection.h"
#include "testing/postgres.h"

namespace drydock::crypto {
namespace {

using ::testing::HasSubstr;

const OpenPgpKeyPair& pair() {
    static const auto kPair =
        generate_openpgp("drydock test", std::chrono::system_clock::time_point{std::chrono::seconds{1700000000}});
    return *kPair;
}

// What pgcrypto makes of this SQL expression of type text.
class Pgcrypto : public ::testing::Test {
protected:
    Pgcrypto() { database_.run("CREATE EXTENSION pgcrypto"); }
    std::string sealed(std::string_view text, std::string_view options = "cipher-algo=aes256, compress-algo=0") {
        const auto shown = database_.run(fmt::format(
            "SELECT encode(pgp_pub_encrypt({}, dearmor('{}'), '{}'), 'hex')", text, pair().public_key, options
        ));
        return *from_hex(shown);
    }
    testing::Database database_;
};

TEST_F(Pgcrypto, seals_to_our_key_what_we_open) {
    EXPECT_EQ(database_.run(fmt::format("SELECT pgp_key_id(dearmor('{}'))", pair().public_key)), pair().key_id);
    const auto message = sealed("'postgresql://app:geheim@db/shop'");
    EXPECT_EQ(*openpgp_key_id(message), pair().key_id);
    const auto opened = open_openpgp(message, pair().private_key);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->reveal(), "postgresql://app:geheim@db/shop");
}

TEST_F(Pgcrypto, opens_texts_of_every_length_also_in_pieces) {
    // pgcrypto writes pieces of 16 KiB, and a last one.
    for (const int size : {0, 1, 100, 191, 192, 193, 8383, 8384, 16383, 16384, 16385, 70000}) {
        const auto opened = open_openpgp(sealed(fmt::format("repeat('ü', {})", size)), pair().private_key);
        ASSERT_TRUE(opened) << size << opened.error().message;
        EXPECT_EQ(opened->reveal().size(), static_cast<std::size_t>(size) * 2);
    }
}

TEST_F(Pgcrypto, opens_what_its_other_options_write) {
    for (const auto* const options :
         {"cipher-algo=aes128, compress-algo=0", "cipher-algo=aes192", "unicode-mode=1", ""}) {
        const auto opened = open_openpgp(sealed("'x'", options), pair().private_key);
        ASSERT_TRUE(opened) << options << opened.error().message;
        EXPECT_EQ(opened->reveal(), "x");
    }
}

TEST_F(Pgcrypto, says_which_options_it_does_not_open) {
    EXPECT_THAT(
        open_openpgp(sealed("repeat('x', 1000)", "compress-algo=1"), pair().private_key).error().message,
        HasSubstr("compressed")
    );
    EXPECT_THAT(
        open_openpgp(sealed("'x'", "disable-mdc=1"), pair().private_key).error().message, HasSubstr("alteration")
    );
    EXPECT_FALSE(open_openpgp(sealed("'x'", "cipher-algo=bf"), pair().private_key));
}

TEST_F(Pgcrypto, opens_nothing_that_was_altered_or_cut) {
    const auto message = sealed("'geheim'");
    for (std::size_t at = 0; at < message.size(); ++at) {
        auto changed = message;
        changed[at] ^= 0x10;
        ASSERT_FALSE(open_openpgp(changed, pair().private_key)) << at;
        ASSERT_FALSE(open_openpgp(message.substr(0, at), pair().private_key)) << at;
    }
    EXPECT_FALSE(open_openpgp(message + message, pair().private_key));
}

TEST_F(Pgcrypto, does_not_tell_what_failed_inside) {
    const auto message = sealed("'geheim'");
    auto wrong_key = message;  // in the middle of the RSA number
    wrong_key[200] ^= 1;
    auto wrong_text = message;
    wrong_text.back() ^= 1;
    const auto first = open_openpgp(wrong_key, pair().private_key);
    const auto second = open_openpgp(wrong_text, pair().private_key);
    ASSERT_FALSE(first);
    ASSERT_FALSE(second);
    EXPECT_EQ(first.error().message, second.error().message);
    EXPECT_EQ(first.error().code, second.error().code);
}

TEST_F(Pgcrypto, names_the_key_that_a_message_is_for) {
    const auto other =
        generate_openpgp("other", std::chrono::system_clock::time_point{std::chrono::seconds{1700000000}});
    const auto opened = open_openpgp(sealed("'x'"), other->private_key);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::not_found);
    EXPECT_THAT(opened.error().message, HasSubstr(pair().key_id));
}

}  // namespace
}  // namespace drydock::crypto
