#include "crypto/scram.h"

#include <set>
#include <string>

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"

namespace drydock::crypto {
namespace {

using ::testing::MatchesRegex;

TEST(Scram, gives_the_server_signature_of_rfc_7677) {
    const auto verifier = scram_verifier("pencil", *from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    ASSERT_TRUE(verifier);
    ASSERT_EQ(verifier->substr(0, 44), "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$");
    const auto server_key = *from_base64(verifier->substr(verifier->rfind(':') + 1));
    const std::string exchange =
        "n=user,r=rOprNGfwEbeRWgbNEkqO,"
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    EXPECT_EQ(base64(hmac_sha256(server_key, exchange)), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    // The client's proof of the example, undone with the stored key's signature, gives a key of that hash.
    const auto stored_key = *from_base64(split(split(*verifier, '$')[2], ':')[0]);
    auto client_key = *from_base64("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    const auto signature = hmac_sha256(stored_key, exchange);
    for (std::size_t at = 0; at < 32; ++at) client_key[at] = static_cast<char>(client_key[at] ^ signature[at]);
    EXPECT_EQ(sha256(client_key), stored_key);
}

TEST(Scram, salts_each_verifier) {
    EXPECT_NE(*scram_verifier("pencil"), *scram_verifier("pencil"));
    EXPECT_THAT(
        *scram_verifier("pencil"),
        MatchesRegex(R"(SCRAM-SHA-256\$4096:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44})")
    );
}

TEST(Scram, refuses_passwords_that_clients_prepare_differently) {
    for (const std::string_view password : {"", "gr\xC3\xBC\xC3\x9F", "a\tb", "a\x7F", "a\n"})
        EXPECT_FALSE(scram_verifier(password));
    EXPECT_FALSE(scram_verifier(std::string(2000, 'a')));
    EXPECT_TRUE(scram_verifier(" ~!'\"\\"));
}

TEST(GeneratedPassword, is_long_and_of_letters_and_digits) {
    std::set<std::string> seen;
    for (int n = 0; n < 50; ++n) {
        const auto password = generate_password();
        EXPECT_THAT(password.reveal(), MatchesRegex("[A-Za-z0-9]{32}"));
        seen.insert(password.reveal());
    }
    EXPECT_EQ(seen.size(), 50U);
    EXPECT_EQ(generate_password(12).reveal().size(), 12U);
}

}  // namespace
}  // namespace drydock::crypto
