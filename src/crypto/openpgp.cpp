#include "crypto/openpgp.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "crypto/bytes.h"
#include "crypto/openpgp_packet.h"
#include "crypto/raw.h"

namespace drydock::crypto {
namespace {

using PKey = std::unique_ptr<EVP_PKEY, Free<::EVP_PKEY_free>>;
using PKeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<::EVP_PKEY_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free<::EVP_CIPHER_CTX_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<::PKCS8_PRIV_KEY_INFO_free>>;

constexpr unsigned kSessionKey = 1;
constexpr unsigned kCompressed = 8;
constexpr unsigned kLiteral = 11;
constexpr unsigned kProtected = 18;
constexpr std::size_t kBlock = 16;
constexpr std::size_t kIdSize = 8;
constexpr std::size_t kMdc = 22;  // two bytes of head and SHA-1

Error no_message(std::string_view why) {
    return {
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("this is no message that was sealed by SQL: {}", why),
        .hint = "drydock opens what pgp_pub_encrypt writes with cipher-algo=aes256 and compress-algo=0."
    };
}

// One text for all that can go wrong inside.
Error does_not_open() {
    return {
        .code = ErrorCode::conflict,
        .message = "the value sealed by SQL does not open: it was altered, or was not made for this key",
        .hint = "Write the secret again."
    };
}

std::string capital_hex(std::string_view bytes) {
    auto text = hex(bytes);
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

struct Message {
    std::string key_id;
    std::string encrypted_key;
    std::string ciphertext;
};

Result<Message> read_message(std::string_view bytes) {
    DRYDOCK_TRY(const auto session, take_packet(bytes));
    std::string_view body{session.body};
    if (session.tag != kSessionKey || body.size() < 1 + kIdSize + 1 || body[0] != 3) {
        return no_message("it does not begin with a session key for a public key");
    }
    Message message{.key_id = std::string{body.substr(1, kIdSize)}};
    const char algorithm = body[1 + kIdSize];
    if (algorithm != 1 && algorithm != 2) return no_message("its session key is not encrypted with RSA");
    body.remove_prefix(1 + kIdSize + 1);
    DRYDOCK_TRY(message.encrypted_key, take_mpi(body));
    if (!body.empty()) return no_message("its session key is followed by something");
    DRYDOCK_TRY(auto data, take_packet(bytes));
    if (data.tag == kSessionKey) return no_message("it is for more than one key");
    if (data.tag != kProtected || data.body.empty() || data.body[0] != 1) {
        return no_message("it has no check against alteration (disable-mdc)");
    }
    if (!bytes.empty()) return no_message("something follows its end");
    message.ciphertext = data.body.substr(1);
    return message;
}

struct SessionKey {
    char algorithm = 9;
    Secret key;
};

std::size_t key_size(char algorithm) {
    if (algorithm == 7) return 16;
    if (algorithm == 8) return 24;
    return algorithm == 9 ? 32 : 0;
}

// RSA decryption with the padding of PKCS #1 v1.5. Nothing when it is wrong.
std::optional<Secret> rsa_decrypted(EVP_PKEY* key, std::string_view number) {
    // The number without its leading zeros, as OpenPGP has it, to the length of the modulus.
    const auto length = static_cast<std::size_t>(::EVP_PKEY_get_size(key));
    if (number.size() > length) return std::nullopt;
    const auto input = std::string(length - number.size(), '\0') + std::string{number};
    const PKeyContext context{::EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)};
    std::string plain(length, '\0');
    std::size_t size = plain.size();
    if (!context || ::EVP_PKEY_decrypt_init(context.get()) != 1 ||
        ::EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        ::EVP_PKEY_decrypt(context.get(), raw(plain), &size, raw(input), input.size()) != 1) {
        return std::nullopt;
    }
    const Secret whole{std::move(plain)};
    return Secret{whole.reveal().substr(0, size)};
}

// Section 5.1: algorithm, key, sum of its bytes. Where any of it is wrong, a random key stands in, so that a wrong
// padding and a wrong text end alike (Bleichenbacher's attack lives on the difference).
SessionKey session_key(EVP_PKEY* key, std::string_view encrypted) {
    SessionKey session{.key = Secret{random_bytes(32)}};
    const auto plain = rsa_decrypted(key, encrypted);
    if (!plain || plain->reveal().size() < 3) return session;
    const std::string_view text{plain->reveal()};
    const auto size = key_size(text[0]);
    if (size == 0 || text.size() != 1 + size + 2) return session;
    std::uint64_t sum = 0;
    for (const char c : text.substr(1, size)) sum += static_cast<unsigned char>(c);
    if ((sum & 0xFFFFU) != read_number(text.substr(1 + size))) return session;
    return {.algorithm = text[0], .key = Secret{std::string{text.substr(1, size)}}};
}

// AES in CFB mode over all of it, beginning with zeros (5.13).
std::optional<Secret> cfb_decrypted(const SessionKey& session, std::string_view ciphertext) {
    const EVP_CIPHER* cipher = ::EVP_aes_256_cfb128();
    if (session.algorithm == 7) cipher = ::EVP_aes_128_cfb128();
    if (session.algorithm == 8) cipher = ::EVP_aes_192_cfb128();
    const std::string zeros(kBlock, '\0');
    std::string plain(ciphertext.size(), '\0');
    int size = 0;
    const CipherContext context{::EVP_CIPHER_CTX_new()};
    if (!context || ::EVP_DecryptInit_ex(context.get(), cipher, nullptr, raw(session.key.reveal()), raw(zeros)) != 1 ||
        ::EVP_DecryptUpdate(context.get(), raw(plain), &size, raw(ciphertext), static_cast<int>(ciphertext.size())) !=
            1) {
        return std::nullopt;
    }
    return Secret{std::move(plain)};
}

// The packets inside, when the hash at their end is right.
std::optional<std::string_view> unaltered(std::string_view plain) {
    if (plain.size() < kBlock + 2 + kMdc) return std::nullopt;
    const auto hashed = plain.substr(0, plain.size() - 20);
    std::string digest(20, '\0');
    unsigned size = 0;
    if (::EVP_Digest(hashed.data(), hashed.size(), raw(digest), &size, ::EVP_sha1(), nullptr) != 1) return std::nullopt;
    if (!equal_in_constant_time(digest, plain.substr(plain.size() - 20)) ||
        hashed.substr(hashed.size() - 2) != "\xD3\x14") {
        return std::nullopt;
    }
    return plain.substr(kBlock + 2, plain.size() - kBlock - 2 - kMdc);
}

}  // namespace

Result<Secret> read_literal(std::string_view bytes) {
    auto packet = take_packet(bytes);
    if (!packet) return does_not_open();
    const Secret content{std::move(packet->body)};
    if (packet->tag == kCompressed) return no_message("it is compressed");
    const std::string_view body{content.reveal()};
    // Kind, length of a name, the name, four bytes of time, then the text (5.9).
    if (packet->tag != kLiteral || !bytes.empty() || body.size() < 6) return no_message("it holds no text");
    const std::size_t head = 2 + std::size_t{static_cast<unsigned char>(body[1])} + 4;
    if (body.size() < head || std::string_view{"btu"}.find(body[0]) == std::string_view::npos) {
        return no_message("it holds no text");
    }
    return Secret{std::string{body.substr(head)}};
}

Result<Secret> open_openpgp(std::string_view message, const Secret& private_key) {
    const std::string_view own{private_key.reveal()};
    if (own.size() < 1 + kIdSize + 1 || own[0] != 1) {
        return Error{.code = ErrorCode::invalid_argument, .message = "this is no private key of drydock's sealing"};
    }
    DRYDOCK_TRY(const auto parts, read_message(message));
    if (parts.key_id != own.substr(1, kIdSize)) {
        return Error{
            .code = ErrorCode::not_found,
            .message = fmt::format(
                "the value was sealed for the key {}, and not for {}",
                capital_hex(parts.key_id),
                capital_hex(own.substr(1, kIdSize))
            ),
            .hint = "Bring back that key, or write the secret again."
        };
    }
    const auto der = own.substr(1 + kIdSize);
    const auto* at = raw(der);
    const Pkcs8 info{::d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size()))};
    const PKey key{info ? ::EVP_PKCS82PKEY(info.get()) : nullptr};
    if (!key || ::EVP_PKEY_is_a(key.get(), "RSA") != 1) {
        return Error{.code = ErrorCode::invalid_argument, .message = "the private key of drydock's sealing is damaged"};
    }
    const auto session = session_key(key.get(), parts.encrypted_key);
    const auto plain = cfb_decrypted(session, parts.ciphertext);
    if (!plain) return does_not_open();
    const auto inside = unaltered(plain->reveal());
    if (!inside) return does_not_open();
    return read_literal(*inside);
}

Result<std::string> openpgp_key_id(std::string_view message) {
    DRYDOCK_TRY(const auto parts, read_message(message));
    return capital_hex(parts.key_id);
}

}  // namespace drydock::crypto
