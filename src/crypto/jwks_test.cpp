#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/jwt.h"
#include "crypto/signing.h"

namespace drydock::crypto {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

using Time = std::chrono::system_clock::time_point;
constexpr Time kThen{seconds{1300819000}};

// RFC 7515, A.2 and A.3.
constexpr std::string_view kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr std::string_view kModulus =
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-"
    "pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
    "UTo7WTBEMa2R2CapHg665x"
    "smtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
    "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
constexpr std::string_view kRsaSignature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
    "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZ"
    "cAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
    "xi12jzDwusC-eO"
    "kHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
constexpr std::string_view kEcSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr std::string_view kX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr std::string_view kY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

std::string rsa(std::string_view more = {}) {
    return fmt::format(R"({{"kty":"RSA","n":"{}","e":"AQAB"{}}})", kModulus, more);
}
std::string ec(std::string_view more = {}, std::string_view y = kY) {
    return fmt::format(R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}"{}}})", kX, y, more);
}
Jwks set(std::string_view keys) {
    auto parsed = Jwks::parse(fmt::format(R"({{"keys":[{}]}})", keys));
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed ? *parsed : Jwks{};
}
std::string token(std::string_view header, std::string_view signature) {
    return fmt::format("{}.{}.{}", base64url(header), kPayload, signature);
}
const std::string kRsaToken = token(R"({"alg":"RS256"})", kRsaSignature);
const std::string kEcToken = token(R"({"alg":"ES256"})", kEcSignature);

Result<Claims> verify(const Jwks& keys, std::string_view text) {
    return keys.verify(text, {.issuer = "joe"}, kThen);
}

// A provider of our own, that signs whatever it is told.
class Provider {
public:
    std::string jwk(std::string_view more = {}) const {
        return fmt::format(R"({{"kty":"OKP","crv":"Ed25519","x":"{}"{}}})", base64url(key_.public_key()), more);
    }
    std::string sign(std::string_view header, std::string_view payload = R"({"iss":"joe","exp":1300819380})") const {
        const auto text = base64url(header) + '.' + base64url(payload);
        return text + '.' + base64url(key_.sign(text));
    }

private:
    SigningKey key_ = SigningKey::generate();
};

TEST(Jwks, verifies_the_examples_of_rfc_7515) {
    EXPECT_TRUE(verify(set(rsa()), kRsaToken));
    EXPECT_TRUE(verify(set(ec()), kEcToken));
    EXPECT_TRUE(verify(set(rsa() + ',' + ec()), kEcToken));
    EXPECT_TRUE(set(rsa()).verify(kRsaToken, {.issuer = "joe"}, kThen)->flag("http://example.com/is_root"));
}

TEST(Jwks, verifies_ed25519) {
    const Provider provider;
    EXPECT_TRUE(verify(set(provider.jwk()), provider.sign(R"({"alg":"EdDSA"})")));
    EXPECT_FALSE(verify(set(provider.jwk()), Provider{}.sign(R"({"alg":"EdDSA"})")));
}

