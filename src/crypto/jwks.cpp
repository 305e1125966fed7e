#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/jwt.h"
#include "crypto/jwt_parts.h"
#include "crypto/raw.h"
#include "crypto/strict_json.h"

namespace drydock::crypto {
namespace {

namespace json = boost::json;

using PKey = std::unique_ptr<EVP_PKEY, Free<::EVP_PKEY_free>>;
using PKeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<::EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<::EVP_MD_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<::BN_clear_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<::OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<::OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<::ECDSA_SIG_free>>;

constexpr std::size_t kMaxSet = std::size_t{256} * 1024;
constexpr std::size_t kMaxKeys = 64;
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

BigNumber number_of(std::string_view bytes) {
    return BigNumber{::BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr)};
}

PKey key_from(const char* kind, OSSL_PARAM_BLD* builder) {
    const Params parameters{::OSSL_PARAM_BLD_to_param(builder)};
    const PKeyContext context{::EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || ::EVP_PKEY_fromdata_init(context.get()) != 1 ||
        ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        return nullptr;
    }
    return PKey{key};
}

PKey rsa_key(std::string_view n, std::string_view e) {
    if (n.size() > std::size_t{kMaxRsaBits} / 8 || e.empty() || e.size() > 8) return nullptr;
    // An even exponent is none, and 1 would leave the text as it is.
    const auto exponent = read_number(e);
    if (exponent < 3 || exponent % 2 == 0) return nullptr;
    const auto modulus = number_of(n);
    const auto power = number_of(e);
    const ParamBuilder builder{::OSSL_PARAM_BLD_new()};
    if (!modulus || !power || !builder || ::BN_num_bits(modulus.get()) < kMinRsaBits ||
        ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, power.get()) != 1) {
        return nullptr;
    }
    return key_from("RSA", builder.get());
}

PKey p256_key(std::string_view x, std::string_view y) {
    if (x.size() != 32 || y.size() != 32) return nullptr;
    const auto point = "\x04" + std::string{x} + std::string{y};
    const ParamBuilder builder{::OSSL_PARAM_BLD_new()};
    if (!builder ||
        ::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
        ::OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
        return nullptr;
    }
    auto key = key_from("EC", builder.get());
    if (!key) return nullptr;
    const PKeyContext context{::EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)};
    return context && ::EVP_PKEY_public_check(context.get()) == 1 ? std::move(key) : nullptr;
}

PKey ed25519_key(std::string_view x) {
    if (x.size() != 32) return nullptr;
    return PKey{::EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, raw(x), x.size())};
}

// r and s side by side (RFC 7518, 3.4), as the ASN.1 that OpenSSL wants. Empty when it can't be.
std::string der_signature(std::string_view both) {
    if (both.size() != 64) return {};
    const EcdsaSignature signature{::ECDSA_SIG_new()};
    auto r = number_of(both.substr(0, 32));
    auto s = number_of(both.substr(32));
    if (!signature || !r || !s || ::ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
    // Both are the signature's from here on.
    r.release();  // NOLINT(bugprone-unused-return-value)
    s.release();  // NOLINT(bugprone-unused-return-value)
    unsigned char* bytes = nullptr;
    const int size = ::i2d_ECDSA_SIG(signature.get(), &bytes);
    if (size <= 0) return {};
    std::string der{view(bytes, static_cast<std::size_t>(size))};
    ::OPENSSL_free(bytes);
    return der;
}

std::string_view text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

std::string decoded(const json::object& object, std::string_view name) {
    auto bytes = from_base64url(text_of(object, name));
    return bytes ? *std::move(bytes) : std::string{};
}

// Whether the key may check signatures, by its own word.
bool is_for_signatures(const json::object& jwk) {
    const auto use = text_of(jwk, "use");
    if (!use.empty() && use != "sig") return false;
    const auto* const operations = jwk.if_contains("key_ops");
    if (operations == nullptr || !operations->is_array()) return true;
    return std::ranges::any_of(operations->get_array(), [](const json::value& operation) {
        return operation.is_string() && operation.get_string() == "verify";
    });
}

Error bad_set(std::string_view why) {
    return {
        .code = ErrorCode::unavailable,
        .message = fmt::format("the key set of the sign-in provider can't be used: {}", why),
        .hint = "Check that the provider's address is right; its jwks_uri must give a JSON Web Key Set."
    };
}

}  // namespace

