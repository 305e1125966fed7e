#include <cstdint>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/bytes.h"
#include "crypto/openpgp.h"
#include "crypto/openpgp_packet.h"
#include "crypto/raw.h"
#include "crypto/signing.h"

// Makes a key. The main key is of Ed25519: it signs the user id and the encrypting subkey once, and is then forgotten,
// so that nobody can add anything to this block. pgcrypto reads the subkey alone.
namespace drydock::crypto {
namespace {

using PKey = std::unique_ptr<EVP_PKEY, Free<::EVP_PKEY_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<::BN_clear_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<::PKCS8_PRIV_KEY_INFO_free>>;

constexpr unsigned kRsaBits = 3072;
constexpr unsigned kSignature = 2;
constexpr unsigned kPublicKey = 6;
constexpr unsigned kUserId = 13;
constexpr unsigned kPublicSubkey = 14;
constexpr char kRsa = 1;
constexpr char kEdDsa = 22;
constexpr char kSha256 = 8;
constexpr char kNativePoint = 0x40;  // before a point in its own form
constexpr std::string_view kEd25519Oid{"\x09\x2B\x06\x01\x04\x01\xDA\x47\x0F\x01", 10};

Error failed(std::string_view what) {
    return {.code = ErrorCode::internal, .message = fmt::format("making an OpenPGP key failed: {}", what)};
}

std::string sha1(std::string_view bytes) {
    std::string digest(20, '\0');
    unsigned size = 0;
    if (::EVP_Digest(bytes.data(), bytes.size(), raw(digest), &size, ::EVP_sha1(), nullptr) != 1) return {};
    return digest;
}

// What fingerprints and signatures take of a key (12.2, 5.2.4).
std::string framed(std::string_view key_body) {
    std::string bytes{'\x99'};
    append_number(bytes, key_body.size(), 2);
    bytes += key_body;
    return bytes;
}

std::string fingerprint(std::string_view key_body) {
    return sha1(framed(key_body));
}

std::string subpacket(char type, std::string_view body) {
    std::string bytes;
    append_number(bytes, body.size() + 1, 1);
    bytes += type;
    bytes += body;
    return bytes;
}

std::string number_parameter(const EVP_PKEY* key, const char* name) {
    BIGNUM* value = nullptr;
    if (::EVP_PKEY_get_bn_param(key, name, &value) != 1) return {};
    const BigNumber owner{value};
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    ::BN_bn2bin(value, raw(bytes));
    return bytes;
}

// A key packet's body, version 4.
std::string key_body(std::uint64_t created, char algorithm, std::string_view material) {
    std::string bytes{'\x04'};
    append_number(bytes, created, 4);
    bytes += algorithm;
    bytes += material;
    return bytes;
}

// A signature packet of version 4 over `signed_bytes`, with SHA-256.
std::string signature(
    const SigningKey& key, std::string_view main_body, char type, std::string_view subpackets, std::string signed_bytes
) {
    std::string hashed{'\x04', type, kEdDsa, kSha256};
    append_number(hashed, subpackets.size(), 2);
    hashed += subpackets;
    signed_bytes += hashed;
    signed_bytes += "\x04\xFF";
    append_number(signed_bytes, hashed.size(), 4);
    const auto digest = sha256(signed_bytes);
    const auto both = key.sign(digest);
    const auto issuer = subpacket(16, std::string_view{fingerprint(main_body)}.substr(12));
    append_number(hashed, issuer.size(), 2);
    hashed += issuer;
    hashed += digest.substr(0, 2);
    hashed += mpi(std::string_view{both}.substr(0, 32));
    hashed += mpi(std::string_view{both}.substr(32));
    return packet(kSignature, hashed);
}

std::string common_subpackets(std::string_view main_body, std::uint64_t created, char usage) {
    std::string time;
    append_number(time, created, 4);
    return subpacket(33, "\x04" + fingerprint(main_body)) + subpacket(2, time) + subpacket(27, {&usage, 1});
}

Result<Secret> private_bytes(const EVP_PKEY* key) {
    const Pkcs8 info{::EVP_PKEY2PKCS8(key)};
    unsigned char* der = nullptr;
    const int size = info ? ::i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der) : 0;
    if (size <= 0) return failed("writing the private key");
    std::string bytes{view(der, static_cast<std::size_t>(size))};
    ::OPENSSL_clear_free(der, static_cast<std::size_t>(size));
    return Secret{std::move(bytes)};
}

std::uint32_t crc24(std::string_view bytes) {
    std::uint32_t crc = 0xB704CE;
    for (const char c : bytes) {
        crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 16U;
        for (int bit = 0; bit < 8; ++bit) {
            crc <<= 1U;
            if ((crc & 0x1000000U) != 0) crc ^= 0x1864CFBU;
        }
    }
    return crc & 0xFFFFFFU;
}

}  // namespace

std::string openpgp_armor(std::string_view kind, std::string_view bytes) {
    auto text = fmt::format("-----BEGIN PGP {}-----\n\n", kind);
    const auto encoded = base64(bytes);
    for (std::size_t at = 0; at < encoded.size(); at += 64) text += encoded.substr(at, 64) + '\n';
    std::string check;
    append_number(check, crc24(bytes), 3);
    return text + fmt::format("={}\n-----END PGP {}-----\n", base64(check), kind);
}

Result<OpenPgpKeyPair> generate_openpgp(std::string_view user_id, std::chrono::system_clock::time_point when) {
    const auto created =
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count());
    if (user_id.empty() || user_id.size() > 200 || first_invalid_utf8(user_id)) {
        return Error{.code = ErrorCode::invalid_argument, .message = "the name of an OpenPGP key is a short text"};
    }
    const PKey rsa{::EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{kRsaBits})};
    if (!rsa) return failed("no RSA key");
    const auto main_key = SigningKey::generate();
    const auto main_body =
        key_body(created, kEdDsa, std::string{kEd25519Oid} + mpi(kNativePoint + main_key.public_key()));
    const auto sub_body = key_body(
        created,
        kRsa,
        mpi(number_parameter(rsa.get(), OSSL_PKEY_PARAM_RSA_N)) +
            mpi(number_parameter(rsa.get(), OSSL_PKEY_PARAM_RSA_E))
    );
    std::string identity{'\xB4'};
    append_number(identity, user_id.size(), 4);
    identity += user_id;

    // Certify only; preferred: AES-256, SHA-256, no compression; knows the integrity check. Then encryption only.
    const auto main_subpackets = common_subpackets(main_body, created, '\x01') + subpacket(11, "\x09") +
                                 subpacket(21, "\x08") + subpacket(22, std::string_view{"\0", 1}) +
                                 subpacket(30, "\x01");
    const auto sub_subpackets = common_subpackets(main_body, created, '\x0C');
    const auto block = packet(kPublicKey, main_body) + packet(kUserId, user_id) +
                       signature(main_key, main_body, '\x13', main_subpackets, framed(main_body) + identity) +
                       packet(kPublicSubkey, sub_body) +
                       signature(main_key, main_body, '\x18', sub_subpackets, framed(main_body) + framed(sub_body));

    const auto id = fingerprint(sub_body).substr(12);
    DRYDOCK_TRY(const auto der, private_bytes(rsa.get()));
    OpenPgpKeyPair pair{
        .public_key = openpgp_armor("PUBLIC KEY BLOCK", block), .private_key = Secret{"\x01" + id + der.reveal()}
    };
    for (const char c : hex(id)) pair.key_id += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    return pair;
}

}  // namespace drydock::crypto