TEST(Jwks, reads_the_public_key_of_rfc_8037) {
    const auto keys =
        set(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"})");
    EXPECT_EQ(keys.size(), 1U);
    // A.4 of it: the signature is right, and its payload is no set of claims.
    const auto verified = verify(
        keys,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
    ASSERT_FALSE(verified);
    EXPECT_THAT(verified.error().message, HasSubstr("payload"));
}

TEST(Jwks, lets_the_key_decide_the_algorithm) {
    const auto keys = set(rsa(R"(,"kid":"r")") + ',' + ec(R"(,"kid":"e")"));
    for (const std::string_view header :
         {R"({"alg":"none","kid":"r"})",
          R"({"alg":"HS256","kid":"r"})",
          R"({"alg":"RS512","kid":"r"})",
          R"({"alg":"PS256","kid":"r"})",
          R"({"alg":"ES256","kid":"r"})",
          R"({"alg":"RS256","kid":"e"})",
          R"({"alg":"EdDSA","kid":"e"})"}) {
        const auto verified = verify(keys, token(header, kRsaSignature));
        ASSERT_FALSE(verified) << header;
        EXPECT_EQ(verified.error().code, ErrorCode::unauthenticated);
        EXPECT_THAT(verified.error().message, HasSubstr("algorithm"));
    }
    // The old trick: HMAC with the public key as its secret.
    const auto text = base64url(R"({"alg":"HS256"})") + '.' + std::string{kPayload};
    for (const auto& secret : {rsa(), std::string{kModulus}, *from_base64url(kModulus)}) {
        EXPECT_FALSE(verify(set(rsa()), text + '.' + base64url(hmac_sha256(secret, text))));
    }
}

TEST(Jwks, never_uses_symmetric_or_unfit_keys) {
    EXPECT_EQ(set(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ","alg":"HS256"})").size(), 0U);
    EXPECT_EQ(set(rsa(R"(,"use":"enc")")).size(), 0U);
    EXPECT_EQ(set(rsa(R"(,"key_ops":["encrypt"])")).size(), 0U);
    EXPECT_EQ(set(rsa(R"(,"key_ops":["verify"],"use":"sig","alg":"RS256")")).size(), 1U);
    EXPECT_EQ(set(rsa(R"(,"alg":"RS512")")).size(), 0U);
    EXPECT_EQ(set(R"({"kty":"EC","crv":"P-521","x":"AA","y":"AA"},{"kty":"what"},{})").size(), 0U);
}

TEST(Jwks, refuses_weak_and_broken_keys) {
    const auto short_modulus = base64url(std::string(128, '\xFF'));  // 1024 bits
    EXPECT_EQ(set(fmt::format(R"({{"kty":"RSA","n":"{}","e":"AQAB"}})", short_modulus)).size(), 0U);
    for (const std::string_view exponent : {"AQ", "Ag", "AA", "", "AQAA", "AQABAQABAQABAQAB"}) {
        EXPECT_EQ(set(fmt::format(R"({{"kty":"RSA","n":"{}","e":"{}"}})", kModulus, exponent)).size(), 0U) << exponent;
    }
    EXPECT_EQ(set(ec({}, kX)).size(), 0U) << "no point of the curve";
    EXPECT_EQ(set(ec({}, "AA")).size(), 0U);
    EXPECT_EQ(set(R"({"kty":"OKP","crv":"Ed25519","x":"AA"})").size(), 0U);
    EXPECT_EQ(
        set(fmt::format(R"({{"kty":"RSA","n":"{}","e":"AQAB"}})", base64url(std::string(2000, '\xFF')))).size(), 0U
    );
}

TEST(Jwks, refuses_signatures_in_other_spellings) {
    const auto keys = set(ec());
    const auto zeros = base64url(std::string(64, '\0'));
    EXPECT_FALSE(verify(keys, token(R"({"alg":"ES256"})", zeros))) << "r and s of zero";
    EXPECT_FALSE(verify(keys, token(R"({"alg":"ES256"})", base64url(std::string(64, '\xFF')))));
    EXPECT_FALSE(verify(keys, token(R"({"alg":"ES256"})", kEcSignature.substr(0, 84))));
    EXPECT_FALSE(verify(keys, token(R"({"alg":"ES256"})", base64url("\x30\x06\x02\x01\x01\x02\x01\x01"))));
    EXPECT_FALSE(verify(set(rsa()), token(R"({"alg":"RS256"})", zeros)));
    auto changed = std::string{kEcToken};
    changed[30] = changed[30] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify(keys, changed));
}

TEST(Jwks, says_when_the_key_is_not_in_the_set) {
    const Provider provider;
    const auto keys = set(provider.jwk(R"(,"kid":"one")"));
    EXPECT_TRUE(verify(keys, provider.sign(R"({"alg":"EdDSA","kid":"one"})")));
    EXPECT_EQ(verify(keys, provider.sign(R"({"alg":"EdDSA","kid":"two"})")).error().code, ErrorCode::not_found);
    EXPECT_EQ(verify(set(""), kRsaToken).error().code, ErrorCode::not_found);
}

TEST(Jwks, wants_to_know_which_key_where_there_are_several) {
    const Provider one;
    const Provider two;
    const auto keys = set(one.jwk(R"(,"kid":"1")") + ',' + two.jwk(R"(,"kid":"2")"));
    EXPECT_TRUE(verify(keys, two.sign(R"({"alg":"EdDSA","kid":"2"})")));
    EXPECT_FALSE(verify(keys, two.sign(R"({"alg":"EdDSA","kid":"1"})")));
    EXPECT_THAT(verify(keys, two.sign(R"({"alg":"EdDSA"})")).error().message, HasSubstr("by which key"));
}

TEST(Jwks, refuses_sets_that_could_be_read_in_two_ways) {
    for (const auto& text :
         {std::string{"{"},
          std::string{"[]"},
          std::string{"{}"},
          std::string{R"({"keys":{}})"},
          std::string{R"({"keys":[1]})"},
          R"({"keys":[],"keys":[)" + rsa() + "]}",
          R"({"keys":[)" + rsa(R"(,"e":"Aw")") + "]}",
          R"({"keys":[)" + rsa(R"(,"kid":"a")") + ',' + rsa(R"(,"kid":"a")") + "]}",
          std::string(300 * 1024, ' ')}) {
        const auto parsed = Jwks::parse(text);
        ASSERT_FALSE(parsed) << text.substr(0, 80);
        EXPECT_EQ(parsed.error().code, ErrorCode::unavailable);
    }
}

}  // namespace
}  // namespace drydock::crypto