struct Jwks::Key {
    std::string id;
    std::string_view algorithm;  // "RS256", "ES256" or "EdDSA": by the kind of key alone
    PKey key;

    bool verify(std::string_view text, std::string_view signature) const {
        const DigestContext context{::EVP_MD_CTX_new()};
        const EVP_MD* const digest = algorithm == "EdDSA" ? nullptr : ::EVP_sha256();
        const auto bytes = algorithm == "ES256" ? der_signature(signature) : std::string{signature};
        return context && !bytes.empty() &&
               ::EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
               ::EVP_DigestVerify(context.get(), raw(bytes), bytes.size(), raw(text), text.size()) == 1;
    }

    // Nothing for keys of other kinds, and for those that are not what they say.
    static std::shared_ptr<const Key> read(const json::object& jwk) {
        if (!is_for_signatures(jwk)) return nullptr;
        auto result = std::make_shared<Key>();
        result->id = text_of(jwk, "kid");
        const auto kind = text_of(jwk, "kty");
        if (kind == "RSA") {
            result->algorithm = "RS256";
            result->key = rsa_key(decoded(jwk, "n"), decoded(jwk, "e"));
        } else if (kind == "EC" && text_of(jwk, "crv") == "P-256") {
            result->algorithm = "ES256";
            result->key = p256_key(decoded(jwk, "x"), decoded(jwk, "y"));
        } else if (kind == "OKP" && text_of(jwk, "crv") == "Ed25519") {
            result->algorithm = "EdDSA";
            result->key = ed25519_key(decoded(jwk, "x"));
        }
        const auto algorithm = text_of(jwk, "alg");
        if (!result->key || (!algorithm.empty() && algorithm != result->algorithm)) return nullptr;
        return result;
    }
};

Result<Jwks> Jwks::parse(std::string_view text) {
    if (text.size() > kMaxSet) return bad_set("it is longer than 256 KiB");
    auto set = read_strictly(text, "the key set");
    if (!set) return bad_set(set.error().message);
    const auto* const list = set->if_contains("keys");
    if (list == nullptr || !list->is_array()) return bad_set("it has no list of keys");
    if (list->get_array().size() > kMaxKeys) return bad_set("it has more than 64 keys");
    Jwks keys;
    for (const auto& element : list->get_array()) {
        if (!element.is_object()) return bad_set("one of its keys is no object");
        auto key = Key::read(element.get_object());
        if (key == nullptr) continue;
        for (const auto& known : keys.keys_) {
            if (known->id == key->id && known->algorithm == key->algorithm)
                return bad_set("two keys have the same name");
        }
        keys.keys_.push_back(std::move(key));
    }
    return keys;
}

std::size_t Jwks::size() const {
    return keys_.size();
}

Result<Claims> Jwks::verify(std::string_view token, const ClaimRules& rules, std::chrono::system_clock::time_point now)
    const {
    DRYDOCK_TRY(const auto parts, parts_of_token(token));
    if (parts.algorithm != "RS256" && parts.algorithm != "ES256" && parts.algorithm != "EdDSA") {
        return refused_token("its algorithm is none of RS256, ES256 and EdDSA");
    }
    const Key* chosen = nullptr;
    bool is_known = false;
    for (const auto& key : keys_) {
        if (!parts.key_id.empty() && key->id != parts.key_id) continue;
        is_known = true;
        if (key->algorithm != parts.algorithm) continue;
        if (chosen != nullptr) return refused_token("it does not say by which key it was signed");
        chosen = key.get();
    }
    if (chosen == nullptr && is_known) return refused_token("its algorithm is not that of the key");
    if (chosen == nullptr) {
        return Error{
            .code = ErrorCode::not_found, .message = "the token was signed with a key that is not in the provider's set"
        };
    }
    if (!chosen->verify(parts.signed_text, parts.signature)) return refused_token("its signature is wrong");
    return checked_claims(parts, rules, now);
}

}  // namespace drydock::crypto
