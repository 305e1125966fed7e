#include "health/scram.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.h"

namespace drydock::health {
namespace {

// More would let a server that is none hold up everybody's checks.
constexpr int kLeastIterations = 4096;
constexpr int kMostIterations = 100'000;

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// The value of "x=" in a list with commas.
std::string_view attribute(std::string_view list, char name) {
    while (!list.empty()) {
        const auto item = list.substr(0, list.find(','));
        if (item.size() >= 2 && item[0] == name && item[1] == '=') return item.substr(2);
        list.remove_prefix(std::min(list.size(), item.size() + 1));
    }
    return {};
}

std::string escaped(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == '=') {
            text += "=3D";
        } else if (c == ',') {
            text += "=2C";
        } else {
            text += c;
        }
    }
    return text;
}

std::string digest_of(const char* name, std::string_view bytes) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    ::EVP_Digest(
        bytes.data(),
        bytes.size(),
        reinterpret_cast<unsigned char*>(out.data()),
        &size,
        ::EVP_get_digestbyname(name),
        nullptr
    );
    out.resize(size);
    return out;
}

}  // namespace

Scram::Scram(
    const char* digest, const std::string& user, Secret password, const std::string& nonce, const std::string& end_point
)
    : digest_(digest),
      password_(std::move(password)),
      nonce_(nonce),
      header_(end_point.empty() ? "n,," : "p=tls-server-end-point,,"),
      binding_(header_ + end_point),
      first_bare_(fmt::format("n={},r={}", escaped(user), nonce)) {}

std::string Scram::hmac(std::string_view key, std::string_view text) const {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    ::HMAC(
        ::EVP_get_digestbyname(digest_),
        key.data(),
        static_cast<int>(key.size()),
        raw(text),
        text.size(),
        reinterpret_cast<unsigned char*>(out.data()),
        &size
    );
    out.resize(size);
    return out;
}

std::optional<std::string> Scram::final(std::string_view server_first, Wires& wires) {
    const auto nonce = attribute(server_first, 'r');
    const auto salt = from_base64(attribute(server_first, 's'));
    const auto count = attribute(server_first, 'i');
    int iterations = 0;
    std::from_chars(count.data(), count.data() + count.size(), iterations);
    const bool sane = nonce.size() > nonce_.size() && nonce.starts_with(nonce_) && salt && !salt->empty() &&
                      iterations >= kLeastIterations && iterations <= kMostIterations;
    if (!sane) return std::nullopt;
    const auto salted = wires.salted_password(digest_, password_.reveal(), *salt, iterations);
    const auto without_proof = fmt::format("c={},r={}", base64(binding_), nonce);
    const auto all = fmt::format("{},{},{}", first_bare_, server_first, without_proof);
    const auto client_key = hmac(salted.reveal(), "Client Key");
    auto proof = hmac(digest_of(digest_, client_key), all);
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    server_signature_ = hmac(hmac(salted.reveal(), "Server Key"), all);
    return fmt::format("{},p={}", without_proof, base64(proof));
}

bool Scram::verified(std::string_view server_final) const {
    const auto signature = from_base64(attribute(server_final, 'v'));
    return signature && signature->size() == server_signature_.size() &&
           ::CRYPTO_memcmp(signature->data(), server_signature_.data(), signature->size()) == 0;
}

}  // namespace drydock::health
