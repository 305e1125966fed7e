#include "crypto/jwt.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "crypto/bytes.h"

// Three readings of the same bytes: as a token, as a key set, and as the payload of a token that is rightly signed (so
// that the reader behind the signature is reached).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using drydock::base64url;
    using namespace drydock::crypto;
    constexpr std::chrono::system_clock::time_point kNow{std::chrono::seconds{1'700'000'000}};
    static const std::string kKey(32, 'k');
    static const auto kSigner = TokenSigner::with_key(kKey);
    const std::string_view text{reinterpret_cast<const char*>(data), size};

    if (kSigner->verify(text, {}, kNow)) {
        // Only who has the key makes one: its signature must be right.
        const auto dot = text.rfind('.');
        if (base64url(hmac_sha256(kKey, text.substr(0, dot))) != text.substr(dot + 1)) std::abort();
    }
    if (const auto keys = Jwks::parse(text)) {
        if (keys->verify(text, {}, kNow)) std::abort();
    }
    const auto signed_text = base64url(R"({"alg":"HS256"})") + '.' + base64url(text);
    const auto token = signed_text + '.' + base64url(hmac_sha256(kKey, signed_text));
    if (const auto claims = kSigner->verify(token, {}, kNow)) {
        static_cast<void>(claims->texts("aud"));
        static_cast<void>(claims->number("exp"));
        static_cast<void>(claims->subject());
    }
    const auto headed = base64url(text) + ".e30";
    static_cast<void>(kSigner->verify(headed + '.' + base64url(hmac_sha256(kKey, headed)), {}, kNow));
    return 0;
}
