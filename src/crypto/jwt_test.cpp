#include "crypto/jwt.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/signing.h"

namespace drydock::crypto {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Time = std::chrono::system_clock::time_point;
constexpr Time kNow{seconds{1'700'000'000}};
const std::string kKey(32, 'k');
const ClaimRules kRules{.issuer = "drydock", .audience = "api", .type = "at+jwt"};

std::string claims(std::string_view more = {}) {
    return fmt::format(R"({{"iss":"drydock","aud":"api","sub":"u1","iat":1699999990,"exp":1700000100{}}})", more);
}

// A token of any header and payload, signed rightly with our key.
std::string forged(std::string_view header, std::string_view payload, std::string_view key = kKey) {
    const auto text = base64url(header) + '.' + base64url(payload);
    return text + '.' + base64url(hmac_sha256(key, text));
}

TokenSigner signer() {
    return *TokenSigner::with_key(kKey);
}

// What the refusal says; "" when it was not refused.
std::string refusal(std::string_view token, const ClaimRules& rules = kRules, Time now = kNow) {
    const auto verified = signer().verify(token, rules, now);
    if (verified) return {};
    EXPECT_EQ(verified.error().code, ErrorCode::unauthenticated);
    return verified.error().message;
}

constexpr std::string_view kHead = R"({"alg":"HS256","typ":"at+jwt"})";

TEST(Jwt, verifies_the_example_of_rfc_7515) {
    const auto key =
        *from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const std::string token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const auto verified = TokenSigner::with_key(key)->verify(token, {.issuer = "joe"}, Time{seconds{1300819379}});
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_TRUE(verified->flag("http://example.com/is_root"));
    EXPECT_FALSE(TokenSigner::with_key(key)->verify(token, {.issuer = "joe"}, Time{seconds{1300819411}}));
}

TEST(Jwt, gives_back_the_claims_that_it_signed) {
    const auto ours = signer();
    const auto token =
        ours.sign(boost::json::parse(claims(R"(,"roles":["a","b"],"org":"o1","epoch":7,"mfa":true)")).as_object());
    const auto verified = ours.verify(token, kRules, kNow);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->subject(), "u1");
    EXPECT_EQ(verified->text("org"), "o1");
    EXPECT_EQ(verified->number("epoch"), 7);
    EXPECT_TRUE(verified->flag("mfa"));
    EXPECT_THAT(verified->texts("roles"), ElementsAre("a", "b"));
    EXPECT_THAT(verified->texts("aud"), ElementsAre("api"));
    EXPECT_EQ(verified->text("epoch"), "");
    EXPECT_EQ(verified->number("none"), std::nullopt);
}

TEST(Jwt, wants_a_key_of_32_bytes) {
    EXPECT_FALSE(TokenSigner::with_key(std::string(31, 'k')));
    EXPECT_FALSE(TokenSigner::with_key(""));
    EXPECT_TRUE(TokenSigner::with_key(std::string(200, 'k')));
}

TEST(Jwt, takes_no_algorithm_but_its_own) {
    EXPECT_EQ(refusal(forged(kHead, claims())), "");
    for (const std::string_view algorithm :
         {"none", "None", "nOnE", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256", "HS256 ", ""}) {
        const auto header = fmt::format(R"({{"alg":"{}","typ":"at+jwt"}})", algorithm);
        EXPECT_THAT(refusal(forged(header, claims())), HasSubstr("algorithm")) << algorithm;
    }
    EXPECT_THAT(refusal(forged(R"({"typ":"at+jwt"})", claims())), HasSubstr("no algorithm"));
    EXPECT_THAT(refusal(forged(R"({"alg":["HS256"],"typ":"at+jwt"})", claims())), HasSubstr("alg"));
    EXPECT_THAT(refusal(forged(R"({"alg":null,"typ":"at+jwt"})", claims())), HasSubstr("alg"));
    const auto unsigned_text = base64url(R"({"alg":"none"})") + '.' + base64url(claims());
    for (const auto* const end : {"", ".", "..", ".e30"}) EXPECT_NE(refusal(unsigned_text + end), "") << end;
}

TEST(Jwt, takes_no_key_and_no_demand_from_the_header) {
    for (const std::string_view more :
         {R"("jwk":{"kty":"oct","k":"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s"})",
          R"("jku":"https://evil.example/keys")",
          R"("x5u":"https://evil.example/cert")",
          R"("x5c":["MII"])",
          R"("crit":["exp"],"exp":1)",
          R"("crit":[])",
          R"("b64":false)",
          R"("zip":"DEF")",
          R"("enc":"A128GCM")"}) {
        const auto header = fmt::format(R"({{"alg":"HS256","typ":"at+jwt",{}}})", more);
        EXPECT_THAT(refusal(forged(header, claims())), HasSubstr("its header has")) << more;
    }
    EXPECT_THAT(
        refusal(forged(R"({"alg":"HS256","typ":"at+jwt","kid":"../../dev/null"})", claims())), HasSubstr("another key")
    );
    EXPECT_THAT(refusal(forged(R"({"alg":"HS256","typ":"at+jwt","kid":7})", claims())), HasSubstr("kid"));
}

TEST(Jwt, takes_no_token_of_another_type) {
    EXPECT_THAT(refusal(forged(R"({"alg":"HS256","typ":"JWT"})", claims())), HasSubstr("type"));
    EXPECT_THAT(refusal(forged(R"({"alg":"HS256"})", claims())), HasSubstr("type"));
    EXPECT_EQ(refusal(forged(R"({"alg":"HS256","typ":"AT+JWT"})", claims())), "");
}

TEST(Jwt, takes_no_token_of_another_key_or_altered_in_any_character) {
    EXPECT_THAT(refusal(forged(kHead, claims(), std::string(32, 'x'))), HasSubstr("signature"));
    const auto other = TokenSigner::with_key(std::string(32, 'x'))->sign(boost::json::parse(claims()).as_object());
    EXPECT_THAT(refusal(other), HasSubstr("another key"));
    const auto token = signer().sign(boost::json::parse(claims()).as_object());
    ASSERT_EQ(refusal(token), "");
    for (std::size_t at = 0; at < token.size(); ++at) {
        for (const char c : {'A', 'z', '_', '.', '=', '\n', '\0', '\xC3'}) {
            if (token[at] == c) continue;
            auto changed = token;
            changed[at] = c;
            ASSERT_NE(refusal(changed), "") << at << c;
        }
        ASSERT_NE(refusal(token.substr(0, at)), "") << at;
    }
    for (const auto* const end : {"=", "==", ".", " ", "\n", "A"}) EXPECT_NE(refusal(token + end), "") << end;
}

TEST(Jwt, takes_no_names_twice_and_no_loose_json) {
    for (const auto& payload :
         {claims(R"(,"sub":"u2")"),
          claims(R"(,"deep":{"a":1,"b":{"c":1,"c":2}})"),
          claims(R"(,"list":[{"a":1,"a":1}])"),
          claims(R"(,"\u0073ub":"u2")"),
          claims() + "{}",
          claims() + "x",
          claims(",}"),
          claims(R"(,"a":'b')"),
          claims(",\"a\":\"\xC3(\""),
          claims(",\"a\":\"\n\""),
          claims(R"(,"a":NaN)"),
          claims(R"(,"d":[[[[[[[[[1]]]]]]]]])"),
          std::string{"[]"},
          std::string{"null"},
          std::string{"\"text\""},
          std::string{}}) {
        EXPECT_THAT(refusal(forged(kHead, payload)), HasSubstr("payload")) << payload;
    }
    EXPECT_THAT(refusal(forged(R"({"alg":"none","alg":"HS256","typ":"at+jwt"})", claims())), HasSubstr("twice"));
}

TEST(Jwt, takes_nothing_oversized) {
    EXPECT_EQ(refusal(forged(kHead, claims(fmt::format(R"(,"a":"{}")", std::string(8000, 'a'))))), "");
    EXPECT_THAT(
        refusal(forged(kHead, claims(fmt::format(R"(,"a":"{}")", std::string(13000, 'a'))))), HasSubstr("16 KiB")
    );
    EXPECT_NE(refusal(std::string(1 << 20, '.')), "");
    EXPECT_NE(refusal(std::string(16000, '[') + ".."), "");
    EXPECT_NE(refusal(forged(std::string(5000, '['), claims())), "");
}

TEST(Jwt, checks_the_times_with_leeway) {
    const auto at = [](std::string_view times, std::int64_t offset) {
        return refusal(
            forged(kHead, fmt::format(R"({{"iss":"drydock","aud":"api"{}}})", times)), kRules, kNow + seconds{offset}
        );
    };
    EXPECT_EQ(at(R"(,"exp":1700000000)", 29), "");
    EXPECT_THAT(at(R"(,"exp":1700000000)", 30), HasSubstr("expired"));
    EXPECT_EQ(at(R"(,"exp":1700000100,"nbf":1700000030)", 0), "");
    EXPECT_THAT(at(R"(,"exp":1700000100,"nbf":1700000031)", 0), HasSubstr("not valid yet"));
    EXPECT_THAT(at(R"(,"exp":1700000100,"iat":1700000031)", 0), HasSubstr("future"));
    EXPECT_EQ(at(R"(,"exp":1700000100.5)", 0), "");
    EXPECT_THAT(at("", 0), HasSubstr("never expires"));
    for (const std::string_view wrong :
         {"null", "\"1700000100\"", "1e400", "1e300", "-1", "9007199254740992", "18446744073709551615", "true", "[1]"
         }) {
        EXPECT_NE(at(fmt::format(R"(,"exp":{})", wrong), 0), "") << wrong;
        EXPECT_NE(at(fmt::format(R"(,"exp":1700000100,"nbf":{})", wrong), 0), "") << wrong;
    }
    auto recent = kRules;
    recent.max_age = seconds{60};
    EXPECT_EQ(refusal(forged(kHead, claims()), recent, kNow + seconds{80}), "");
    EXPECT_THAT(refusal(forged(kHead, claims()), recent, kNow + seconds{81}), HasSubstr("too long ago"));
}

TEST(Jwt, checks_for_whom_and_from_whom_it_is) {
    const auto with = [](std::string_view who) {
        return refusal(forged(kHead, fmt::format(R"({{"exp":1700000100,{}}})", who)));
    };
    EXPECT_EQ(with(R"("iss":"drydock","aud":["other","api"])"), "");
    EXPECT_THAT(with(R"("aud":"api")"), HasSubstr("issuer"));
    EXPECT_THAT(with(R"("iss":"drydock/","aud":"api")"), HasSubstr("issuer"));
    EXPECT_THAT(with(R"("iss":["drydock"],"aud":"api")"), HasSubstr("issuer"));
    for (const std::string_view audience :
         {R"("x":1)", R"("aud":"api2")", R"("aud":[])", R"("aud":["apis"])", R"("aud":["api",1])", R"("aud":{"api":1})"
         }) {
        EXPECT_THAT(with(fmt::format(R"("iss":"drydock",{})", audience)), HasSubstr("somebody else")) << audience;
    }
    auto rules = kRules;
    rules.nonce = "n1";
    EXPECT_EQ(refusal(forged(kHead, claims(R"(,"nonce":"n1")")), rules), "");
    EXPECT_THAT(refusal(forged(kHead, claims(R"(,"nonce":"n2")")), rules), HasSubstr("another request"));
    EXPECT_THAT(refusal(forged(kHead, claims()), rules), HasSubstr("another request"));
}

RC_GTEST_PROP(Jwt_, any_text_survives_in_a_claim, (std::vector<std::uint8_t> codes)) {
    std::string text;
    for (const auto code : codes) text += static_cast<char>(code & 0x7FU);
    const auto ours = signer();
    auto object = boost::json::parse(claims()).as_object();
    object["text"] = text;
    const auto verified = ours.verify(ours.sign(object), kRules, kNow);
    RC_ASSERT(verified.has_value());
    RC_ASSERT(verified->text("text") == text);
}

}  // namespace
}  // namespace drydock::crypto
