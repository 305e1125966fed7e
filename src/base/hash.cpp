#include "base/hash.h"

#include <cstdlib>

#include <openssl/evp.h>

#include "base/encoding.h"

namespace drydock {
namespace {

EVP_MD_CTX* raw(void* context) {
    return static_cast<EVP_MD_CTX*>(context);
}

// Looking an algorithm up by name costs a microsecond each time in OpenSSL 3; 5,000 files ask for it.
const EVP_MD* algorithm() {
    static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return md;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    // Fails only when memory is gone or the library has no SHA-256: neither can be handled.
    if (!context_ || EVP_DigestInit_ex2(raw(context_), algorithm(), nullptr) != 1) std::abort();
}

Sha256::~Sha256() {
    EVP_MD_CTX_free(raw(context_));
}

void Sha256::update(std::string_view bytes) {
    if (EVP_DigestUpdate(raw(context_), bytes.data(), bytes.size()) != 1) std::abort();
}

std::string Sha256::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(raw(context_), digest.data(), &size) != 1) std::abort();
    return drydock::hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.hex();
}

}  // namespace drydock
